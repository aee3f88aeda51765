// Numbers, sizes, times in the reader's language; the exact value is always at hand for a hint.
import { context } from "./context.ts";

const cache = new Map<string, unknown>();

function kept<T>(key: string, make: () => T): T {
  const full = `${context.tag} ${key}`;
  let one = cache.get(full) as T | undefined;
  if (one === undefined) cache.set(full, (one = make()));
  return one;
}

const minus = (text: string): string => text.replace("-", "−");

export function formatNumber(value: number | bigint): string {
  return minus(kept("number", () => new Intl.NumberFormat(context.tag, { maximumFractionDigits: 6 })).format(value));
}

/** 1.2M, 123万 */
export function formatCompact(value: number | bigint): string {
  if (value < 1000 && value > -1000) return formatNumber(value);
  return minus(kept("compact", () => new Intl.NumberFormat(context.tag, { notation: "compact", maximumSignificantDigits: 3 })).format(value));
}

/** A share: 0.153 -> 15.3 % in the language's own way. */
export function formatPercent(share: number, digits = 1): string {
  return minus(kept(`percent${digits}`, () => new Intl.NumberFormat(context.tag, { style: "percent", maximumFractionDigits: digits })).format(share));
}

const sizes = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Decimal units, three significant digits: 6.3 GB, 312 kB. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (Math.abs(value) >= 999.5 && step < sizes.length - 1) {
    value /= 1000;
    step += 1;
  }
  const digits = step === 0 || value >= 99.95 ? 0 : 1;
  return `${kept(`bytes${digits}`, () => new Intl.NumberFormat(context.tag, { maximumFractionDigits: digits })).format(value)} ${sizes[step]}`;
}

export function formatList(items: string[]): string {
  return kept("list", () => new Intl.ListFormat(context.tag, { type: "conjunction" })).format(items);
}

/** Date and time in a zone (default: the reader's own); `zone` prints its name. */
export function formatDateTime(at: string | Date, options: { zone?: string; named?: boolean; seconds?: boolean } = {}): string {
  const key = `datetime ${options.zone ?? ""} ${options.named ?? false} ${options.seconds ?? false}`;
  return kept(key, () => new Intl.DateTimeFormat(context.tag, {
    year: "numeric",
    month: context.lang === "en" ? "short" : context.lang === "ja" ? "2-digit" : "long",
    day: context.lang === "ja" ? "2-digit" : "numeric",
    hour: context.lang === "en" ? "numeric" : "2-digit",
    minute: "2-digit",
    ...(options.seconds ? { second: "2-digit" as const } : {}),
    ...(options.zone ? { timeZone: options.zone } : {}),
    ...(options.named ? { timeZoneName: "short" as const } : {}),
  })).format(typeof at === "string" ? new Date(at) : at);
}

export function formatDate(at: string | Date, zone?: string): string {
  return kept(`date ${zone ?? ""}`, () => new Intl.DateTimeFormat(context.tag, { dateStyle: context.lang === "zh" ? "long" : "medium", ...(zone ? { timeZone: zone } : {}) }))
    .format(typeof at === "string" ? new Date(at) : at);
}

/** A day of a year that is named elsewhere: "Feb 1", "2月1日". */
export function formatDay(day: string): string {
  return kept("day", () => new Intl.DateTimeFormat(context.tag, { month: context.lang === "en" ? "short" : "numeric", day: "numeric", timeZone: "UTC" })).format(new Date(`${day}T12:00:00Z`));
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

/** "3 hours ago" up to seven days away, the date beyond. */
export function formatRelative(at: string | Date, now: Date = new Date()): string {
  const time = typeof at === "string" ? new Date(at) : at;
  const seconds = Math.round((time.getTime() - now.getTime()) / 1000);
  if (Math.abs(seconds) >= 7 * 86_400) return formatDate(time);
  const format = kept("relative", () => new Intl.RelativeTimeFormat(context.tag, { numeric: "auto" }));
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** A length of time in words: 1,234 ms -> "1.2 s"; 90,000 -> "2 min". */
export function formatDuration(ms: number, unitDisplay: "short" | "long" = "short"): string {
  const [unit, value, digits]: [string, number, number] =
    ms < 1_000 ? ["millisecond", ms, 0]
    : ms < 60_000 ? ["second", ms / 1_000, ms < 10_000 && ms % 1_000 !== 0 ? 1 : 0]
    : ms < 5_400_000 ? ["minute", ms / 60_000, 0]
    : ms < 172_800_000 ? ["hour", ms / 3_600_000, 0]
    : ["day", ms / 86_400_000, 0];
  return kept(`duration ${unit} ${digits} ${unitDisplay}`, () => new Intl.NumberFormat(context.tag, { style: "unit", unit, unitDisplay, maximumFractionDigits: digits })).format(value);
}

/** What a length counter counts: characters as a reader sees them. */
export function graphemes(text: string): number {
  let count = 0;
  for (const _ of kept("graphemes", () => new Intl.Segmenter(context.tag, { granularity: "grapheme" })).segment(text)) count += 1;
  return count;
}

export function firstGrapheme(text: string): string {
  for (const part of kept("graphemes", () => new Intl.Segmenter(context.tag, { granularity: "grapheme" })).segment(text)) return part.segment;
  return "";
}

/** ord_01h…k3f9: enough to tell two apart; the whole one is for copying. */
export function shortId(id: string): string {
  const at = id.indexOf("_");
  return at > 0 && id.length > at + 10 ? `${id.slice(0, at + 1)}…${id.slice(-4)}` : id;
}

/** The first characters of a hash or commit. */
export const shortHash = (hash: string, length = 8): string => hash.replace(/^sha256:/, "").slice(0, length);
