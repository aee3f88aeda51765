// Figures as people read them: Money, NumberText, Bytes, Percent, Time. The exact value stands in a hint and in the element.
import { useEffect, useState } from "preact/hooks";
import { formatBytes, formatCompact, formatDate, formatDateTime, formatNumber, formatPercent, formatRelative } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { formatMoney, type Money as MoneyValue } from "../lib/money.ts";
import { pieces } from "../lib/visible.ts";
import { Tooltip } from "./tooltip.tsx";

export interface MoneyProps {
  money: MoneyValue;
  /** "code" (default) for what is charged or booked; "symbol" in cards; "none" in a column that names the currency */
  display?: "code" | "symbol" | "none";
  /** + before positive amounts */
  sign?: boolean;
}

export function Money({ money, display = "code", sign = false }: MoneyProps) {
  return <data class="money" value={money.amount}>{formatMoney(money, { display, sign })}</data>;
}

/** A number as it is; `compact` shortens it and keeps the exact one in a hint. */
export function NumberText({ value, compact = false }: { value: number; compact?: boolean }) {
  const exact = formatNumber(value);
  const shown = compact ? formatCompact(value) : exact;
  if (shown === exact) return <data class="money" value={String(value)}>{shown}</data>;
  return <Tooltip text={t("common.exact", { value: exact })}><data value={String(value)}>{shown}</data></Tooltip>;
}

export function Bytes({ value }: { value: number }) {
  const shown = formatBytes(value);
  if (value < 1000) return <data class="money" value={String(value)}>{shown}</data>;
  return <Tooltip text={t("common.exact", { value: `${formatNumber(value)} B` })}><data value={String(value)}>{shown}</data></Tooltip>;
}

/** share: 0.153 for 15.3 % */
export function Percent({ share, digits = 1 }: { share: number; digits?: number }) {
  return <data class="money" value={String(share)}>{formatPercent(share, digits)}</data>;
}

export interface TimeProps {
  at: string;
  /** "relative": up to seven days, then the date; "full": date, time and zone, for money; "date" */
  show?: "relative" | "full" | "date";
  /** IANA name; money pages use the party's */
  zone?: string;
  seconds?: boolean;
}

export function Time({ at, show = "relative", zone, seconds = false }: TimeProps) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (show !== "relative") return undefined;
    const timer = setInterval(() => tick((one) => one + 1), 60_000);
    return () => clearInterval(timer);
  }, [show]);
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{at}</span>;
  const zoned = zone ? { zone } : {};
  if (show === "full") return <time class="money" dateTime={at}>{formatDateTime(date, { ...zoned, named: true, seconds })}</time>;
  if (show === "date") return <time class="money" dateTime={at}>{formatDate(date, zone)}</time>;
  const hint = `${formatDateTime(date, { named: true, seconds: true })} · ${formatDateTime(date, { zone: "UTC", named: true, seconds: true })}`;
  return <Tooltip text={hint}><time dateTime={at}>{formatRelative(date)}</time></Tooltip>;
}

/** A name, title or file name of other people: its direction cannot leak out, what cannot be seen is marked. */
export function Name({ children, lang }: { children: string; lang?: string }) {
  return <bdi lang={lang}>{pieces(children).map((one, i) => (one.marked ? <span key={i} class="bidi-mark">{one.text}</span> : one.text))}</bdi>;
}
