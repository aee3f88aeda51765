// MessageFormat's subset: arguments, plural, select, slots, dynamic keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isValidElement, type VNode } from "preact";
import { shape, usedKeys } from "../tools/check-messages.mjs";
import { addMessages, t, tFor, tx, type MessageKey } from "../lib/messages.ts";

addMessages({
  "a.plain": "Buy for {amount}",
  "a.plural": "{n, plural, =0 {no runs} one {# free run} other {# free runs}} left",
  "a.select": "{kind, select, order {Order {id}} other {Thing {id}}}",
  "a.slot": "Read the <link>terms of {name}</link> first",
  "state.order.placed": "Waiting",
});
const key = (text: string): MessageKey => text as MessageKey;

test("strings", () => {
  assert.equal(t(key("a.plain"), { amount: "$5" }), "Buy for $5");
  assert.equal(t(key("a.plural"), { n: 1 }), "1 free run left");
  assert.equal(t(key("a.plural"), { n: 1234 }), "1,234 free runs left");
  assert.equal(t(key("a.plural"), { n: 0 }), "no runs left");
  assert.equal(t(key("a.select"), { kind: "order", id: "x" }), "Order x");
  assert.equal(t(key("a.select"), { kind: "what", id: "x" }), "Thing x");
  assert.equal(t(key("a.missing")), "a.missing");
  assert.equal(tFor("state.order", "placed"), "Waiting");
  assert.equal(tFor("state.order", "not_known"), "not known");
});

test("slots become children", () => {
  const node = tx(key("a.slot"), { name: "bob" }, { link: (children) => ["<", children, ">"] });
  assert.ok(isValidElement(node));
  const flat = ((node as VNode<{ children: unknown[] }>).props.children as unknown[]).flat(Infinity).join("");
  assert.equal(flat, "Read the <terms of bob> first");
});

test("the check reads the same shapes", () => {
  assert.deepEqual(shape("{n, plural, one {# x {a}} other {# <b>y</b>}} {z}").names, ["a", "n", "z"]);
  assert.deepEqual(shape("x <link>y</link>").slots, ["<link>"]);
  assert.throws(() => shape("{n, plural, one {x}}"));
  assert.throws(() => shape("{n"));
  assert.throws(() => shape("<link>x"));
  assert.deepEqual(usedKeys(['t("a.plain"); tFor("state.order", x)'], ["a.plain", "a.plural", "state.order.placed"]), ["a.plain", "state.order.placed"]);
});
