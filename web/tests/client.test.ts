// The API client: what it sends, what it makes of refusals, when it asks again.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

interface Sent {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: unknown;
}
type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | "cut";

let sent: Sent[] = [];
let replies: Reply[] = [];
let online = true;

// a page's surroundings, before the client reads them
Object.defineProperty(globalThis, "location", { value: new URL("http://127.0.0.1/"), configurable: true });
Object.defineProperty(globalThis, "navigator", { value: { get onLine() { return online; } }, configurable: true });
globalThis.setTimeout = ((run: () => void) => {
  queueMicrotask(run);
  return 0;
}) as unknown as typeof setTimeout;
globalThis.fetch = (async (url: string, init: RequestInit = {}) => {
  sent.push({ url, method: init.method ?? "GET", headers: init.headers as Record<string, string>, body: init.body ? JSON.parse(String(init.body)) : undefined });
  const reply = replies.shift();
  if (!reply) throw new Error("no reply left");
  if (reply === "cut") throw new TypeError("Failed to fetch");
  return new Response(reply.body === undefined ? null : JSON.stringify(reply.body), { status: reply.status, headers: { "Content-Type": "application/json", ...reply.headers } });
}) as typeof fetch;

const { api, ApiError, apiPath, call, setCsrf } = await import("../api/client.ts");

beforeEach(() => {
  sent = [];
  replies = [];
  online = true;
  setCsrf("token-1");
});

const refused = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Reply => ({ status, body: { code, message: "no", retryable: false, details: {}, request_id: "req_1", ...more }, headers });
const thrown = async (run: Promise<unknown>): Promise<InstanceType<typeof ApiError>> => {
  try {
    await run;
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return error;
  }
  throw new Error("was not refused");
};
const order = { offer: "off_1", expected_total: { amount: "50.00", currency: "USD" } };

test("addresses", () => {
  assert.equal(apiPath("/orders/{id}", { id: "a/b" }, { party: "x y", none: undefined }), "/api/v1/orders/a%2Fb?party=x+y");
});

test("a read carries no key and no token; a write carries both", async () => {
  replies = [{ status: 200, body: { object: "list", data: [], has_more: false, next_cursor: null } }, { status: 201, body: { id: "ord_1" } }];
  await api.get("/orders");
  await api.post("/orders", { body: order, key: "key-1" });
  assert.equal(sent[0]?.headers["X-CSRF-Token"], undefined);
  assert.equal(sent[0]?.headers["Idempotency-Key"], undefined);
  assert.equal(sent[1]?.headers["X-CSRF-Token"], "token-1");
  assert.equal(sent[1]?.headers["Idempotency-Key"], "key-1");
  assert.deepEqual(sent[1]?.body, order);
});

test("a refusal becomes an error with code, fields, reason and request id", async () => {
  replies = [refused(422, "invalid_plan", { details: { fields: [{ path: "components[0].tiers", code: "not_increasing" }] } }), refused(402, "payment_required", { details: { reason: "insufficient_funds" } })];
  const first = await thrown(api.post("/plans/preview", { body: { plan: { currency: "USD", components: [] }, usage: [] } }));
  assert.deepEqual(first.fields, [{ path: "components[0].tiers", code: "not_increasing" }]);
  assert.equal(first.requestId, "req_1");
  const second = await thrown(api.post("/orders", { body: order }));
  assert.equal(second.reason, "insufficient_funds");
  assert.equal(sent.length, 2);
});

test("a cut write is asked again with the same key, and told", async () => {
  replies = ["cut", "cut", { status: 201, body: { id: "ord_1" }, headers: { "Idempotent-Replayed": "true" } }];
  let told = 0;
  const { replayed } = await call("post", "/orders", { body: order, onUnknown: () => { told += 1; } });
  assert.equal(replayed, true);
  assert.equal(told, 2);
  assert.equal(new Set(sent.map((one) => one.headers["Idempotency-Key"])).size, 1);
});

test("after five tries it is not known; without a connection nothing was sent", async () => {
  replies = ["cut", "cut", "cut", "cut", "cut"];
  assert.equal((await thrown(api.post("/orders", { body: order }))).code, "lost");
  assert.equal(sent.length, 5);
  online = false;
  replies = ["cut"];
  assert.equal((await thrown(api.post("/orders", { body: order }))).code, "offline");
  assert.equal(sent.length, 6);
});

test("in_progress waits for the answer of the same key; 429 of a write comes to the caller", async () => {
  replies = [refused(409, "in_progress", {}, { "Retry-After": "1" }), { status: 201, body: { id: "ord_1" } }, refused(429, "rate_limited", {}, { "Retry-After": "7" })];
  await api.post("/orders", { body: order });
  assert.equal(sent[0]?.headers["Idempotency-Key"], sent[1]?.headers["Idempotency-Key"]);
  assert.equal((await thrown(api.post("/orders", { body: order }))).retryAfter, 7);
  assert.equal(sent.length, 3);
});

test("a read waits for 503 by itself, twice at most", async () => {
  replies = [refused(503, "overloaded"), { status: 200, body: { id: "x" } }];
  await api.get("/me");
  replies = [refused(503, "overloaded"), refused(503, "overloaded"), refused(503, "overloaded")];
  assert.equal((await thrown(api.get("/me"))).code, "overloaded");
  assert.equal(sent.length, 5);
});

test("an edit carries the version it was made on", async () => {
  replies = [refused(412, "stale_revision")];
  assert.equal((await thrown(api.patch("/listings/{id}", { path: { id: "lst_1" }, body: { title: "x" }, version: 3 }))).status, 412);
  assert.equal(sent[0]?.headers["If-Match"], '"3"');
});
