// What the wallet's table does with movements: kinds, what a reference leads to, the CSV of what is shown.
import type { WalletEntry } from "../api/answers.ts";

export const kinds = ["top_up", "order", "usage", "refund"] as const;

/** Where a reference leads: an order or a top-up has a page, a licence its line in the list. */
export function referencePage(ref: string): { path: string; query?: Record<string, string> } | undefined {
  if (/^ord_[0-9a-z]{26}$/.test(ref)) return { path: `/account/orders/${ref}` };
  if (/^pay_[0-9a-z]{26}$/.test(ref)) return { path: `/account/top-ups/${ref}` };
  if (/^ent_[0-9a-z]{26}$/.test(ref)) return { path: "/account/entitlements", query: { id: ref } };
  return undefined;
}

function cell(text: string): string {
  // a leading = + - @ makes some spreadsheets run the cell; amounts are numbers and stay
  const safe = /^[=@+]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180 with line feeds; exact amounts, UTC times, the API's own words. */
export function entriesCsv(entries: WalletEntry[], nameOf: (ref: string) => string): string {
  const head = ["at", "kind", "for", "ref", "amount", "balance_after", "currency", "transfer"];
  const rows = entries.map((one) => [one.at, one.kind, nameOf(one.ref), one.ref, one.amount.amount, one.balance_after.amount, one.amount.currency, one.transfer]);
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\n") + "\n";
}
