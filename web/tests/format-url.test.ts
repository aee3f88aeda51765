// Numbers, sizes, ids and addresses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes, formatCompact, formatDuration, formatNumber, formatRelative, graphemes, shortId } from "../lib/format.ts";
import { assetPath, changed, matchPage, pathOf, safeNext, toQuery, withQuery } from "../lib/url.ts";
import { pieces } from "../lib/visible.ts";

test("numbers and sizes", () => {
  assert.equal(formatNumber(1204), "1,204");
  assert.equal(formatNumber(-5), "−5");
  assert.equal(formatCompact(999), "999");
  assert.equal(formatCompact(1_234_567), "1.23M");
  assert.equal(formatBytes(0), "0 B");
  assert.equal(formatBytes(312_345), "312 kB");
  assert.equal(formatBytes(6_300_000_000), "6.3 GB");
  assert.equal(formatBytes(999_960), "1 MB");
  assert.equal(formatDuration(250), "250 ms");
  assert.equal(formatDuration(1_234), "1.2 sec");
  assert.equal(graphemes("é👨‍👩‍👧字"), 3);
  assert.equal(shortId("ord_01hzzzzzzzzzzzzzzzzzzzk3f9"), "ord_…k3f9");
});

test("relative times", () => {
  const now = new Date("2026-02-01T14:00:00Z");
  assert.equal(formatRelative("2026-02-01T11:00:00Z", now), "3 hours ago");
  assert.equal(formatRelative("2026-01-31T13:00:00Z", now), "yesterday");
  assert.equal(formatRelative("2026-02-01T13:59:59.800Z", now), "now");
  assert.match(formatRelative("2026-01-01T00:00:00Z", now), /2026|2025/);
});

test("queries are stable", () => {
  assert.equal(toQuery({ task: ["b", "a", "a"], q: "", sort: "trending", max_price: "0.01", page: null }, { sort: "trending" }), "max_price=0.01&task=a&task=b");
  assert.equal(withQuery("/models", {}), "/models");
  assert.equal(changed({ task: "x" }, "http://h/models?cursor=abc&q=y"), "/models?q=y&task=x");
  assert.equal(changed({ cursor: "2" }, "http://h/models?q=y"), "/models?cursor=2&q=y");
  assert.equal(pathOf("models", "bob/digits 1"), "/models/bob/digits%201");
  assert.equal(assetPath("dataset:uci/digits"), "/datasets/uci/digits");
});

test("next only leads to an own path", () => {
  for (const bad of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/a\\b", "/x\ny"]) assert.equal(safeNext(bad), "/");
  assert.equal(safeNext("/account/orders?x=1"), "/account/orders?x=1");
});

test("what cannot be seen is marked", () => {
  assert.deepEqual(pieces("a\u202eb"), [{ text: "a", marked: false }, { text: "U+202E", marked: true }, { text: "b", marked: false }]);
  assert.equal(pieces("👨‍👩‍👧").length, 1);
  assert.equal(pieces("日本語 ok").length, 1);
});

test("pages by name, with values", () => {
  const names = ["account", "account/orders", "account/orders/{id}", "account/orders/new"];
  assert.deepEqual(matchPage(names, "account/orders/ord_1"), { name: "account/orders/{id}", values: { id: "ord_1" } });
  assert.deepEqual(matchPage(names, "account/orders/new"), { name: "account/orders/new", values: {} });
  assert.deepEqual(matchPage(names, "account/"), { name: "account", values: {} });
  assert.equal(matchPage(names, "account/orders/ord_1/lines"), undefined);
  assert.equal(matchPage(names, "sell"), undefined);
});
