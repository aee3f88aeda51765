// The start of a card, and names of repositories.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cardText, nameFault } from "../lib/card.ts";

test("front matter by kind", () => {
  const sections = [{ title: "Use", text: "…" }];
  assert.equal(cardText({ kind: "model", name: "digits", licence: "mit", task: "image-classification", sections }), "---\nlicense: mit\npipeline_tag: image-classification\n---\n\n# digits\n\n## Use\n\n…\n");
  assert.equal(cardText({ kind: "dataset", name: "d", licence: "", task: "translation", sections: [] }), "---\ntask_categories:\n- translation\n---\n\n# d\n");
  assert.equal(cardText({ kind: "space", name: "s", licence: "mit", task: "translation", sdk: "static", sections: [] }), "---\nlicense: mit\nsdk: static\n---\n\n# s\n");
  assert.equal(cardText({ kind: "model", name: "x", licence: "a: b\nc", task: "", sections: [] }), "# x\n");
});

test("names", () => {
  for (const good of ["digits", "a", "a.b-c_d", "A1", "x".repeat(96)]) assert.equal(nameFault(good), undefined, good);
  for (const [bad, why] of [["", "empty"], ["x".repeat(97), "long"], ["a b", "characters"], ["日本", "characters"], ["-a", "ends"], ["a.", "ends"], ["a--b", "double"], ["a..b", "double"], ["a.git", "suffix"], ["a.IPYNB", "suffix"]] as const) {
    assert.equal(nameFault(bad), why, bad);
  }
});
