// A plan's price as one sentence in the reader's language, chosen by what the plan has; the server's pages say the same.
import type { NewPlan, PlanComponent } from "../api/answers.ts";
import { formatNumber } from "./format.ts";
import { t } from "./messages.ts";
import { formatMoney, fromDecimal, micros, toDecimal } from "./money.ts";

function unitPrice(one: PlanComponent, currency: string): string | undefined {
  const first = one.tiers?.[0] ?? one;
  if (!first.unit_amount) return undefined;
  const amount = formatMoney({ amount: first.unit_amount, currency });
  return !first.per || first.per === 1 ? amount : t("price.per_many", { amount, per: formatNumber(first.per) });
}

const simple = ["per_unit", "graduated", "volume"];

export function priceText(plan: Pick<NewPlan, "currency" | "components">): string {
  let once = 0n;
  const metered: PlanComponent[] = [];
  for (const one of plan.components) {
    if (one.kind === "metered") metered.push(one);
    else once += fromDecimal(one.amount ?? "0");
  }
  const amount = formatMoney({ amount: toDecimal(micros(once)), currency: plan.currency });
  const first = metered[0];
  if (!first) return once === 0n ? t("price.free") : t("price.once", { amount });
  const unit = metered.length === 1 && simple.includes(first.model ?? "per_unit") ? unitPrice(first, plan.currency) : undefined;
  if (!unit) return once === 0n ? t("price.by_use") : t("price.once_by_use", { amount });
  const values = { amount, unit, meter: first.meter ?? "run", free: first.free_units ?? 0 };
  if (values.free > 0) return once === 0n ? t("price.metered_free", values) : t("price.once_metered_free", values);
  return once === 0n ? t("price.metered", values) : t("price.once_metered", values);
}

/** "1,500 runs" */
export const quantityText = (meter: string, n: number): string => t("price.quantity", { meter, n });
