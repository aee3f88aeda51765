// Earnings by day and listing as series of a chart and rows of a table. Sums come from the server; only the chart's heights are computed.
import type { Earning } from "../api/answers.ts";
import type { ChartPoint } from "../components/charts.tsx";
import { daysOf } from "../lib/days.ts";
import { fromDecimal, micros, toDecimal, type Micros } from "../lib/money.ts";

export interface ListingTotal {
  /** "" for what belongs to no listing */
  listing: string;
  asset: string;
  gross: string;
  fee: string;
  net: string;
  orders: number;
  quantity: number;
  failed: number;
}

const plus = (a: string, b: string): string => toDecimal(micros(fromDecimal(a) + fromDecimal(b)));

/** One row a listing, the largest first. Added as integers, so that they equal the statement to the last digit. */
export function byListing(rows: readonly Earning[]): ListingTotal[] {
  const found = new Map<string, ListingTotal>();
  for (const one of rows) {
    const key = one.key.listing ?? "";
    const before = found.get(key) ?? { listing: key, asset: one.asset ?? "", gross: "0", fee: "0", net: "0", orders: 0, quantity: 0, failed: 0 };
    found.set(key, { ...before, gross: plus(before.gross, one.gross.amount), fee: plus(before.fee, one.fee.amount), net: plus(before.net, one.net.amount), orders: before.orders + one.orders, quantity: before.quantity + one.quantity, failed: before.failed + one.failed });
  }
  const size = (one: ListingTotal): Micros => fromDecimal(one.gross);
  return [...found.values()].sort((a, b) => (size(a) < size(b) ? 1 : size(a) > size(b) ? -1 : a.listing < b.listing ? -1 : 1));
}

const most = 5;

/** Gross of each day, stacked by listing; listings beyond the fifth are one series. */
export function points(rows: readonly Earning[], totals: readonly ListingTotal[], from: string, to: string, label: (day: string) => string, text: (amount: string) => string): { listings: string[]; rest: boolean; points: ChartPoint[] } {
  const listings = totals.slice(0, totals.length > most + 1 ? most : most + 1).map((one) => one.listing);
  const rest = totals.length > listings.length;
  const width = listings.length + (rest ? 1 : 0);
  const days = new Map(daysOf(from, to).map((day) => [day, Array.from({ length: width }, () => "0")]));
  for (const one of rows) {
    const values = days.get(one.key.day ?? "");
    if (!values) continue;
    const at = listings.indexOf(one.key.listing ?? "");
    const place = at < 0 ? width - 1 : at;
    values[place] = plus(values[place] ?? "0", one.gross.amount);
  }
  return { listings, rest, points: [...days].map(([day, values]) => ({ label: label(day), values, texts: values.map(text) })) };
}
