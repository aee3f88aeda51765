// The plan editor's fields and the plan they mean.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewPlan } from "../api/answers.ts";
import { exampleQuantities, fitsFields, fromPlan, newPart, parseQuantity, planJson, starter, toPlan } from "../sell/plan-draft.ts";

const spine: NewPlan = {
  currency: "USD",
  components: [
    { id: "licence", kind: "one_off", amount: "50.00", term: "prepaid" },
    { id: "runs", kind: "metered", meter: "run", model: "graduated", term: "prepaid", free_units: 100, free_reset: "never",
      tiers: [{ up_to: 1000, unit_amount: "0.01", per: 1 }, { up_to: 10000, unit_amount: "0.005", per: 1 }, { up_to: null, unit_amount: "0.002", per: 1 }] },
  ],
  refund_policy: "standard_7d",
  tax_behaviour: "exclusive",
};

test("fields and plan are the same thing", () => {
  const draft = fromPlan(spine);
  assert.equal(draft.parts[1]?.tiers[1]?.upTo, "10000");
  const again = toPlan(draft, "en").plan;
  assert.deepEqual(again?.components[1]?.tiers, spine.components[1]?.tiers);
  assert.equal(again?.components[0]?.amount, "50");
  assert.ok(fitsFields(spine));
});

test("starters are plans", () => {
  for (const goal of ["once", "per_run", "both"] as const) {
    const read = toPlan(starter(goal, "USD"), "en");
    assert.deepEqual(read.faults, []);
  }
  assert.equal(newPart(starter("both", "USD"), "metered").id, "runs-2");
  assert.equal(newPart(starter("once", "USD"), "metered", "second").id, "seconds");
});

test("what cannot be read is named where it stands", () => {
  const draft = fromPlan(spine);
  draft.parts[0]!.price = "5,0,0";
  draft.parts[1]!.tiers[1]!.upTo = "500";
  draft.parts[1]!.free = "1.5";
  draft.parts[1]!.tiers[2]!.price = "";
  assert.deepEqual(toPlan(draft, "en").faults.map((one) => `${one.path} ${one.code}`), [
    "components[0].amount not_a_number", "components[1].free_units out_of_range", "components[1].tiers[1].up_to not_increasing", "components[1].tiers[2].unit_amount missing",
  ]);
  assert.deepEqual(toPlan({ ...starter("once", "USD"), parts: [] }, "en").faults, [{ path: "components", code: "missing" }]);
  const twice = starter("both", "USD");
  twice.parts[1]!.id = "licence";
  assert.equal(toPlan(twice, "en").faults[0]?.code, "duplicate");
});

test("amounts and quantities are read as the reader writes them", () => {
  const draft = starter("per_run", "EUR");
  draft.parts[0]!.price = "0,005";
  assert.equal(toPlan(draft, "de").plan?.components[0]?.unit_amount, "0.005");
  assert.equal(parseQuantity("１，０００", "ja"), 1000);
  assert.equal(parseQuantity("1,500", "en"), 1500);
  assert.equal(parseQuantity("1.5", "en"), undefined);
  assert.equal(parseQuantity("-3", "en"), undefined);
});

test("plans beyond the fields stay as JSON", () => {
  const pack: NewPlan = { currency: "USD", components: [{ id: "pack", kind: "metered", meter: "run", model: "package", amount: "5.00", size: 100 }] };
  assert.equal(fitsFields(pack), false);
  const draft = fromPlan(pack);
  assert.ok(draft.json);
  assert.deepEqual(toPlan(draft).plan?.components, pack.components);
  assert.deepEqual(toPlan({ ...draft, json: "{" }).faults, [{ path: "json", code: "malformed" }]);
  assert.deepEqual(JSON.parse(planJson(spine)), spine);
});

test("examples lie in each tier", () => {
  assert.deepEqual(exampleQuantities(spine), [100, 1000, 1500, 15000, 25000]);
  assert.deepEqual(exampleQuantities({ currency: "USD", components: [{ id: "l", kind: "one_off", amount: "1" }] }), []);
});
