// <k-calculator>: what an amount of use costs. The server rates; this asks 200 ms after the last change and greys the old answer meanwhile.
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, isApiError } from "../api/client.ts";
import type { Charges } from "../api/answers.ts";
import { Button } from "../components/button.tsx";
import { Field } from "../components/field.tsx";
import { errorText } from "../components/states.tsx";
import { Money } from "../components/value.tsx";
import { propsOf } from "../lib/context.ts";
import { formatNumber } from "../lib/format.ts";
import { together } from "../lib/money.ts";
import { useKept } from "../lib/kept.ts";
import { t, tFor } from "../lib/messages.ts";
import { parseQuantity, quantitySteps, stepOf } from "../lib/quantity.ts";
import type { Mount } from "./loader.ts";

interface Metered {
  id: string;
  kind: string;
  meter: string;
  free_units?: number;
}

interface CalculatorProps {
  offer: string;
  plan: string;
  plan_version: number;
  currency: string;
  components: Metered[];
  /** what the licence costs once, where the reader has none yet */
  once?: string;
}

const pause = 200;
const start = 1_000;

interface Answer {
  charges?: Charges;
  /** component -> what is wrong with its quantity */
  faults: Record<string, string>;
  error?: string;
  asking: boolean;
}

function Calculator(props: CalculatorProps) {
  const metered = props.components.filter((one) => one.kind === "metered");
  const [texts, setTexts] = useKept<Record<string, string>>("calculator", () => Object.fromEntries(metered.map((one, i) => [one.id, formatNumber(i === 0 ? start : 0)])));
  const [answer, setAnswer] = useState<Answer>({ faults: {}, asking: true });
  const [round, setRound] = useState(0);
  const first = useRef(true);

  useEffect(() => {
    const faults: Record<string, string> = {};
    const usage = metered.map((one) => {
      const quantity = parseQuantity(texts[one.id] ?? "");
      if (quantity === undefined) faults[one.id] = t("price.not_a_quantity");
      return { component: one.id, quantity: quantity ?? 0 };
    });
    if (Object.keys(faults).length > 0) {
      setAnswer((old) => ({ ...old, faults, asking: false }));
      return undefined;
    }
    const control = new AbortController();
    setAnswer((old) => ({ ...old, faults: {}, asking: true }));
    const timer = setTimeout(() => {
      api.post("/plans/{id}/preview", { path: { id: props.plan }, body: { version: props.plan_version, usage }, signal: control.signal }).then(
        (charges) => setAnswer({ charges, faults: {}, asking: false }),
        (error: unknown) => {
          if (control.signal.aborted) return;
          const refused: Record<string, string> = {};
          for (const one of isApiError(error) ? error.fields : []) {
            const at = /^usage\[(\d+)\]/.exec(one.path);
            const component = at && metered[Number(at[1])];
            if (component) refused[component.id] = tFor("error", one.code);
          }
          setAnswer((old) => ({ ...old, faults: refused, ...(Object.keys(refused).length === 0 ? { error: errorText(error) } : {}), asking: false }));
        },
      );
    }, first.current ? 0 : pause);
    first.current = false;
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [texts, round]);

  const stale = answer.asking || Object.keys(answer.faults).length > 0 || answer.error !== undefined;
  const lines = answer.charges?.charges ?? [];
  const once = props.once === undefined ? undefined : { amount: props.once, currency: props.currency };
  return (
    <section class="calculator well" aria-label={t("price.calculator")}>
      <h3>{t("price.calculator")}</h3>
      {metered.map((one) => {
        const quantity = parseQuantity(texts[one.id] ?? "") ?? 0;
        const label = metered.length > 1 ? t("price.quantity_of", { component: tFor("component", one.id) }) : tFor("price.meter", one.meter);
        const set = (text: string): void => setTexts({ ...texts, [one.id]: text });
        return (
          <Field key={one.id} label={label} error={answer.faults[one.id]} hint={one.free_units ? t("price.free_of", { n: one.free_units }) : undefined} class="whole">
            {(described) => (
              <div class="slider">
                <input
                  type="range"
                  min={0}
                  max={quantitySteps.length - 1}
                  step={1}
                  value={stepOf(quantity)}
                  aria-label={label}
                  aria-valuetext={formatNumber(quantity)}
                  onInput={(event) => set(formatNumber(quantitySteps[Number(event.currentTarget.value)] ?? 0))}
                />
                <input
                  {...described}
                  class="num"
                  inputMode="numeric"
                  autocomplete="off"
                  value={texts[one.id]}
                  onInput={(event) => set(event.currentTarget.value)}
                  onBlur={() => {
                    const value = parseQuantity(texts[one.id] ?? "");
                    if (value !== undefined) set(formatNumber(value));
                  }}
                />
              </div>
            )}
          </Field>
        );
      })}
      <div class={stale ? "muted stale" : undefined} aria-busy={answer.asking ? "true" : undefined}>
        {answer.charges ? (
          <dl class="kv" aria-live="polite">
            {lines.length > 1 || once ? lines.map((one) => [<dt key={`${one.component} t`}>{tFor("component", one.component)}</dt>, <dd key={`${one.component} d`}><Money money={one.amount} /></dd>]) : null}
            {once ? [<dt key="once t">{t("price.once_label")}</dt>, <dd key="once d"><Money money={once} /></dd>] : null}
            <dt class="total">{t("common.total")}</dt>
            <dd class="total"><Money money={once ? together(once, answer.charges.total) : answer.charges.total} /></dd>
          </dl>
        ) : answer.error ? null : <div class="skeleton" aria-hidden="true"><span /></div>}
      </div>
      {answer.error ? (
        <p class="error" role="alert">{answer.error} <Button small kind="quiet" onClick={() => {
          setAnswer((old) => ({ faults: {}, asking: true, ...(old.charges ? { charges: old.charges } : {}) }));
          setRound(round + 1);
        }}>{t("common.retry")}</Button></p>
      ) : null}
    </section>
  );
}

export const mount: Mount = (element) => {
  const place = document.createElement("div");
  element.prepend(place);
  render(<Calculator {...propsOf<CalculatorProps>(element)} />, place);
};
