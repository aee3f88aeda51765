// A period of whole days in the address: ?from=&to=, both included; the month of today when it says nothing.
import { Button } from "../components/button.tsx";
import { TextField } from "../components/text-field.tsx";
import type { Address } from "../components/use-address.ts";
import { addDays, addMonths, isDay, monthEnd, monthStart, rangeOf } from "../lib/days.ts";
import { t } from "../lib/messages.ts";

export interface Period {
  from: string;
  to: string;
  /** half-open instants for the API */
  range: { from: string; to: string };
}

/** Days the wrong way round are turned. */
export function periodOf(address: Pick<Address, "get">, today: string, zone: string): Period {
  const [a, b] = [address.get("from"), address.get("to")];
  let from = isDay(a) ? a : isDay(b) ? monthStart(b) : monthStart(today);
  let to = isDay(b) ? b : monthEnd(from);
  if (from > to) [from, to] = [to, from];
  return { from, to, range: rangeOf(from, to, zone) };
}

export function PeriodFields({ address, period, zone, today }: { address: Address; period: Period; zone: string; today: string }) {
  const set = (from: string, to: string): void => {
    // a year that is still being typed
    if (!isDay(from) || !isDay(to) || from < "2000" || to < "2000") return;
    const usual = from === monthStart(today) && to === monthEnd(today);
    address.go({ from: usual ? null : from, to: usual ? null : to, before: null });
  };
  // a whole month moves by months, anything else by its own length
  const whole = period.from === monthStart(period.from) && period.to === monthEnd(period.from);
  const length = Math.round((Date.parse(period.to) - Date.parse(period.from)) / 86_400_000) + 1;
  const move = (by: number): void => {
    if (whole) set(addMonths(period.from, by), monthEnd(addMonths(period.from, by)));
    else set(addDays(period.from, by * length), addDays(period.to, by * length));
  };
  return (
    <>
      <TextField type="date" label={t("common.start")} value={period.from} onInput={(value) => set(value, value > period.to ? value : period.to)} />
      <TextField type="date" label={t("account.until", { zone })} value={period.to} onInput={(value) => set(value < period.from ? value : period.from, value)} />
      <div class="row pair">
        <Button label={t("account.period_before")} onClick={() => move(-1)}>‹</Button>
        <Button label={t("account.period_after")} onClick={() => move(1)} disabled={period.to >= monthEnd(today)}>›</Button>
      </div>
    </>
  );
}
