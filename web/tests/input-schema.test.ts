// Input schemas: fields in order, what was typed as input, refusals at their field. Schemas as the runner writes them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultOf, inputFields, inputOf, startValues, valuesOf } from "../lib/input-schema.ts";

const image = inputFields({ type: "object", properties: { image: { title: "Image", type: "string", format: "uri", description: "Picture: PNG, JPEG", "x-order": 0 } }, required: ["image"] });
const table = inputFields({
  type: "object",
  properties: {
    b: { type: "number", "x-order": 1, minimum: 0, maximum: 10 },
    a: { type: "integer", "x-order": 0 },
    note: { type: "string", "x-order": 2, default: "hi" },
    size: { allOf: [{ type: "string", enum: ["s", "m"] }], default: "m", "x-order": 3 },
    on: { type: "boolean", default: true, "x-order": 4 },
    more: { type: "object", "x-order": 5 },
  } as never,
  required: ["a", "b"],
});
const features = inputFields({ properties: { features: { type: "array", items: { type: "number" }, minItems: 3, maxItems: 3 } as never }, required: ["features"] });

test("kinds and order", () => {
  assert.deepEqual(image.map((one) => [one.name, one.kind, one.required]), [["image", "picture", true]]);
  assert.deepEqual(table.map((one) => [one.name, one.kind, one.advanced]), [["a", "integer", false], ["b", "number", false], ["note", "text", true], ["size", "choice", true], ["on", "boolean", true], ["more", "json", true]]);
  assert.equal(features[0]?.kind, "numbers");
  assert.deepEqual(startValues(table), { a: "", b: "", note: "hi", size: "m", on: true, more: "" });
});

test("what was typed becomes input", () => {
  const good = inputOf(table, { a: "１２", b: "2.5", note: "x", size: "s", on: false, more: '{"k":1}' });
  assert.deepEqual(good, { input: { a: 12, b: 2.5, note: "x", size: "s", on: false, more: { k: 1 } }, faults: {} });
  const bad = inputOf(table, { a: "1.5", b: "11", note: "", size: "s", on: true, more: "{" });
  assert.deepEqual(bad.faults, { a: { code: "integer" }, b: { code: "max", value: "10" }, more: { code: "json" } });
  assert.equal("note" in bad.input, false);
  assert.deepEqual(inputOf(table, { a: "", b: "x" }).faults, { a: { code: "required" }, b: { code: "number" } });
  assert.deepEqual(inputOf(features, { features: "1, 2.5\n3e-2" }).input, { features: [1, 2.5, 0.03] });
  assert.deepEqual(inputOf(features, { features: "[1, 2, 3]" }).input, { features: [1, 2, 3] });
  assert.deepEqual(inputOf(features, { features: "1 2" }).faults, { features: { code: "count", value: "2/3" } });
  assert.deepEqual(inputOf(features, { features: "1 x 3" }).faults, { features: { code: "numbers", value: "x" } });
});

test("an earlier run fills the form by name", () => {
  assert.deepEqual(valuesOf(table, { a: 3, on: false, gone: 1 }), { a: "3", b: "", note: "hi", size: "m", on: false, more: "" });
  assert.deepEqual(valuesOf(features, { features: [1, 2, 3] }), { features: "1, 2, 3" });
});

test("refusals of the server at their field", () => {
  assert.deepEqual(faultOf("b: must be at least 0", table), { name: "b", fault: { code: "min", value: "0" } });
  assert.deepEqual(faultOf("a: is required", table), { name: "a", fault: { code: "required" } });
  assert.deepEqual(faultOf("a: must be an integer", table), { name: "a", fault: { code: "integer" } });
  assert.deepEqual(faultOf("features: must have 3 entries", features), { name: "features", fault: { code: "count", value: "?/3" } });
  assert.deepEqual(faultOf("features[2]: is too large", features), { name: "features", fault: { code: "other", text: "is too large" } });
  assert.deepEqual(faultOf("image: is not valid base64", image), { name: "image", fault: { code: "picture" } });
  assert.equal(faultOf("The model's process ended", table), undefined);
  assert.equal(faultOf("Something: else", table), undefined);
});
