// The requests of @huggingface/hub while it stores contents, and what their answers mean. Runs in the worker: no DOM, no context.
import { Broken, Busy, SignedOut } from "./faults.ts";

export interface Origin {
  /** of the page */
  origin: string;
  /** how the server names itself; may be another name of the same */
  publicUrl: string;
  csrf: string | null;
}

/** xorbs smaller than this are sent without asking whether they are there */
const askFrom = 256 * 1024;

/** What the server said when it refused; `code` and `requestId` for the page's sentence. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  constructor(status: number, code: string, message: string, requestId: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

/** What a response means to the queue: passes it on, or throws. */
export async function judged(response: Response, store: boolean): Promise<Response> {
  if (response.ok) return response;
  // a chunk that the store does not know is no fault
  if (response.status === 404 && store) return response;
  if (response.status === 429 || response.status === 503) throw new Busy(Number(response.headers.get("Retry-After")) || 2);
  // an expired token of the content store is made anew with the batch
  if (response.status === 401 && store) throw new Busy(1);
  const text = await response.text().catch(() => "");
  let body: { code?: string; error?: string; message?: string } = {};
  try {
    body = JSON.parse(text) as typeof body;
  } catch {
    // not JSON: the status says enough
  }
  if (response.status === 401 || body.code === "csrf") throw new SignedOut();
  throw new Refusal(response.status, body.code ?? "", body.error ?? body.message ?? text.slice(0, 200), response.headers.get("X-Request-Id") ?? "");
}

/** fetch cannot tell how much of a body has left; XMLHttpRequest can. */
export function sendBody(method: string, address: string, headers: Headers, body: XMLHttpRequestBodyInit, on: (share: number) => void, signal?: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    request.open(method, address);
    headers.forEach((value, name) => request.setRequestHeader(name, value));
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) on(event.loaded / event.total);
    };
    request.onload = () => {
      const answered = new Headers();
      for (const line of request.getAllResponseHeaders().trim().split(/\r?\n/)) {
        const at = line.indexOf(":");
        if (at > 0) answered.append(line.slice(0, at), line.slice(at + 1).trim());
      }
      resolve(new Response(request.status === 204 ? null : request.responseText, { status: request.status, headers: answered }));
    };
    request.onerror = () => reject(new Broken());
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    request.onloadend = () => signal?.removeEventListener("abort", stop);
    if (signal?.aborted) {
      reject(new DOMException("stopped", "AbortError"));
      return;
    }
    signal?.addEventListener("abort", stop);
    request.send(body);
  });
}

const json = (body: unknown): Response => new Response(JSON.stringify(body), { status: 200, headers: { "Content-Type": "application/json" } });

interface Hint {
  progressCallback?: (share: number) => void;
}

/**
 * The library commits after each upload; here many uploads make one commit. So its preupload is answered from the plan, its commit is kept, and only
 * the requests between them (LFS batch, tokens, xorbs, shards) go out.
 */
export function storingFetch(from: Origin, again: boolean, kept: (lines: string) => void): typeof fetch {
  const own = (address: string): string => {
    const url = new URL(address, from.origin);
    const same = url.origin === from.origin || (from.publicUrl !== "" && url.origin === new URL(from.publicUrl).origin);
    return same ? `${from.origin}${url.pathname}${url.search}` : url.href;
  };
  const request = async (address: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (from.csrf && init.method && init.method !== "GET" && init.method !== "HEAD") headers.set("X-CSRF-Token", from.csrf);
    try {
      return await fetch(address, { ...init, headers, credentials: "same-origin" });
    } catch {
      throw new Broken();
    }
  };
  return async (input, init = {}) => {
    const address = own(typeof input === "string" ? input : input instanceof URL ? input.href : input.url);
    const { pathname } = new URL(address);
    if (/^\/api\/[^/]+\/[^/]+\/[^/]+\/preupload\//.test(pathname)) {
      const asked = JSON.parse(String(init.body)) as { files: { path: string }[] };
      return json({ files: asked.files.map(({ path }) => ({ path, uploadMode: "lfs", shouldIgnore: false })) });
    }
    if (/^\/api\/[^/]+\/[^/]+\/[^/]+\/commit\//.test(pathname)) {
      kept(String(init.body));
      return json({ success: true, commitOid: "", commitUrl: "", hookOutput: "" });
    }
    const store = pathname.startsWith("/cas/");
    const on = (init as { progressHint?: Hint }).progressHint?.progressCallback;
    const body = init.body;
    const size = body instanceof Blob ? body.size : body instanceof Uint8Array || body instanceof ArrayBuffer ? body.byteLength : -1;
    if (!on || size < 0) return judged(await request(address, init), store);
    const headers = new Headers(init.headers);
    // a xorb is named by its content: after a reload or a cut only what is missing is sent
    if (again && store && pathname.includes("/xorbs/") && size >= askFrom) {
      const there = await request(address, { method: "HEAD", headers });
      if (there.ok) {
        on(1);
        return json({ was_inserted: false });
      }
    }
    if (from.csrf) headers.set("X-CSRF-Token", from.csrf);
    return judged(await sendBody(init.method ?? "POST", address, headers, body as XMLHttpRequestBodyInit, on), store);
  };
}
