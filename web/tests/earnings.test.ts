// Earnings as rows and as a chart.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Earning } from "../api/answers.ts";
import { byListing, points } from "../sell/earnings-data.ts";

const row = (day: string, listing: string | null, gross: string, fee: string, net: string): Earning => ({
  object: "earning", key: { day, listing }, asset: listing ? `model:bob/${listing}` : null,
  gross: { amount: gross, currency: "USD" }, fee: { amount: fee, currency: "USD" }, net: { amount: net, currency: "USD" }, orders: 1, quantity: 2, failed: 0,
});

test("rows add up to the last digit", () => {
  const rows = [row("2026-02-01", "a", "50.00", "7.50", "42.50"), row("2026-02-02", "a", "1.234567", "0.185185", "1.049382"), row("2026-02-02", "b", "60.00", "9.00", "51.00")];
  assert.deepEqual(byListing(rows).map((one) => [one.listing, one.gross, one.fee, one.net, one.quantity]), [["b", "60.00", "9.00", "51.00", 2], ["a", "51.234567", "7.685185", "43.549382", 4]]);
});

test("a day without sales is drawn too, many listings share one colour", () => {
  const rows = ["a", "b", "c", "d", "e", "f", "g"].map((one, i) => row("2026-02-02", one, `${10 - i}.00`, "0", "0"));
  const chart = points(rows, byListing(rows), "2026-02-01", "2026-02-03", (day) => day, (amount) => amount);
  assert.equal(chart.points.length, 3);
  assert.deepEqual(chart.listings, ["a", "b", "c", "d", "e"]);
  assert.ok(chart.rest);
  assert.deepEqual(chart.points[1]?.values, ["10.00", "9.00", "8.00", "7.00", "6.00", "9.00"]);
  assert.deepEqual(chart.points[0]?.values, ["0", "0", "0", "0", "0", "0"]);
});
