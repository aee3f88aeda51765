// Days in a time zone: what a person picks as dates, and the instants that the API takes (half-open ranges). A day is "2026-02-28".

const parts = new Map<string, Intl.DateTimeFormat>();

function wall(at: number, zone: string): number {
  let format = parts.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
    parts.set(zone, format);
  }
  const found: Record<string, number> = {};
  for (const one of format.formatToParts(at)) if (one.type !== "literal") found[one.type] = Number(one.value);
  return Date.UTC(found["year"] ?? 0, (found["month"] ?? 1) - 1, found["day"] ?? 1, found["hour"] ?? 0, found["minute"] ?? 0, found["second"] ?? 0);
}

export const isDay = (text: string | undefined): text is string => text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

/** The day that it is at an instant. */
export function dayOf(at: string | number | Date, zone: string): string {
  return new Date(wall(new Date(at).getTime(), zone)).toISOString().slice(0, 10);
}

/** The instant at which a day begins; where midnight does not exist (clocks go forward), the first one after it. */
export function dayStart(day: string, zone: string): string {
  const wanted = Date.parse(`${day}T00:00:00Z`);
  let at = wanted;
  // twice: the offset at the first guess may be that of the other side of a change
  for (let i = 0; i < 2; i++) at = wanted - (wall(at, zone) - at);
  if (wall(at, zone) < wanted) at += wanted - wall(at, zone);
  return new Date(at).toISOString();
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);
}

export const monthStart = (day: string): string => `${day.slice(0, 7)}-01`;

/** The first day of the month `count` months on. */
export function addMonths(day: string, count: number): string {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + count, 1)).toISOString().slice(0, 10);
}

export const monthEnd = (day: string): string => addDays(addMonths(day, 1), -1);

/** Days from one to another, both included; 0 when they are the wrong way round. */
export function countDays(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000) + 1);
}

/** The days themselves. */
export const daysOf = (from: string, to: string): string[] => Array.from({ length: countDays(from, to) }, (_, i) => addDays(from, i));

/** What the API takes for inclusive days: from the start of the first to the start of the day after the last. */
export function rangeOf(from: string, to: string, zone: string): { from: string; to: string } {
  return { from: dayStart(from, zone), to: dayStart(addDays(to, 1), zone) };
}
