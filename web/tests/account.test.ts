// Logic of the account pages: lines of an order, references and CSV of a wallet, periods, buckets of usage, browsers' names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { entriesCsv, referencePage } from "../account/ledger-rows.ts";
import { orderLine, pollPause, wholeTime } from "../account/order-state.ts";
import { total, usageRows } from "../account/usage-rows.ts";
import type { Order, UsageBucket, WalletEntry } from "../api/answers.ts";
import { agentName } from "../settings/agents.ts";

const usd = (amount: string) => ({ amount, currency: "USD" });
const at = (time: string) => `2026-02-01T${time}Z`;
const done = [{ state: "placed", at: at("14:02:00") }, { state: "confirmed", at: at("14:02:00.4") }, { state: "delivered", at: at("14:02:01") }, { state: "completed", at: at("14:02:01.2") }];
const order = (change: Partial<Order>): Order => ({ state: "completed", timeline: done, refund_policy: "standard_7d", created_at: at("14:02:00"), total: usd("50.00"), refunded: usd("0.00"), ...change }) as Order;

test("the line of an order", () => {
  assert.deepEqual(orderLine(order({})).map((one) => one.at), ["done", "done", "done", "now"]);
  const waiting = orderLine(order({ state: "confirmed", timeline: done.slice(0, 2) }));
  assert.deepEqual(waiting.map((one) => one.at), ["done", "now", "ahead", "ahead"]);
  assert.equal(waiting[2]?.time, undefined);
  const refunded = orderLine(order({ state: "refunded", timeline: [...done, { state: "refunded", at: "2026-02-03T10:00:00Z" }] }));
  assert.deepEqual(refunded.map((one) => `${one.state} ${one.at}`), ["placed done", "confirmed done", "delivered done", "completed done", "refunded left"]);
  // cancelled before delivery: the line ends where it was left
  const cancelled = orderLine(order({ state: "cancelled", timeline: [...done.slice(0, 2), { state: "cancelled", at: at("15:00:00") }] }));
  assert.deepEqual(cancelled.map((one) => one.state), ["placed", "confirmed", "cancelled"]);
  assert.equal(wholeTime(order({})), 1_200);
  assert.equal(wholeTime(order({ timeline: done.slice(0, 1) })), 0);
});

test("how often an order is asked again", () => {
  assert.deepEqual([0, 9_999, 10_000, 59_999, 60_000, 3_600_000].map(pollPause), [2_000, 2_000, 5_000, 5_000, 15_000, 15_000]);
});

test("where a reference leads, and the CSV", () => {
  const id = "01kgc6wbm0fzr855c3vg61764r";
  assert.deepEqual(referencePage(`ord_${id}`), { path: `/account/orders/ord_${id}` });
  assert.deepEqual(referencePage(`ent_${id}`), { path: "/account/entitlements", query: { id: `ent_${id}` } });
  assert.equal(referencePage("ord_../../x"), undefined);
  assert.equal(referencePage("hld_1"), undefined);
  const entry = (ref: string, amount: string): WalletEntry => ({ object: "wallet_entry", at: at("14:02:00"), kind: "order", amount: usd(amount), balance_after: usd("150.00"), ref, transfer: "ab" });
  const names: Record<string, string> = { a: 'bob/"digits", large', b: "=cmd()", c: "-x" };
  assert.equal(entriesCsv([entry("a", "-50.00"), entry("b", "0.000694"), entry("c", "-1")], (ref) => names[ref] ?? ""), [
    "at,kind,for,ref,amount,balance_after,currency,transfer",
    `${at("14:02:00")},order,"bob/""digits"", large",a,-50.00,150.00,USD,ab`,
    `${at("14:02:00")},order,'=cmd(),b,0.000694,150.00,USD,ab`,
    `${at("14:02:00")},order,'-x,c,-1,150.00,USD,ab`,
  ].join("\n") + "\n");
});

test("buckets of usage", () => {
  const bucket = (key: string, quantity: number, charged: string, currency = "USD"): UsageBucket => ({ object: "usage_bucket", key, quantity, charged: { amount: charged, currency }, failed: 1 });
  const days = usageRows([bucket("2026-02-02", 40, "0.00"), bucket("2026-02-04", 1, "0.000694"), bucket("2026-02-02", 9, "9", "JPY")], "day", "USD", "2026-02-01", "2026-02-05");
  assert.deepEqual(days.map((one) => one.quantity), [0, 40, 0, 1, 0]);
  // a bucket outside of the period, from another zone's day, is not lost
  assert.equal(usageRows([bucket("2026-01-31", 5, "1")], "day", "USD", "2026-02-01", "2026-02-02")[0]?.key, "2026-01-31");
  const models = usageRows([bucket("model:a/a", 1, "0.50"), bucket("model:b/b", 2, "10.00")], "asset", "USD", "2026-02-01", "2026-02-02");
  assert.deepEqual(models.map((one) => one.key), ["model:b/b", "model:a/a"]);
  const sum = total([...Array(10)].map(() => ({ key: "", quantity: 1, failed: 0, charged: usd("0.1") })), "USD");
  assert.deepEqual([sum.quantity, sum.charged.amount], [10, "1"]);
  assert.equal(total([{ key: "", quantity: 1, failed: 0, charged: usd("9223372036854.775806") }, { key: "", quantity: 1, failed: 0, charged: usd("0.000001") }], "USD").charged.amount, "9223372036854.775807");
});

test("browsers by name", () => {
  assert.equal(agentName("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:147.0) Gecko/20100101 Firefox/147.0"), "Firefox, Windows");
  assert.equal(agentName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"), "Safari, iOS");
  assert.equal(agentName("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0"), "Edge, Linux");
  assert.equal(agentName("curl/8.9"), "curl/8.9");
  assert.equal(agentName(""), "");
});
