// Checkout: each refusal's meaning, and the life of the idempotency key.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../api/client.ts";
import { FormKey, outcomeOf } from "../islands/order-flow.ts";

const usd = (amount: string) => ({ amount, currency: "USD" });

test("refusals", () => {
  const shown = usd("50.00");
  assert.deepEqual(outcomeOf(new ApiError(402, "payment_required", "", { reason: "insufficient_funds", required: usd("50.00"), available: usd("37.60") }), shown), { at: "short", missing: usd("12.40") });
  assert.deepEqual(outcomeOf(new ApiError(409, "stale_revision", "", { expected: usd("50.00"), actual: usd("55.00"), offer_version: 2 }), shown), { at: "changed", before: usd("50.00"), after: usd("55.00") });
  assert.equal(outcomeOf(new ApiError(409, "already_entitled", ""), shown).at, "owned");
  assert.equal(outcomeOf(new ApiError(0, "lost", ""), shown).at, "unknown");
  assert.equal(outcomeOf(new ApiError(0, "offline", ""), shown).at, "refused");
  assert.equal(outcomeOf(new ApiError(403, "kyc_required", ""), shown).at, "refused");
  assert.equal(outcomeOf(new ApiError(402, "payment_required", "", { reason: "mandate_exceeded" }), shown).at, "refused");
  const wait = outcomeOf(new ApiError(429, "rate_limited", "", {}, "", 7), shown, 1_000);
  assert.ok(wait.at === "wait" && wait.until === 8_000);
});

test("the key stays while the outcome is open, and only then", () => {
  let made = 0;
  const key = new FormKey(() => `key-${++made}`);
  assert.equal(key.value, "key-1");
  key.answered({ at: "unknown" });
  key.inputChanged({ at: "unknown" });
  key.inputChanged({ at: "working", unknown: true });
  assert.equal(key.value, "key-1");
  key.answered({ at: "short", missing: undefined });
  assert.equal(key.value, "key-2");
  key.inputChanged({ at: "form" });
  assert.equal(key.value, "key-3");
});
