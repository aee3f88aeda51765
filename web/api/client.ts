// Calls of the native API from the pages: addresses and shapes checked by TypeScript, CSRF, idempotency keys, errors, retries.
import { context } from "../lib/context.ts";
import { uuid } from "../lib/random.ts";
import { toQuery, type Query } from "../lib/url.ts";
import type { Prediction } from "./answers.ts";
import type { paths } from "./schema.d.ts";

export type Method = "get" | "post" | "patch" | "put" | "delete";
type Short<P> = P extends `/api/v1${infer Rest}` ? Rest : never;
type Full<P extends string> = `/api/v1${P}`;

/** Paths below /api/v1 that have this method. */
export type Path<M extends Method> = { [P in keyof paths]: paths[P] extends { [one in M]: object } ? Short<P> : never }[keyof paths];

type Operation<M extends Method, P extends string> = Full<P> extends keyof paths ? (paths[Full<P>] extends { [one in M]: infer O } ? O : never) : never;
type Json<R> = R extends { content: { "application/json": infer T } } ? T : R extends { content: { "text/plain": string } } ? string : undefined;
type Success<O> = O extends { responses: infer R } ? { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? Json<R[S]> : never }[keyof R] : never;
/** What a call answers. */
export type Answer<M extends Method, P extends string> = Success<Operation<M, P>>;
/** What a call takes. */
export type Body<M extends Method, P extends string> = Operation<M, P> extends { requestBody?: { content: { "application/json": infer T } } } ? T : object;
type QueryOf<M extends Method, P extends string> = Operation<M, P> extends { parameters: { query?: infer Q } } ? ([Q] extends [undefined] ? Query : { [K in keyof Q]: Q[K] | undefined }) : Query;

export interface Options<M extends Method, P extends string> {
  /** values for {id} and its like */
  path?: Record<string, string | number>;
  query?: QueryOf<M, P>;
  body?: Body<M, P>;
  /** one key for one opened form; made here when left out */
  key?: string;
  /** version that is edited: If-Match, 412 when somebody was faster */
  version?: number;
  signal?: AbortSignal;
  accept?: string;
  /** told when the connection broke after sending and the same request is asked again with the same key */
  onUnknown?: () => void;
}

export interface FieldFault {
  path: string;
  code: string;
  message?: string;
}

/** An answer that is no success, or none at all: status 0 with code "offline" (nothing sent) or "lost" (not known what happened). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly requestId: string;
  /** seconds to wait, from Retry-After */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, details: Record<string, unknown> = {}, requestId = "", retryAfter?: number) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.details = details;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }

  /** faults of single fields, "components[0].tiers" -> code */
  get fields(): FieldFault[] {
    const fields = this.details["fields"];
    return Array.isArray(fields) ? (fields as FieldFault[]) : [];
  }

  /** details.reason of 402 and 409 */
  get reason(): string {
    const reason = this.details["reason"];
    return typeof reason === "string" ? reason : "";
  }
}

export const isApiError = (error: unknown): error is ApiError => error instanceof ApiError;

let csrf = context.csrf;

/** After signing in again on the same page. */
export function setCsrf(token: string | null): void {
  csrf = token;
}

export type SignIn = () => Promise<boolean>;
let signIn: SignIn | null = null;

/** Asked when a write is answered 401: shows the sign-in dialog; true means the same user is back and the request is sent again. */
export function setSignIn(handler: SignIn | null): void {
  signIn = handler;
}

const wait = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    }, { once: true });
  });

function retryAfterOf(response: Response): number | undefined {
  const text = response.headers.get("Retry-After");
  if (!text) return undefined;
  const seconds = Number(text);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : Math.max(0, (Date.parse(text) - Date.now()) / 1000);
}

/** A refusal as an error, whatever wire it came from. */
export async function errorOf(response: Response): Promise<ApiError> {
  const requestId = response.headers.get("X-Request-Id") ?? "";
  const after = retryAfterOf(response);
  const text = await response.text().catch(() => "");
  try {
    const body = JSON.parse(text) as { code?: string; message?: string; detail?: string; title?: string; error?: string; details?: Record<string, unknown>; request_id?: string; offers?: unknown };
    const details = body.details ?? (body.offers ? { offers: body.offers } : {});
    return new ApiError(response.status, body.code ?? codeOf(response.status), body.message ?? body.detail ?? body.error ?? body.title ?? "", details, body.request_id ?? requestId, after);
  } catch {
    return new ApiError(response.status, codeOf(response.status), text.slice(0, 200), {}, requestId, after);
  }
}

function codeOf(status: number): string {
  const codes: Record<number, string> = { 400: "malformed", 401: "unauthenticated", 402: "payment_required", 403: "not_entitled", 404: "not_found", 409: "conflict", 412: "stale_revision",
    413: "too_large", 415: "unsupported_type", 422: "invalid", 429: "rate_limited", 503: "overloaded" };
  return codes[status] ?? "internal";
}

/** For senders of their own (an upload with progress). */
export const csrfToken = (): string | null => csrf;

/** A request of the pages to any wire of this server: same origin, cookie, X-CSRF-Token on writes. For libraries that take a `fetch`. */
export function pageFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const request = new Request(input, { credentials: "same-origin", ...init });
  if (new URL(request.url).origin === location.origin && request.method !== "GET" && request.method !== "HEAD" && csrf) request.headers.set("X-CSRF-Token", csrf);
  return fetch(request);
}

interface Send {
  method: Method;
  address: string;
  headers: Record<string, string>;
  body: BodyInit | undefined;
  /** sending it again cannot do it twice */
  repeatable: boolean;
  signal: AbortSignal | undefined;
  onUnknown: (() => void) | undefined;
}

const pauses = [1_000, 2_000, 4_000, 8_000];

async function send(one: Send): Promise<Response> {
  const read = one.method === "get";
  let lost = false;
  for (let attempt = 0; ; attempt++) {
    const pause = pauses[attempt];
    let response: Response;
    try {
      if (!read && csrf) one.headers["X-CSRF-Token"] = csrf;
      response = await fetch(one.address, { method: one.method.toUpperCase(), headers: one.headers, credentials: "same-origin", ...(one.body === undefined ? {} : { body: one.body }), ...(one.signal ? { signal: one.signal } : {}) });
    } catch (error) {
      if (one.signal?.aborted) throw error;
      if (read) {
        if (attempt >= 1 || pause === undefined) throw new ApiError(0, "offline", "no connection");
      } else {
        if (!navigator.onLine && !lost) throw new ApiError(0, "offline", "no connection");
        lost = true;
        one.onUnknown?.();
        if (!one.repeatable || pause === undefined) throw new ApiError(0, "lost", "connection lost");
      }
      await wait(pause, one.signal);
      continue;
    }
    if (response.ok) return response;
    const error = await errorOf(response);
    // a wrong password is an answer to the one who signs in, not the end of a session
    if (response.status === 401 && !read && signIn && context.user && !one.address.endsWith("/api/v1/sessions")) {
      if (await signIn()) continue;
      throw error;
    }
    const after = Math.min(error.retryAfter ?? 1, 10) * 1_000;
    // the same request is still running: its answer comes with the same key
    if (error.code === "in_progress" && one.repeatable && pause !== undefined) {
      await wait(Math.max(after, pause / 2), one.signal);
      continue;
    }
    if (read && (response.status === 429 || response.status === 503) && attempt < 2) {
      await wait(after, one.signal);
      continue;
    }
    throw error;
  }
}

export interface Result<T> {
  data: T;
  response: Response;
  /** the same key had been answered before: success all the same */
  replayed: boolean;
}

/** The address of a call, for links (CSV, proof files) as well. */
export function apiPath(path: string, values: Record<string, string | number> = {}, query: Query = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name] ?? "")));
  const text = toQuery(query);
  return `/api/v1${filled}${text ? `?${text}` : ""}`;
}

/** A call with its response's headers. */
export async function call<M extends Method, P extends Path<M>>(method: M, path: P, options: Options<M, P> = {}): Promise<Result<Answer<M, P>>> {
  const headers: Record<string, string> = { Accept: options.accept ?? "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (method === "post" || method === "patch") headers["Idempotency-Key"] = options.key ?? uuid();
  if (options.version !== undefined) headers["If-Match"] = `"${options.version}"`;
  const response = await send({
    method,
    address: apiPath(path, options.path, options.query as Query | undefined),
    headers,
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
    repeatable: method !== "delete",
    signal: options.signal,
    onUnknown: options.onUnknown,
  });
  const text = await response.text();
  const json = (response.headers.get("Content-Type") ?? "").includes("json");
  return { data: (text === "" ? undefined : json ? JSON.parse(text) : text) as Answer<M, P>, response, replayed: response.headers.get("Idempotent-Replayed") === "true" };
}

const shorthand = <M extends Method>(method: M) => async <P extends Path<M>>(path: P, options?: Options<M, P>): Promise<Answer<M, P>> => (await call(method, path, options)).data;

/** `await api.get("/orders/{id}", { path: { id } })` */
export const api = { get: shorthand("get"), post: shorthand("post"), patch: shorthand("patch"), put: shorthand("put"), delete: shorthand("delete") };

/** Every row of a list, page after page, up to `max`; for short lists only (tokens, wallets). */
export async function allRows<P extends Path<"get">>(path: P, options: Options<"get", P> = {}, max = 1_000): Promise<Answer<"get", P> extends { data: (infer T)[] } ? T[] : never> {
  const rows: unknown[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...(options.query as Query | undefined), limit: 100, cursor } as unknown as QueryOf<"get", P>;
    const page = (await api.get(path, { ...options, query })) as { data: unknown[]; next_cursor: string | null };
    rows.push(...page.data);
    cursor = page.next_cursor ?? undefined;
  } while (cursor && rows.length < max);
  return rows as Answer<"get", P> extends { data: (infer T)[] } ? T[] : never;
}

/** A call on another wire of this server (files of the hub, predictions). The body is sent as it is, or as JSON if it is a plain object. */
export async function wire<T>(method: Method, address: string, body?: BodyInit | object, options: { headers?: Record<string, string>; signal?: AbortSignal; repeatable?: boolean } = {}): Promise<T> {
  const raw = body === undefined || typeof body === "string" || body instanceof Blob || body instanceof FormData || body instanceof ArrayBuffer || body instanceof URLSearchParams;
  const response = await send({
    method,
    address,
    headers: { Accept: "application/json", ...(raw ? {} : { "Content-Type": "application/json" }), ...options.headers },
    body: raw ? (body as BodyInit | undefined) : JSON.stringify(body),
    repeatable: options.repeatable ?? method === "get",
    signal: options.signal,
    onUnknown: undefined,
  });
  const text = await response.text();
  // deletions of the hub answer a plain "OK"
  const json = (response.headers.get("Content-Type") ?? "").includes("json");
  return (text === "" ? undefined : json ? JSON.parse(text) : text) as T;
}

/** Replicate's wire, by the session's cookie. Files of an output come as addresses: the policy of the pages shows no data: pictures. */
const filesByAddress = { headers: { Prefer: "file-output=url" } };
export const predictions = {
  create: (version: string, input: Record<string, unknown>, signal?: AbortSignal): Promise<Prediction> => wire("post", "/v1/predictions", { version, input }, { ...filesByAddress, ...(signal ? { signal } : {}) }),
  get: (id: string, signal?: AbortSignal): Promise<Prediction> => wire("get", `/v1/predictions/${encodeURIComponent(id)}`, undefined, { ...filesByAddress, ...(signal ? { signal } : {}) }),
  cancel: (id: string): Promise<Prediction> => wire("post", `/v1/predictions/${encodeURIComponent(id)}/cancel`, undefined, filesByAddress),
};
