// A price plan while it is edited: what stands in the fields, and the plan of the API that it means. Amounts are read as text, never as numbers.
import type { FieldFault } from "../api/client.ts";
import type { NewPlan, PlanComponent, PlanTier } from "../api/answers.ts";
import { parseMoney } from "../lib/money.ts";

export interface TierDraft {
  /** "" for the last one, which is open */
  upTo: string;
  price: string;
}

export interface PartDraft {
  id: string;
  kind: "one_off" | "metered";
  meter: string;
  /** one-off price, or unit price when there are no tiers */
  price: string;
  /** units that the price is for */
  per: string;
  free: string;
  tiers: TierDraft[];
}

export interface PlanDraft {
  currency: string;
  parts: PartDraft[];
  refund: "standard_7d" | "no_refund";
  tax: "exclusive" | "inclusive";
  /** set: the plan is edited as JSON, the fields are left alone */
  json?: string;
}

export type Goal = "once" | "per_run" | "both";

export function starter(goal: Goal, currency: string): PlanDraft {
  const once: PartDraft = { id: "licence", kind: "one_off", meter: "", price: "50.00", per: "1", free: "", tiers: [] };
  const runs: PartDraft = { id: "runs", kind: "metered", meter: "run", price: "0.01", per: "1", free: "100", tiers: [] };
  return { currency, parts: goal === "once" ? [once] : goal === "per_run" ? [runs] : [once, runs], refund: "standard_7d", tax: "exclusive" };
}

/** A new part, with an id that no other part has. */
export function newPart(draft: PlanDraft, kind: PartDraft["kind"], meter = "run"): PartDraft {
  const stem = kind === "one_off" ? "licence" : `${meter}s`;
  let id = stem;
  for (let n = 2; draft.parts.some((one) => one.id === id); n++) id = `${stem}-${n}`;
  return { id, kind, meter: kind === "one_off" ? "" : meter, price: "", per: "1", free: "", tiers: [] };
}

/** Whole, not negative, in the reader's digits and grouping. */
export function parseQuantity(text: string, tag?: string): number | undefined {
  const parsed = parseMoney(text, tag ? { tag } : {});
  if (!parsed.ok || parsed.micros % 1_000_000n !== 0n) return undefined;
  const value = parsed.micros / 1_000_000n;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

export type Read = { plan: NewPlan; faults: [] } | { plan: undefined; faults: FieldFault[] };

function amount(text: string, path: string, faults: FieldFault[], tag?: string): string {
  const parsed = parseMoney(text, tag ? { tag } : {});
  if (parsed.ok) return parsed.amount;
  faults.push({ path, code: parsed.code === "empty" ? "missing" : parsed.code });
  return "0";
}

function quantity(text: string, path: string, least: number, faults: FieldFault[], tag?: string): number {
  const value = parseQuantity(text, tag);
  if (value !== undefined && value >= least) return value;
  faults.push({ path, code: text.trim() === "" ? "missing" : "out_of_range" });
  return least;
}

function component(part: PartDraft, path: string, faults: FieldFault[], tag?: string): PlanComponent {
  if (!/^[a-z0-9_-]{1,40}$/.test(part.id)) faults.push({ path: `${path}.id`, code: "not_a_slug" });
  if (part.kind === "one_off") return { id: part.id, kind: "one_off", amount: amount(part.price, `${path}.amount`, faults, tag), term: "prepaid" };
  const base = { id: part.id, kind: "metered" as const, meter: part.meter, term: "prepaid" as const, free_units: part.free.trim() === "" ? 0 : quantity(part.free, `${path}.free_units`, 0, faults, tag), free_reset: "never" as const };
  const per = quantity(part.per, `${path}.per`, 1, faults, tag);
  if (part.tiers.length === 0) return { ...base, model: "per_unit", unit_amount: amount(part.price, `${path}.unit_amount`, faults, tag), per };
  let before = 0;
  const tiers = part.tiers.map((one, i): PlanTier => {
    const here = `${path}.tiers[${i}]`;
    const unit = { unit_amount: amount(one.price, `${here}.unit_amount`, faults, tag), per };
    if (i === part.tiers.length - 1) return { up_to: null, ...unit };
    const upTo = quantity(one.upTo, `${here}.up_to`, 1, faults, tag);
    if (upTo <= before) faults.push({ path: `${here}.up_to`, code: "not_increasing" });
    before = upTo;
    return { up_to: upTo, ...unit };
  });
  return { ...base, model: "graduated", tiers };
}

/** What the fields mean, or which of them cannot be read (paths are those of the API's own answers). */
export function toPlan(draft: PlanDraft, tag?: string): Read {
  if (draft.json !== undefined) {
    try {
      return { plan: JSON.parse(draft.json) as NewPlan, faults: [] };
    } catch {
      return { plan: undefined, faults: [{ path: "json", code: "malformed" }] };
    }
  }
  const faults: FieldFault[] = [];
  if (draft.parts.length === 0) faults.push({ path: "components", code: "missing" });
  const components = draft.parts.map((one, i) => component(one, `components[${i}]`, faults, tag));
  draft.parts.forEach((one, i) => {
    if (draft.parts.findIndex((other) => other.id === one.id) < i) faults.push({ path: `components[${i}].id`, code: "duplicate" });
  });
  if (faults.length > 0) return { plan: undefined, faults };
  return { plan: { currency: draft.currency, components, refund_policy: draft.refund, tax_behaviour: draft.tax }, faults: [] };
}

const plain = (value: unknown, fallback: unknown): boolean => value === undefined || value === null || value === fallback;

/** Whether the fields can hold all that a plan says; others are edited as JSON. */
export function fitsFields(plan: NewPlan): boolean {
  return plan.components.every((one) => {
    if (!plain(one.term, "prepaid") || (one.dimensions && Object.keys(one.dimensions).length > 0)) return false;
    if (one.kind === "one_off") return true;
    if (one.kind !== "metered" || !["per_unit", "graduated"].includes(one.model ?? "per_unit")) return false;
    if (!plain(one.free_reset, "never") || !plain(one.multiplier_bps, 10_000) || !plain(one.granularity_ms, 1) || !plain(one.minimum_ms, 0)) return false;
    const per = one.tiers?.[0]?.per ?? 1;
    return (one.tiers ?? []).every((tier) => plain(tier.flat, "0") && (tier.per ?? 1) === per);
  });
}

/** The fields for a plan; with `shown` and `counted` amounts and quantities as the reader writes them. */
export function fromPlan(plan: NewPlan, shown: (amount: string) => string = (one) => one, counted: (n: number) => string = String): PlanDraft {
  const base = { currency: plan.currency, refund: plan.refund_policy ?? "standard_7d", tax: plan.tax_behaviour ?? "exclusive" } as const;
  if (!fitsFields(plan)) return { ...base, parts: [], json: planJson(plan) };
  const parts = plan.components.map((one): PartDraft => ({
    id: one.id,
    kind: one.kind === "metered" ? "metered" : "one_off",
    meter: one.kind === "metered" ? (one.meter ?? "run") : "",
    price: shown(one.amount ?? one.unit_amount ?? (one.tiers ? "" : "0")),
    per: counted(one.tiers?.[0]?.per ?? one.per ?? 1),
    free: one.free_units ? counted(one.free_units) : "",
    tiers: (one.tiers ?? []).map((tier) => ({ upTo: tier.up_to ? counted(tier.up_to) : "", price: shown(tier.unit_amount ?? "0") })),
  }));
  return { ...base, parts };
}

/** As the API writes it, without what says nothing. */
export function planJson(plan: NewPlan): string {
  const { currency, components, refund_policy, tax_behaviour } = plan;
  return JSON.stringify({ currency, components, refund_policy, tax_behaviour }, (_key, value: unknown) => (value === null && _key !== "up_to" ? undefined : value), 2);
}

/** Quantities worth showing: inside the free units, around each step, well beyond the last. */
export function exampleQuantities(plan: NewPlan): number[] {
  const out = new Set<number>();
  for (const one of plan.components) {
    if (one.kind !== "metered") continue;
    const free = one.free_units ?? 0;
    const unit = one.tiers?.[0]?.per ?? one.per ?? 1;
    const steps = (one.tiers ?? []).flatMap((tier) => (tier.up_to ? [tier.up_to] : []));
    if (free > 0) out.add(free);
    out.add(Math.max(unit, free > 0 ? free * 10 : 100));
    for (const step of steps) out.add(step + Math.ceil(step / 2));
    out.add(steps.length > 0 ? 2.5 * (steps.at(-1) ?? 0) : Math.max(unit * 10, 10_000));
  }
  return [...out].map(Math.round).filter((one) => one > 0).sort((a, b) => a - b).slice(0, 5);
}

/** "components[0].tiers[1].unit_amount" -> an id for the field that holds it. */
export const fieldId = (path: string): string => `plan-${path.replace(/[^A-Za-z0-9]+/g, "-").replace(/-$/, "")}`;

/** Which part of the plan a path is in, and the name of the field: for the summary above the form. */
export function placeOf(path: string, draft: PlanDraft): { part: PartDraft | undefined; field: string } {
  const at = /^components\[(\d+)\]/.exec(path)?.[1];
  return { part: at === undefined ? undefined : draft.parts[Number(at)], field: path.slice(path.lastIndexOf(".") + 1) };
}
