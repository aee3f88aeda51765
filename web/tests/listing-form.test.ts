// Changes of a listing, and two people's changes brought together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, checksOf, merge, type ListingForm } from "../sell/listing-form.ts";

const base: ListingForm = { title: "Digits", summary: "", category: "vision", delivery: ["download", "api_access"], licence_template: "custom-commercial-1", free_files: [] };

test("only what changed is sent; order of a set is no change", () => {
  assert.deepEqual(changesOf(base, { ...base, delivery: ["api_access", "download"] }), {});
  assert.deepEqual(changesOf(base, { ...base, title: "X", free_files: ["a"] }), { title: "X", free_files: ["a"] });
});

test("what only one changed is taken over, what both changed is asked", () => {
  const mine = { ...base, title: "Mine", summary: "same words" };
  const theirs = { ...base, title: "Theirs", summary: "same words", category: "other" };
  const merged = merge(base, mine, theirs);
  assert.deepEqual(merged.clashes, ["title"]);
  assert.equal(merged.form.category, "other");
  assert.equal(merged.form.summary, "same words");
  assert.deepEqual(merge(base, mine, base), { form: mine, clashes: [] });
});

test("checks name what is missing", () => {
  const bad = checksOf({ ...base, delivery: [] }, 0, 0, 10, 0).filter((one) => !one.good).map((one) => one.id);
  assert.deepEqual(bad, ["summary", "delivery", "offer", "card", "files", "kyc"]);
  assert.ok(checksOf({ ...base, summary: "Reads handwritten digits." }, 1, 3, 900, 1).every((one) => one.good));
  assert.equal(checksOf(base, 1, undefined, undefined, undefined).length, 4);
});
