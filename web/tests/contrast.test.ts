// Every text colour of tokens.css on every background it may stand on: WCAG ratios, light and dark.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { test } from "node:test";

const css = fs.readFileSync("styles/tokens.css", "utf8");
const tokens = new Map<string, [string, string]>();
for (const match of css.matchAll(/--k-([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g)) tokens.set(match[1] ?? "", [match[2] ?? "", match[3] ?? ""]);

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((one) => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function ratio(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

test("contrast of texts, controls and charts", () => {
  assert.ok(tokens.size > 25);
  const pairs: [string, string[], number][] = [
    ...["text", "text-2", "text-3", "accent", "accent-hover", "ok", "warn", "bad", "info"].map((one): [string, string[], number] => [one, ["bg", "surface", "sunken"], 4.5]),
    ["ok", ["ok-soft"], 4.5], ["warn", ["warn-soft"], 4.5], ["bad", ["bad-soft"], 4.5], ["info", ["info-soft"], 4.5],
    ["text", ["accent-soft", "ok-soft", "warn-soft", "bad-soft", "info-soft"], 4.5],
    ["text-2", ["ok-soft", "warn-soft", "bad-soft", "info-soft"], 4.5],
    ["on-accent", ["accent", "accent-hover"], 4.5],
    ["line-strong", ["bg", "surface", "sunken"], 3],
    ...[1, 2, 3, 4, 5, 6].map((one): [string, string[], number] => [`chart-${one}`, ["bg", "surface"], 3]),
  ];
  for (const [front, backs, least] of pairs) {
    for (const back of backs) {
      for (const theme of [0, 1] as const) {
        const found = ratio(tokens.get(front)?.[theme] ?? "", tokens.get(back)?.[theme] ?? "");
        assert.ok(found >= least, `${front} on ${back} in ${theme ? "dark" : "light"}: ${found.toFixed(2)}`);
      }
    }
  }
});
