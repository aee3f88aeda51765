// Money in the browser: integer micro-units as a branded bigint, never a float; sums come from the server.
import { context } from "./context.ts";

/** As the API writes it: a decimal string and an ISO 4217 code. */
export interface Money {
  amount: string;
  currency: string;
}

declare const brand: unique symbol;
/** 10^-6 of the currency's major unit. */
export type Micros = bigint & { readonly [brand]: "micros" };

export const MAX_MICROS = 9_223_372_036_854_775_807n as Micros;
const unit = 1_000_000n;

export const micros = (value: bigint): Micros => value as Micros;

/** Reads a decimal string of the API. Throws on anything else: that is a fault of the program, not of a person. */
export function fromDecimal(text: string): Micros {
  const match = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text);
  if (!match) throw new Error(`not an amount: ${text}`);
  const value = BigInt(match[2] ?? "0") * unit + BigInt((match[3] ?? "").padEnd(6, "0"));
  return micros(match[1] ? -value : value);
}

/** A decimal string for the API: no exponent, at least `digits` places, no zeros beyond them. */
export function toDecimal(value: Micros, digits = 2): string {
  const positive = value < 0n ? -value : value;
  let fraction = (positive % unit).toString().padStart(6, "0").replace(/0+$/, "");
  fraction = fraction.padEnd(digits, "0");
  return `${value < 0n ? "-" : ""}${positive / unit}${fraction ? `.${fraction}` : ""}`;
}

export const isZero = (money: Money): boolean => /^-?0+(\.0+)?$/.test(money.amount);
export const isNegative = (money: Money): boolean => money.amount.startsWith("-") && !isZero(money);

/** -1, 0 or 1; both in one currency. For deciding what to show, e.g. whether a wallet is enough. */
export function compare(a: Money, b: Money): number {
  if (a.currency !== b.currency) throw new Error("two currencies");
  const [x, y] = [fromDecimal(a.amount), fromDecimal(b.amount)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** b - a, for "x short"; never for sums that are booked. */
export function difference(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new Error("two currencies");
  return { amount: toDecimal(micros(fromDecimal(b.amount) - fromDecimal(a.amount))), currency: a.currency };
}

/** a + b, for a total that is shown before anything is ordered; never for sums that are booked. */
export function together(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new Error("two currencies");
  return { amount: toDecimal(micros(fromDecimal(a.amount) + fromDecimal(b.amount))), currency: a.currency };
}

export interface MoneyFormat {
  /** "code" prints USD 50.00 for what is charged or booked; "symbol" only in cards */
  display?: "symbol" | "code" | "none";
  /** + before positive amounts, in lists of movements */
  sign?: boolean;
  tag?: string;
}

const formats = new Map<string, Intl.NumberFormat>();

/** Exact for every amount: Intl formats the decimal string, not a number made of it. Minus is U+2212. */
export function formatMoney(money: Money, options: MoneyFormat = {}): string {
  const tag = options.tag ?? context.tag;
  const display = options.display ?? "symbol";
  const key = `${tag} ${money.currency} ${display} ${options.sign ?? false}`;
  let format = formats.get(key);
  if (!format) {
    // the digits of the currency are only known to Intl in this style
    const digits = currencyDigits(money.currency);
    format = new Intl.NumberFormat(tag, {
      ...(display === "symbol" ? { style: "currency", currency: money.currency } : {}),
      minimumFractionDigits: digits,
      maximumFractionDigits: Math.max(digits, 6),
      signDisplay: options.sign ? "exceptZero" : "auto",
    });
    formats.set(key, format);
  }
  // TypeScript's library allows strings here only as numeric literals
  const text = format.format(money.amount as `${number}`).replace("-", "−");
  return display === "code" ? `${text} ${money.currency}` : text;
}

const digitsOf = new Map<string, number>();

export function currencyDigits(currency: string): number {
  let digits = digitsOf.get(currency);
  if (digits === undefined) {
    try {
      digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
    } catch {
      digits = 2; // a code that Intl does not know
    }
    digitsOf.set(currency, digits);
  }
  return digits;
}

export type Parsed =
  | { ok: true; micros: Micros; amount: string }
  | { ok: false; code: "empty" | "not_a_number" | "places" | "too_large" | "negative" }
  /** two readings are possible: ask */
  | { ok: false; code: "unclear"; one: string; two: string };

/** What a person typed: separators of the language, full-width digits, spaces, a pasted symbol or code. Never guesses. */
export function parseMoney(input: string, options: { tag?: string; negative?: boolean } = {}): Parsed {
  const parts = new Intl.NumberFormat(options.tag ?? context.tag).formatToParts(12345.6);
  const group = parts.find((one) => one.type === "group")?.value ?? ",";
  const decimal = parts.find((one) => one.type === "decimal")?.value ?? ".";
  let text = input.normalize("NFKC").trim();
  text = text.replace(/[−‒–—ー－]/g, "-").replace(/[，､]/g, ",").replace(/[。．]/g, ".").replace(/[’]/g, "'");
  if (text !== "" && !/\d/.test(text)) return { ok: false, code: "not_a_number" };
  text = text.replace(/^[A-Za-z]{3}(?=[\s\d.,+-])|[A-Za-z]{3}$/g, "").replace(/\p{Sc}|元|円|US|JP|CN/gu, "");
  text = text.replace(/[\s\u00a0\u202f_]/g, "");
  if (text === "") return { ok: false, code: "empty" };
  let sign = "";
  if (/^[+-]/.test(text)) {
    sign = text[0] === "-" ? "-" : "";
    text = text.slice(1);
  }
  if (!/^[\d.,']*\d[\d.,']*$/.test(text)) return { ok: false, code: "not_a_number" };
  if (sign === "-" && !options.negative) return { ok: false, code: "negative" };

  const found = [...text].filter((one) => one === "." || one === "," || one === "'");
  const kinds = new Set(found);
  let whole = text;
  let fraction = "";
  const cut = (mark: string): void => {
    const at = text.lastIndexOf(mark);
    [whole, fraction] = [text.slice(0, at), text.slice(at + 1)];
  };
  if (kinds.has("'") && group !== "'" && group !== "’") return { ok: false, code: "not_a_number" };
  if (kinds.size === 2 && !kinds.has("'")) {
    const last = found.at(-1) ?? ".";
    if (found.filter((one) => one === last).length > 1) return { ok: false, code: "not_a_number" };
    cut(last);
  } else if (kinds.has("'")) {
    if (kinds.size > 1) cut(found.at(-1) ?? ".");
  } else if (found.length === 1) {
    const mark = found[0] ?? ".";
    const at = text.indexOf(mark);
    const [before, after] = [text.slice(0, at), text.slice(at + 1)];
    const grouped = after.length === 3 && /^[1-9]\d{0,2}$/.test(before);
    if (mark === decimal) {
      // "1.234" is clear in a language that groups with commas; both readings exist where the mark is also somebody's grouping
      if (mark === "," && grouped) return unclear(sign, before, after);
      cut(mark);
    } else if (mark === group) {
      if (grouped) whole = before + after;
      else cut(mark); // "0,5" in a language that groups with commas can only be a fraction
    } else {
      if (grouped) return unclear(sign, before, after);
      cut(mark);
    }
  } else if (found.length > 1) {
    if (!new RegExp(`^\\d{1,3}(\\${found[0]}\\d{3})+$`).test(text)) return { ok: false, code: "not_a_number" };
  }
  if (/[.,']/.test(whole)) {
    // what is left of the fraction must be proper groups
    if (!/^\d{1,3}([.,'])\d{3}(\1\d{3})*$/.test(whole)) return { ok: false, code: "not_a_number" };
    whole = whole.replace(/[.,']/g, "");
  }
  fraction = fraction.replace(/0+$/, "");
  if (!/^\d*$/.test(fraction)) return { ok: false, code: "not_a_number" };
  if (fraction.length > 6) return { ok: false, code: "places" };
  const value = fromDecimal(`${sign}${whole || "0"}${fraction ? `.${fraction}` : ""}`);
  if (value > MAX_MICROS || value < -MAX_MICROS) return { ok: false, code: "too_large" };
  return { ok: true, micros: value, amount: toDecimal(value, 0) };
}

function unclear(sign: string, before: string, after: string): Parsed {
  return { ok: false, code: "unclear", one: `${sign}${before}${after}`, two: `${sign}${before}.${after}` };
}
