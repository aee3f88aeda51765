// The lines of a plan in a checkout: what is due now, what comes by use, and the sum that the button will charge.
import type { Money as MoneyShape, PlanComponent } from "../api/answers.ts";
import { Money } from "../components/value.tsx";
import { formatNumber } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { currencyDigits, formatMoney, fromDecimal, micros, toDecimal } from "../lib/money.ts";

function Tiers({ component, currency }: { component: PlanComponent; currency: string }) {
  const tiers = component.tiers ?? [];
  if (tiers.length < 2) return null;
  let from = 1;
  return (
    <details class="fold-down">
      <summary>{t("checkout.tiers")}</summary>
      <table class="table compact">
        <caption class="sr-only">{t("price.tiers_of", { component: tFor("component", component.id) })}</caption>
        <tbody>
          {tiers.map((one) => {
            const range = one.up_to ? t("price.tier_range", { from: formatNumber(from), to: formatNumber(one.up_to) }) : t("price.tier_open", { from: formatNumber(from) });
            if (one.up_to) from = one.up_to + 1;
            const unit = one.unit_amount ? formatMoney({ amount: one.unit_amount, currency }, { display: "code" }) : "";
            return <tr key={range}><th scope="row">{range}</th><td class="num">{(one.per ?? 1) === 1 ? unit : t("price.per_many", { amount: unit, per: formatNumber(one.per ?? 1) })}</td></tr>;
          })}
        </tbody>
      </table>
    </details>
  );
}

function meteredText(one: PlanComponent, currency: string): string {
  const meter = one.meter ?? "unit";
  const amount = one.tiers?.[0]?.unit_amount ?? one.unit_amount;
  if (!amount) return tFor("price.meter", meter);
  const unit = formatMoney({ amount, currency }, { display: "code" });
  return one.free_units ? t("checkout.metered_free", { meter, n: one.free_units, unit }) : t("checkout.metered", { meter, unit });
}

/** What the total holds beyond the lines; undefined when a line has no amount of its own. */
function taxOf(components: PlanComponent[], total: MoneyShape): MoneyShape | undefined {
  const due = components.filter((one) => one.kind !== "metered");
  if (due.some((one) => !one.amount)) return undefined;
  const sum = due.reduce((all, one) => all + fromDecimal(one.amount ?? "0"), 0n);
  const tax = micros(fromDecimal(total.amount) - sum);
  return tax < 0n ? undefined : { amount: toDecimal(tax, currencyDigits(total.currency)), currency: total.currency };
}

export function PlanLines({ components, currency, total }: { components: PlanComponent[]; currency: string; total: MoneyShape }) {
  const tax = taxOf(components, total);
  return (
    <table class="table lines">
      <caption class="sr-only">{t("checkout.summary")}</caption>
      <tbody>
        {components.map((one) => one.kind === "metered" ? (
          <tr key={one.id}>
            <th scope="row">{meteredText(one, currency)}<Tiers component={one} currency={currency} /></th>
            <td class="num">{t("checkout.later")}</td>
          </tr>
        ) : (
          <tr key={one.id}>
            <th scope="row">{tFor("component", one.id)}</th>
            <td class="num">{one.amount ? <Money money={{ amount: one.amount, currency }} /> : null}</td>
          </tr>
        ))}
        {tax ? <tr><th scope="row">{t("checkout.tax")}</th><td class="num"><Money money={tax} /></td></tr> : null}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t("checkout.total_now")}</th>
          <td class="num"><Money money={total} /></td>
        </tr>
      </tfoot>
    </table>
  );
}
