// Buckets of usage as the page draws them: one currency, every day of the period, names of groups, the exact sum.
import type { UsageBucket } from "../api/answers.ts";
import { daysOf } from "../lib/days.ts";
import { fromDecimal, micros, toDecimal, type Money } from "../lib/money.ts";

export const groups = ["day", "asset", "component"] as const;
export type Group = (typeof groups)[number];

export interface UsageRow {
  key: string;
  quantity: number;
  failed: number;
  charged: Money;
}

export const currenciesOf = (buckets: UsageBucket[]): string[] => [...new Set(buckets.map((one) => one.charged.currency))].sort();

/** Rows of one currency. By day: each day of the period, also those without use, so that the bars show gaps as gaps. */
export function usageRows(buckets: UsageBucket[], group: Group, currency: string, from: string, to: string): UsageRow[] {
  const own = buckets.filter((one) => one.charged.currency === currency);
  const row = (one: UsageBucket): UsageRow => ({ key: one.key, quantity: one.quantity, failed: one.failed, charged: one.charged });
  if (group !== "day") return own.map(row).sort((a, b) => Number(fromDecimal(b.charged.amount) - fromDecimal(a.charged.amount)) || b.quantity - a.quantity);
  const byDay = new Map(own.map((one) => [one.key, one]));
  // a bucket at the edge of another zone's day is kept
  const days = [...new Set([...daysOf(from, to), ...byDay.keys()])].sort();
  return days.map((day) => {
    const one = byDay.get(day);
    return one ? row(one) : { key: day, quantity: 0, failed: 0, charged: { amount: "0", currency } };
  });
}

/** The API gives no total; micro-units add up exactly. */
export function total(rows: UsageRow[], currency: string): { quantity: number; failed: number; charged: Money } {
  let sum = 0n;
  let quantity = 0;
  let failed = 0;
  for (const one of rows) {
    sum += fromDecimal(one.charged.amount);
    quantity += one.quantity;
    failed += one.failed;
  }
  return { quantity, failed, charged: { amount: toDecimal(micros(sum), 0), currency } };
}
