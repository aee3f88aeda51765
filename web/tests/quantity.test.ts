// Quantities: what people type, and the slider's steps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuantity, quantitySteps, stepOf } from "../lib/quantity.ts";

test("whole numbers in the reader's own way", () => {
  for (const [text, value] of [["0", 0], ["1500", 1500], ["1,500", 1500], ["１，５００", 1500], ["12,345,678", 12_345_678], [" 1 500 ", 1500], ["1000000000000", 1_000_000_000_000]] as const) {
    assert.equal(parseQuantity(text, "en"), value, text);
  }
  for (const text of ["", "-1", "1.5", "1e3", "1,50", "12,34,567", "abc", "1000000000001", "99999999999999"]) assert.equal(parseQuantity(text, "en"), undefined, text);
  assert.equal(parseQuantity("1.500", "de"), 1500);
});

test("slider steps rise and every quantity has one", () => {
  assert.equal(quantitySteps[0], 0);
  assert.equal(quantitySteps.at(-1), 1_000_000);
  for (let i = 1; i < quantitySteps.length; i++) assert.ok((quantitySteps[i] ?? 0) > (quantitySteps[i - 1] ?? 0));
  assert.equal(quantitySteps[stepOf(1500)], 1500);
  assert.equal(quantitySteps[stepOf(1501)], 1500);
  assert.equal(quantitySteps[stepOf(9e9)], 1_000_000);
});
