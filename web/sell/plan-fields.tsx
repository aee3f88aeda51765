// Fields of a price plan: one-off prices, metered prices with free units and tiers, what holds for all; or the plan as JSON.
import type { FieldFault } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Select } from "../components/select.tsx";
import { MoneyField, TextArea, TextField } from "../components/text-field.tsx";
import { formatNumber } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { faultAt, faultText } from "./faults.ts";
import { fieldId, fromPlan, newPart, parseQuantity, planJson, starter, toPlan, type Goal, type PartDraft, type PlanDraft, type TierDraft } from "./plan-draft.ts";
import { shownAmount } from "./shown.ts";

const goals: Goal[] = ["once", "per_run", "both"];
const meters = ["run", "second", "token"];
const currencies = ["USD", "EUR", "GBP", "JPY", "CNY"];

interface PartProps {
  part: PartDraft;
  path: string;
  currency: string;
  faults: readonly FieldFault[];
  onChange: (part: PartDraft) => void;
  onRemove: () => void;
}

const readable = (text: string): string => {
  const value = parseQuantity(text);
  return value === undefined ? text : formatNumber(value);
};

function Tiers({ part, path, currency, faults, onChange }: PartProps) {
  const set = (i: number, change: Partial<TierDraft>): void => onChange({ ...part, tiers: part.tiers.map((one, k) => (k === i ? { ...one, ...change } : one)) });
  const last = part.tiers.length - 1;
  return (
    <div class="stack tight">
      <div class="tiers-head" aria-hidden="true"><span>{t("sell.tier_up_to")}</span><span>{t("sell.unit_price")}</span></div>
      <ol class="tiers">
        {part.tiers.map((one, i) => (
          <li key={i} class="form-row">
            {i === last
              ? <span class="open-tier">{t("sell.tier_above")}</span>
              : <TextField id={fieldId(`${path}.tiers[${i}].up_to`)} hideLabel label={t("sell.tier_up_to")} numeric inputMode="numeric" value={one.upTo} error={faultAt(faults, `${path}.tiers[${i}].up_to`)} onInput={(upTo) => set(i, { upTo })} onBlur={() => set(i, { upTo: readable(one.upTo) })} />}
            <MoneyField id={fieldId(`${path}.tiers[${i}].unit_amount`)} hideLabel label={t("sell.unit_price")} currency={currency} value={one.price} error={faultAt(faults, `${path}.tiers[${i}].unit_amount`)} onInput={(price) => set(i, { price })} />
            <Button kind="quiet" small label={t("sell.remove_tier", { n: i + 1 })} onClick={() => {
              const left = part.tiers.filter((_, k) => k !== i);
              onChange(left.length < 2 ? { ...part, tiers: [], price: left[0]?.price ?? "" } : { ...part, tiers: left });
            }}>{t("common.remove")}</Button>
          </li>
        ))}
      </ol>
      {faultAt(faults, `${path}.tiers`) ? <div class="error">{faultAt(faults, `${path}.tiers`)}</div> : null}
    </div>
  );
}

function addTier(part: PartDraft): PartDraft {
  if (part.tiers.length === 0) return { ...part, tiers: [{ upTo: formatNumber(1000), price: part.price }, { upTo: "", price: "" }] };
  const before = parseQuantity(part.tiers.at(-2)?.upTo ?? "") ?? 100;
  const open = part.tiers.at(-1) ?? { upTo: "", price: "" };
  return { ...part, tiers: [...part.tiers.slice(0, -1), { upTo: formatNumber(before * 10), price: open.price }, { upTo: "", price: "" }] };
}

function Part(props: PartProps) {
  const { part, path, currency, faults, onChange } = props;
  const options = [...new Set([...meters, part.meter])].map((one) => ({ value: one, label: tFor("sell.meter", one) }));
  return (
    <fieldset class="panel part">
      <legend>{part.kind === "one_off" ? t("sell.part_once") : tFor("sell.part", part.meter)}</legend>
      <div class="stack">
        {part.kind === "one_off" ? (
          <div class="form-row">
            <MoneyField id={fieldId(`${path}.amount`)} label={t("sell.price_once")} hint={t("sell.price_once_hint")} currency={currency} value={part.price} error={faultAt(faults, `${path}.amount`)} onInput={(price) => onChange({ ...part, price })} />
          </div>
        ) : (
          <>
            <div class="form-row">
              <Select label={t("sell.counted")} value={part.meter} options={options} onChange={(meter) => onChange({ ...part, meter })} {...(part.meter === "run" ? {} : { hint: t("sell.meter_hint") })} />
              <TextField id={fieldId(`${path}.free_units`)} label={t("term.free_units")} optional numeric inputMode="numeric" hint={t("sell.free_hint")} value={part.free} error={faultAt(faults, `${path}.free_units`)} onInput={(free) => onChange({ ...part, free })} onBlur={() => onChange({ ...part, free: readable(part.free) })} />
              <TextField id={fieldId(`${path}.per`)} label={t("sell.per_units")} numeric inputMode="numeric" hint={t("sell.per_hint")} value={part.per} error={faultAt(faults, `${path}.per`)} onInput={(per) => onChange({ ...part, per })} onBlur={() => onChange({ ...part, per: readable(part.per) })} />
            </div>
            {part.tiers.length > 0 ? <Tiers {...props} /> : (
              <div class="form-row">
                <MoneyField id={fieldId(`${path}.unit_amount`)} label={t("sell.unit_price")} currency={currency} value={part.price} error={faultAt(faults, `${path}.unit_amount`)} onInput={(price) => onChange({ ...part, price })} />
              </div>
            )}
          </>
        )}
        {faultAt(faults, `${path}.id`) ? <div class="error">{faultAt(faults, `${path}.id`)}</div> : null}
        <div class="row">
          {part.kind === "metered" ? <Button small onClick={() => onChange(addTier(part))}>{part.tiers.length > 0 ? t("sell.add_tier") : t("sell.add_tiers")}</Button> : null}
          <Button small kind="quiet" onClick={props.onRemove}>{t("common.remove")}</Button>
        </div>
      </div>
    </fieldset>
  );
}

function JsonView({ draft, faults, onChange }: { draft: PlanDraft; faults: readonly FieldFault[]; onChange: (draft: PlanDraft) => void }) {
  const read = toPlan(draft);
  const open = draft.json !== undefined;
  const text = draft.json ?? (read.plan ? planJson(read.plan) : "");
  return (
    <details class="fold-down" open={open}>
      <summary>{t("sell.as_json")}</summary>
      <div class="stack tight">
        <TextArea id="plan-json" code rows={Math.min(24, Math.max(8, text.split("\n").length))} label={t("sell.plan_json")} hint={t("sell.plan_json_hint")} value={text} error={faultAt(faults, "json")} onInput={(json) => onChange({ ...draft, json })} />
        {open && faults.length > 0 ? <ul class="error-list">{faults.filter((one) => one.path !== "json").map((one) => <li class="error" key={one.path}><code>{one.path}</code> {faultText(one.code)}</li>)}</ul> : null}
        {open && read.plan && fromPlan(read.plan).json === undefined ? <div class="row"><Button small onClick={() => onChange(fromPlan(read.plan, shownAmount(read.plan.currency), formatNumber))}>{t("sell.back_to_fields")}</Button></div> : null}
      </div>
    </details>
  );
}

export interface PlanFieldsProps {
  draft: PlanDraft;
  faults: readonly FieldFault[];
  /** a new plan may still choose its currency */
  fresh: boolean;
  onChange: (draft: PlanDraft) => void;
}

export function PlanFields({ draft, faults, fresh, onChange }: PlanFieldsProps) {
  const add = (kind: PartDraft["kind"], meter?: string) => onChange({ ...draft, parts: [...draft.parts, newPart(draft, kind, meter)] });
  const json = draft.json !== undefined;
  return (
    <div class="stack">
      {fresh && !json ? (
        <div class="row" role="group" aria-label={t("sell.goal")}>
          <span class="meta">{t("sell.goal")}</span>
          {goals.map((goal) => <button type="button" class="chip" key={goal} onClick={() => onChange(starter(goal, draft.currency))}>{tFor("sell.goal", goal)}</button>)}
        </div>
      ) : null}
      {json ? null : draft.parts.map((part, i) => (
        <Part
          key={`${part.id}-${i}`}
          part={part}
          path={`components[${i}]`}
          currency={draft.currency}
          faults={faults}
          onChange={(changed) => onChange({ ...draft, parts: draft.parts.map((one, k) => (k === i ? changed : one)) })}
          onRemove={() => onChange({ ...draft, parts: draft.parts.filter((_, k) => k !== i) })}
        />
      ))}
      {faultAt(faults, "components") ? <div class="error" id={fieldId("components")} tabIndex={-1}>{faultAt(faults, "components")}</div> : null}
      {json ? null : (
        <div class="row">
          <Button small onClick={() => add("one_off")}>{t("sell.add_once")}</Button>
          <Button small onClick={() => add("metered", "run")}>{t("sell.add_run")}</Button>
          <Button small onClick={() => add("metered", "second")}>{t("sell.add_second")}</Button>
        </div>
      )}
      {json ? null : (
        <div class="form-row">
          <Select label={t("common.currency")} value={draft.currency} disabled={!fresh} options={[...new Set([...currencies, draft.currency])].map((one) => ({ value: one, label: one }))} onChange={(currency) => onChange({ ...draft, currency })} />
          <Select label={t("sell.refunds")} value={draft.refund} hint={tFor("price.refund_", draft.refund)} options={(["standard_7d", "no_refund"] as const).map((one) => ({ value: one, label: tFor("sell.refund", one) }))} onChange={(refund) => onChange({ ...draft, refund: refund === "no_refund" ? "no_refund" : "standard_7d" })} />
          <Select label={t("term.tax")} value={draft.tax} options={[{ value: "exclusive", label: t("term.tax_excluded") }, { value: "inclusive", label: t("term.tax_included") }]} onChange={(tax) => onChange({ ...draft, tax: tax === "inclusive" ? "inclusive" : "exclusive" })} />
        </div>
      )}
      <JsonView draft={draft} faults={faults} onChange={onChange} />
    </div>
  );
}
