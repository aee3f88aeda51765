// What a buyer would pay and the seller keep, rated by the server while the plan is edited; the last answer stays, greyed, until the next.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Charges, NewPlan } from "../api/answers.ts";
import { api, isApiError, type FieldFault } from "../api/client.ts";
import { ErrorPanel } from "../components/states.tsx";
import { Money } from "../components/value.tsx";
import { formatPercent } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { fromDecimal } from "../lib/money.ts";
import { quantityText } from "../lib/price-text.ts";
import { exampleQuantities } from "./plan-draft.ts";

interface Row {
  label: string;
  charges: Charges;
}

const usageOf = (plan: NewPlan, quantity: number) => plan.components.filter((one) => one.kind === "metered").map((one) => ({ component: one.id, quantity }));

async function rate(plan: NewPlan, signal: AbortSignal): Promise<Row[]> {
  const once = plan.components.filter((one) => one.kind !== "metered").map((one) => ({ component: one.id, quantity: 1 }));
  const metered = plan.components.find((one) => one.kind === "metered");
  const asked = exampleQuantities(plan).map((quantity) => ({ label: quantityText(metered?.meter ?? "run", quantity), usage: usageOf(plan, quantity) }));
  if (once.length > 0) asked.unshift({ label: t("sell.at_once"), usage: once });
  const ask = async (one: (typeof asked)[number]): Promise<Row> => ({ label: one.label, charges: await api.post("/plans/preview", { body: { plan, usage: one.usage }, signal }) });
  const [first, ...rest] = asked;
  // a plan that is refused is refused once
  return first ? [await ask(first), ...(await Promise.all(rest.map(ask)))] : [];
}

/** The platform's share as the rows show it; undefined while nothing was charged. */
export function feeShare(charges: Charges): number | undefined {
  const fee = charges.split?.find((one) => one.role === "fee");
  const total = fromDecimal(charges.total.amount);
  return fee && total > 0n ? Number((fromDecimal(fee.amount.amount) * 10_000n + total / 2n) / total) / 10_000 : undefined;
}

export interface ExamplesProps {
  plan: NewPlan | undefined;
  /** what the server does not accept in it; [] when it does */
  onFaults: (faults: FieldFault[]) => void;
}

export function Examples({ plan, onFaults }: ExamplesProps) {
  const [rows, setRows] = useState<Row[]>([]);
  const [error, setError] = useState<unknown>();
  const [asking, setAsking] = useState(false);
  const [round, setRound] = useState(0);
  const tell = useRef(onFaults);
  tell.current = onFaults;
  const text = plan ? JSON.stringify(plan) : "";
  useEffect(() => {
    if (!plan) return undefined;
    const control = new AbortController();
    setAsking(true);
    const timer = setTimeout(() => {
      rate(plan, control.signal).then(
        (found) => {
          if (control.signal.aborted) return;
          setRows(found);
          setError(undefined);
          setAsking(false);
          tell.current([]);
        },
        (fault: unknown) => {
          if (control.signal.aborted) return;
          setAsking(false);
          const fields = isApiError(fault) ? fault.fields : [];
          setError(fields.length > 0 ? undefined : fault);
          tell.current(fields);
        },
      );
    }, 300);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [text, round]);
  const share = rows.map((one) => feeShare(one.charges)).findLast((one) => one !== undefined);
  return (
    <aside class="panel examples" aria-label={t("sell.examples")}>
      <h3>{t("sell.examples")}</h3>
      {error ? <ErrorPanel error={error} onRetry={() => setRound(round + 1)} /> : null}
      {rows.length === 0 ? <p class="meta">{t("sell.examples_empty")}</p> : (
        <table class={`table compact ${asking || !plan ? "stale" : ""}`} aria-busy={asking ? "true" : undefined}>
          <caption class="sr-only">{t("sell.examples")}</caption>
          <thead><tr><th scope="col">{t("common.quantity")}</th><th scope="col" class="num">{t("sell.buyer_pays")}</th><th scope="col" class="num">{t("sell.you_keep")}</th></tr></thead>
          <tbody>
            {rows.map((one) => {
              const kept = one.charges.split?.find((part) => part.role === "seller");
              return (
                <tr key={one.label}>
                  <th scope="row">{one.label}</th>
                  <td class="num"><Money money={one.charges.total} display="none" /></td>
                  <td class="num">{kept ? <Money money={kept.amount} display="none" /> : "–"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {rows.length > 0 ? <p class="meta">{share === undefined ? t("sell.examples_in", { currency: plan?.currency ?? rows[0]?.charges.total.currency ?? "" }) : t("sell.examples_fee", { currency: rows[0]?.charges.total.currency ?? "", share: formatPercent(share) })}</p> : null}
    </aside>
  );
}
