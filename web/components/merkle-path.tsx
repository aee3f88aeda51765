// The way from a leaf to the root: a drawing for up to 12 levels and always a list of steps with both sides and the result.
import { toHex } from "../lib/sha256.ts";
import type { Step } from "../lib/merkle.ts";
import { shortHash } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { Hash } from "./copy.tsx";

export interface MerklePathProps {
  leaf: Uint8Array;
  steps: Step[];
  root: Uint8Array;
  /** the computed root is the one of the checkpoint */
  ok: boolean;
}

const drawn = 12;

function Tree({ leaf, steps, ok }: { leaf: Uint8Array; steps: Step[]; ok: boolean }) {
  const row = 44;
  const tall = (steps.length + 1) * row;
  const middle = 180;
  const y = (level: number): number => tall - row / 2 - level * row;
  const x = (level: number): number => {
    // the way leans to the side away from each given hash
    let place = middle;
    for (let i = 0; i < level; i++) place += steps[i]?.side === "left" ? -14 : 14;
    return place;
  };
  const levels = [leaf, ...steps.map((one) => one.result)];
  return (
    <svg viewBox={`0 0 360 ${tall}`} role="img" aria-label={t("term.merkle_path")}>
      {steps.map((one, i) => {
        const side = x(i) + (one.side === "left" ? -90 : 90);
        return (
          <g key={i}>
            <path class="edge" d={`M${x(i)} ${y(i)}L${x(i + 1)} ${y(i + 1)}L${side} ${y(i)}`} />
            <circle class="given" cx={side} cy={y(i)} r="6" />
            <text x={side + (one.side === "left" ? -12 : 12)} y={y(i) + 4} text-anchor={one.side === "left" ? "end" : "start"}>{shortHash(toHex(one.given), 6)}…</text>
          </g>
        );
      })}
      {levels.map((hash, i) => (
        <g key={i}>
          <circle class={i === steps.length && !ok ? "wrong" : "computed"} cx={x(i)} cy={y(i)} r="6" />
          {i === 0 || i === steps.length ? <text x={x(i) + 12} y={y(i) - 8}>{i === 0 ? t("term.leaf") : t("term.root_hash")} {shortHash(toHex(hash), 6)}…</text> : null}
        </g>
      ))}
    </svg>
  );
}

export function MerklePath({ leaf, steps, root, ok }: MerklePathProps) {
  return (
    <div class="merkle stack">
      {steps.length > 0 && steps.length <= drawn ? <Tree leaf={leaf} steps={steps} ok={ok} /> : null}
      <ol aria-label={t("term.merkle_path")}>
        <li>{t("term.leaf")} <Hash hash={toHex(leaf)} /></li>
        {steps.map((one, i) => (
          <li key={i}>
            {one.side === "left" ? t("log.step_left") : t("log.step_right")} <Hash hash={toHex(one.given)} /> → <Hash hash={toHex(one.result)} />
          </li>
        ))}
        <li>
          {t("term.root_hash")} <Hash hash={toHex(root)} /> <span class={`badge ${ok ? "badge-ok" : "badge-bad"}`}>{ok ? t("log.step_same") : t("log.step_differs")}</span>
        </li>
      </ol>
    </div>
  );
}
