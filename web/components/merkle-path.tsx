// The way from a leaf to the root: a drawing for up to 12 levels and always a list of steps with both sides and the result.
import { useId } from "preact/hooks";
import { shortHash } from "../lib/format.ts";
import type { Step } from "../lib/merkle.ts";
import { t } from "../lib/messages.ts";
import { toHex } from "../lib/sha256.ts";
import { Hash } from "./copy.tsx";

export interface MerklePathProps {
  leaf: Uint8Array;
  steps: Step[];
  root: Uint8Array;
  /** the computed root is the one of the checkpoint */
  ok: boolean;
}

const drawn = 12;
const box = { width: 112, height: 32, gap: 28, rise: 26 };

interface Node {
  x: number;
  y: number;
  text: string;
  kind: "own" | "given" | "root" | "wrong";
}

/** Places of the nodes: each parent stands between its two children, the leaf at the bottom. */
function place({ leaf, steps, ok }: MerklePathProps) {
  const half = (box.width + box.gap) / 2;
  const level = box.height + box.rise;
  const kind = (i: number): Node["kind"] => (i < steps.length ? "own" : ok ? "root" : "wrong");
  let own: Node = { x: 0, y: 0, text: toHex(leaf), kind: kind(0) };
  const nodes = [own];
  const lines: [Node, Node][] = [];
  steps.forEach((one, i) => {
    const aside = one.side === "left" ? -1 : 1;
    const given: Node = { x: own.x + aside * 2 * half, y: own.y, text: toHex(one.given), kind: "given" };
    const parent: Node = { x: own.x + aside * half, y: own.y - level, text: toHex(one.result), kind: kind(i + 1) };
    nodes.push(given, parent);
    lines.push([given, parent], [own, parent]);
    own = parent;
  });
  const left = Math.min(...nodes.map((one) => one.x));
  for (const one of nodes) {
    one.x += box.width / 2 + 1 - left;
    one.y += steps.length * level + 1;
  }
  return { nodes, lines, width: Math.max(...nodes.map((one) => one.x)) + box.width / 2 + 1, height: steps.length * level + box.height + 2 };
}

function Tree(props: MerklePathProps) {
  const id = useId();
  const { nodes, lines, width, height } = place(props);
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t("term.merkle_path")}>
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-labelledby={id}>
        <title id={id}>{t("log.path_picture", { count: props.steps.length })}</title>
        {lines.map(([from, to], i) => <path key={i} class={from.kind} d={`M${from.x} ${from.y}V${from.y - box.rise / 2}H${to.x}V${to.y + box.height}`} />)}
        {nodes.map((one, i) => (
          <g key={i} class={one.kind}>
            <rect x={one.x - box.width / 2} y={one.y} width={box.width} height={box.height} rx="4" />
            <text x={one.x} y={one.y + 21} text-anchor="middle">{shortHash(one.text, 10)}…</text>
          </g>
        ))}
      </svg>
      <ul class="legend" aria-hidden="true">
        <li class="given">{t("log.given")}</li>
        <li class="own">{t("log.computed")}</li>
        <li class={props.ok ? "root" : "wrong"}>{t("term.root_hash")}</li>
      </ul>
    </div>
  );
}

export function MerklePath(props: MerklePathProps) {
  const { leaf, steps, root, ok } = props;
  return (
    <div class="merkle stack">
      {steps.length > 0 && steps.length <= drawn ? <Tree {...props} /> : null}
      <ol aria-label={t("term.merkle_path")}>
        <li><span class="what">{t("term.leaf")}</span> <Hash hash={toHex(leaf)} length={16} /></li>
        {steps.map((one, i) => (
          <li key={i}>
            <span class="what">{one.side === "left" ? t("log.step_left") : t("log.step_right")}</span> <Hash hash={toHex(one.given)} length={16} /> <span aria-hidden="true">→</span> <Hash hash={toHex(one.result)} length={16} />
          </li>
        ))}
        <li>
          <span class="what">{t("term.root_hash")}</span> <Hash hash={toHex(root)} length={16} /> <span class={ok ? "mark-ok" : "mark-bad"}>{ok ? t("log.step_same") : t("log.step_differs")}</span>
        </li>
      </ol>
    </div>
  );
}
