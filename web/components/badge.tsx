// A state as a word with a shape, and the states of one object in a line.
import type { ComponentChildren } from "preact";
import { tFor } from "../lib/messages.ts";
import { Time } from "./value.tsx";

export type BadgeTone = "plain" | "ok" | "warn" | "bad" | "info";

export function Badge({ tone = "plain", children }: { tone?: BadgeTone; children: ComponentChildren }) {
  return <span class={`badge ${tone === "plain" ? "" : `badge-${tone}`}`}>{children}</span>;
}

export type StateKind = "order" | "payment" | "listing" | "entitlement" | "refund" | "prediction" | "deployment" | "topup" | "hold" | "upload";

const tones: Record<string, BadgeTone> = {
  active: "ok", published: "ok", completed: "ok", delivered: "ok", paid: "ok", succeeded: "ok", ready: "ok", done: "ok", approved: "ok", captured: "ok",
  placed: "info", confirmed: "info", in_review: "info", processing: "info", starting: "info", queued: "info", requested: "info", pending: "info", held: "info", hashing: "info", sending: "info",
  requires_action: "warn", partially_paid: "warn", suspended: "warn", disputed: "warn", unknown: "warn", paused: "warn", consumed: "warn", partially_refunded: "warn",
  failed: "bad", rejected: "bad", revoked: "bad", aborted: "bad",
};

/** The state of an object of the API: word by messages `state.KIND.*`, tone by what it means. */
export function StateBadge({ kind, state }: { kind: StateKind; state: string }) {
  return <Badge tone={tones[state] ?? "plain"}>{stateText(kind, state)}</Badge>;
}

export function stateText(kind: StateKind, state: string): string {
  switch (kind) {
    case "order": return tFor("state.order", state);
    case "payment": return tFor("state.payment", state);
    case "listing": return tFor("state.listing", state);
    case "entitlement": return tFor("state.entitlement", state);
    case "refund": return tFor("state.refund", state);
    case "prediction": return tFor("state.prediction", state);
    case "deployment": return tFor("state.deployment", state);
    case "topup": return tFor("state.topup", state);
    case "hold": return tFor("state.hold", state);
    case "upload": return tFor("state.upload", state);
  }
}

export interface StateStep {
  label: ComponentChildren;
  /** done: behind; now: here; ahead: to come; left: the line ended here */
  at: "done" | "now" | "ahead" | "left";
  time?: string;
  note?: ComponentChildren;
}

/** `zone`: of the party, on pages about money. */
export function StateLine({ label, steps, zone }: { label: string; steps: StateStep[]; zone?: string }) {
  return (
    <ol class="stateline" aria-label={label}>
      {steps.map((one, i) => (
        <li key={i} class={one.at} aria-current={one.at === "now" || one.at === "left" ? "step" : undefined}>
          <span>{one.label}</span>
          {one.time ? <Time at={one.time} show="full" {...(zone ? { zone } : {})} /> : null}
          {one.note ? <span class="meta">{one.note}</span> : null}
        </li>
      ))}
    </ol>
  );
}
