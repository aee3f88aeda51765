// The queue's sender over this server's own wires: large files are stored by store-worker, the commit's lines are written here.
import { ApiError, csrfToken, isApiError, wire } from "../api/client.ts";
import { context } from "../lib/context.ts";
import { Broken, Busy, SignedOut } from "./faults.ts";
import type { Commit, Committed, Mode, Sender, UploadFile } from "./queue.ts";
import type { StoreOrder, StoreReport } from "./store-worker.ts";
import { judged, Refusal, sendBody } from "./storing-fetch.ts";

export interface Target {
  kind: "model" | "dataset" | "space";
  /** "bob/digits" */
  name: string;
  branch: string;
}

const planned = 500;

const base64 = (content: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,?/, ""));
    reader.onerror = () => reject(reader.error ?? new Error("the file could not be read"));
    reader.readAsDataURL(content);
  });

/** Lines of a commit as the Hub's API takes them. */
async function commitBody(commit: Commit): Promise<Blob> {
  const [summary = "", ...rest] = commit.message.split("\n");
  const parts: string[] = [`${JSON.stringify({ key: "header", value: { summary, description: rest.join("\n").trim() } })}\n`];
  for (const file of commit.regular) parts.push(`${JSON.stringify({ key: "file", value: { path: file.path, encoding: "base64", content: await base64(file.content) } })}\n`);
  for (const { path, size, oid } of commit.large) parts.push(`${JSON.stringify({ key: "lfsFile", value: { path, algo: "sha256", oid, size } })}\n`);
  return new Blob(parts, { type: "application/x-ndjson" });
}

const codes: Record<number, string> = { 402: "payment_required", 403: "scope_missing", 404: "not_found", 409: "conflict", 413: "too_large" };

/** A refusal of another wire in the words of the pages. */
const asApiError = (one: { status: number; code: string; message: string; requestId: string }, details: Record<string, unknown> = {}): ApiError =>
  new ApiError(one.status, one.code || (codes[one.status] ?? (one.status >= 500 || one.status === 0 ? "internal" : "invalid")), one.message, details, one.requestId);

function storeInWorker(order: StoreOrder, on: (path: string, step: "hashing" | "sending", share: number) => void, signal: AbortSignal, address: string): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(address, { type: "module" });
    const end = (): void => worker.terminate();
    const stop = (): void => {
      end();
      reject(new DOMException("stopped", "AbortError"));
    };
    signal.addEventListener("abort", stop, { once: true });
    worker.onerror = (event) => {
      end();
      reject(new Error(event.message || "the worker did not start"));
    };
    worker.onmessage = (event: MessageEvent<StoreReport>) => {
      const one = event.data;
      if (one.at === "progress") {
        on(one.path, one.step, one.share);
        return;
      }
      signal.removeEventListener("abort", stop);
      end();
      if (one.at === "stored") resolve(new Map(one.oids));
      else if (one.kind === "refused") reject(asApiError(one));
      else if (one.kind === "busy") reject(new Busy(one.seconds));
      else reject(one.kind === "broken" ? new Broken() : new SignedOut());
    };
    worker.postMessage(order);
  });
}

export function hubSender(target: Target): Sender {
  const base = `/api/${target.kind}s/${target.name}`;
  const branch = encodeURIComponent(target.branch);
  let head = "";

  return {
    async plan(files, signal) {
      const out = new Map<string, Mode>();
      try {
        for (let i = 0; i < files.length; i += planned) {
          const some = files.slice(i, i + planned);
          const asked = await Promise.all(some.map(async ({ path, size, content }) => ({ path, size, sample: await base64(content.slice(0, 512)) })));
          const answer = await wire<{ files: { path: string; uploadMode: Mode; shouldIgnore?: boolean }[]; commitOid?: string }>("post", `${base}/preupload/${branch}`, { files: asked }, { repeatable: true, signal });
          head = answer.commitOid ?? head;
          for (const one of answer.files) if (!one.shouldIgnore) out.set(one.path, one.uploadMode);
        }
      } catch (error) {
        if (isApiError(error) && error.status === 0) throw new Broken();
        if (isApiError(error) && (error.status === 429 || error.status === 503)) throw new Busy(error.retryAfter ?? 2);
        throw error;
      }
      return out;
    },

    async store(files: readonly UploadFile[], on, signal) {
      const { address } = await import("./store-worker.ts");
      signal.throwIfAborted();
      return storeInWorker({
        from: { origin: location.origin, publicUrl: context.public_url, csrf: csrfToken() },
        kind: target.kind,
        name: target.name,
        branch: target.branch,
        files: files.map(({ path, content }) => ({ path, content })),
        again: files.some((one) => one.again),
      }, on, signal, address);
    },

    async commit(commit, on, signal): Promise<Committed> {
      const body = await commitBody(commit);
      signal.throwIfAborted();
      const headers = new Headers({ "Content-Type": "application/x-ndjson", Accept: "application/json" });
      const token = csrfToken();
      if (token) headers.set("X-CSRF-Token", token);
      const response = await sendBody("POST", `${base}/commit/${branch}`, headers, body, on, signal);
      const copy = response.clone();
      try {
        const done = (await (await judged(response, false)).json()) as { commitOid: string; commitUrl: string };
        return { oid: done.commitOid, url: done.commitUrl };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        throw asApiError(error, (await copy.json().catch(() => ({}))) as Record<string, unknown>);
      }
    },

    async committed(commit) {
      const [newest] = await wire<{ id: string; title: string }[]>("get", `${base}/commits/${branch}?limit=1`);
      const same = newest !== undefined && newest.id !== head && newest.title === (commit.message.split("\n")[0] ?? "");
      return same ? { oid: newest.id, url: "" } : undefined;
    },

    async signIn() {
      // a harmless write: api/client.ts asks for the password and repeats it
      try {
        await wire("post", `${base}/preupload/${branch}`, { files: [] });
        return true;
      } catch {
        return false;
      }
    },
  };
}
