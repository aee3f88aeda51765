// Money: exact in and out, vectors of the marketplace design.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, difference, formatMoney, fromDecimal, MAX_MICROS, parseMoney, toDecimal, type Parsed } from "../lib/money.ts";

const amount = (parsed: Parsed): string => (parsed.ok ? parsed.amount : parsed.code === "unclear" ? `${parsed.one}?${parsed.two}` : parsed.code);

test("decimal strings to micros and back", () => {
  for (const [text, value] of [["50.00", 50_000_000n], ["0.000694", 694n], ["1.234567", 1_234_567n], ["-50.00", -50_000_000n], ["9223372036854.775807", MAX_MICROS], ["0", 0n]] as const) {
    assert.equal(fromDecimal(text), value);
  }
  assert.equal(toDecimal(fromDecimal("50")), "50.00");
  assert.equal(toDecimal(fromDecimal("0.000694")), "0.000694");
  assert.equal(toDecimal(fromDecimal("-1.5")), "-1.50");
  assert.equal(toDecimal(fromDecimal("1001"), 0), "1001");
  for (const bad of ["1e3", "+1", "1.", ".5", "1,5", "0.1234567", "", " 1"]) assert.throws(() => fromDecimal(bad));
});

// Node 18 formats decimal strings through a float; each browser that knows the style sheet's light-dark() does not
const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 6 }).format("9223372036854.775807" as `${number}`).endsWith("775807");

test("shown exactly in each language", { skip: exact ? false : "this Node cannot format decimal strings exactly" }, () => {
  const show = (value: string, currency: string, tag: string, display: "symbol" | "code" = "symbol"): string => formatMoney({ amount: value, currency }, { tag, display });
  assert.equal(show("1234.50", "USD", "en"), "$1,234.50");
  assert.equal(show("0.000694", "USD", "en"), "$0.000694");
  assert.equal(show("9223372036854.775807", "USD", "en"), "$9,223,372,036,854.775807");
  assert.equal(show("1234.50", "USD", "ja"), "$1,234.50");
  assert.equal(show("1234.50", "USD", "zh-Hans"), "US$1,234.50");
  assert.equal(show("1001", "JPY", "en"), "¥1,001");
  assert.equal(show("1001", "JPY", "en", "code"), "1,001 JPY");
  assert.equal(show("50", "USD", "en", "code"), "50.00 USD");
  assert.equal(show("-50.00", "USD", "en", "code"), "−50.00 USD");
  assert.equal(formatMoney({ amount: "200.00", currency: "USD" }, { tag: "en", display: "none", sign: true }), "+200.00");
  assert.equal(formatMoney({ amount: "-1.234567", currency: "USD" }, { tag: "en", display: "none", sign: true }), "−1.234567");
});

test("what people type", () => {
  const en = (text: string): string => amount(parseMoney(text, { tag: "en" }));
  const de = (text: string): string => amount(parseMoney(text, { tag: "de" }));
  assert.equal(en("50"), "50");
  assert.equal(en("１２．５"), "12.5");
  assert.equal(en("1,234.50"), "1234.5");
  assert.equal(en("$ 1,234.50"), "1234.5");
  assert.equal(en("USD 12"), "12");
  assert.equal(en("12 USD"), "12");
  assert.equal(en("￥１，００１"), "1001");
  assert.equal(en("0,5"), "0.5");
  assert.equal(en("1.234"), "1.234");
  assert.equal(en(".5"), "0.5");
  assert.equal(en("0.0000001"), "places");
  assert.equal(en("1.2.3"), "not_a_number");
  assert.equal(en("1,23,4"), "not_a_number");
  assert.equal(en("12e3"), "not_a_number");
  assert.equal(en("abc"), "not_a_number");
  assert.equal(en("−5"), "negative");
  assert.equal(amount(parseMoney("−5", { tag: "en", negative: true })), "-5");
  assert.equal(en("9223372036854.775807"), "9223372036854.775807");
  assert.equal(en("9223372036854.775808"), "too_large");
  assert.equal(en(" "), "empty");
  assert.equal(de("1,234"), "1234?1.234");
  assert.equal(de("1.234,5"), "1234.5");
  assert.equal(de("12,5"), "12.5");
  assert.equal(amount(parseMoney("1’234.5", { tag: "de-CH" })), "1234.5");
});

test("compare and difference", () => {
  assert.equal(compare({ amount: "37.6", currency: "USD" }, { amount: "50.00", currency: "USD" }), -1);
  assert.deepEqual(difference({ amount: "37.60", currency: "USD" }, { amount: "50.00", currency: "USD" }), { amount: "12.40", currency: "USD" });
  assert.throws(() => compare({ amount: "1", currency: "USD" }, { amount: "1", currency: "EUR" }));
});
