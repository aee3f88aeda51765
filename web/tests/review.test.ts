// Hints for reviewers, moving in the queue, sides of accounts.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Listing, Party } from "../api/answers.ts";
import { partyOfAccount, sideOf } from "../operator/accounts.ts";
import { readMetrics } from "../operator/metrics.ts";
import { cardBody, cardLicence, neighbour, reviewChecks } from "../operator/review-checks.ts";

const listing = { summary: "Reads handwritten digits.", offers: [{ state: "active" }], delivery: ["download"], free_files: ["README.md", "model.onnx"] } as unknown as Listing;

test("a card's licence and text", () => {
  const card = "---\nlicense: apache-2.0\ntags:\n- x\n---\n# Title\nText";
  assert.equal(cardLicence(card), "apache-2.0");
  assert.equal(cardBody(card), "# Title\nText");
  assert.equal(cardLicence("# no front matter\nlicense: x"), undefined);
});

test("hints", () => {
  const bad = (files: string[], card: string) => reviewChecks(listing, { kyc_level: 0 } as Party, { card, files: files.map((path) => ({ path, size: 1 })) }).filter((one) => !one.good).map((one) => one.id);
  assert.deepEqual(bad(["README.md"], "short"), ["card", "licence", "files", "kyc"]);
  assert.deepEqual(bad(["model.onnx"], `---\nlicense: mit\n---\n${"x".repeat(300)}`), ["free_all", "kyc"]);
  assert.deepEqual(reviewChecks(listing, undefined, undefined).map((one) => one.id), ["summary", "offer"]);
});

test("j and k stay inside the queue", () => {
  assert.equal(neighbour(["a", "b"], undefined, 1), "a");
  assert.equal(neighbour(["a", "b"], "b", 1), "b");
  assert.equal(neighbour(["a", "b"], "b", -1), "a");
  assert.equal(neighbour([], "b", 1), undefined);
});

test("accounts", () => {
  assert.equal(sideOf("asset:bank:main"), "debit");
  assert.equal(sideOf("liability:wallet:alice"), "credit");
  assert.equal(partyOfAccount("liability:payable:bob:pending"), "bob");
  assert.equal(partyOfAccount("liability:wallet:alice"), "alice");
  assert.equal(partyOfAccount("liability:escrow:ord_1"), undefined);
  assert.equal(partyOfAccount("income:platform_fee"), undefined);
});

test("metrics of the text format", () => {
  const text = '# HELP x y\n# TYPE kontor_a_total counter\nkontor_a_total{class="2xx"} 100\nkontor_a_total{class="5xx"} 2\nkontor_b 1.5e3\n';
  const all = readMetrics(text);
  assert.deepEqual(all.map((one) => [one.name, one.labels, one.value]), [["kontor_a_total", 'class="2xx"', 100], ["kontor_a_total", 'class="5xx"', 2], ["kontor_b", "", 1500]]);
});
