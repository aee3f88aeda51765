// Whole quantities (runs, seconds, tokens) as people type them, and the steps of a slider over them. Never money.
import { context } from "./context.ts";

export const MAX_QUANTITY = 1_000_000_000_000;

/** "1,500", "１５００", "1 500" -> 1500; undefined when it is no whole number from 0 on. */
export function parseQuantity(input: string, tag: string = context.tag): number | undefined {
  const group = new Intl.NumberFormat(tag).formatToParts(12345).find((one) => one.type === "group")?.value ?? ",";
  let text = input.normalize("NFKC").replace(/[，､]/g, ",").replace(/[\s\u00a0\u202f_]/g, "");
  const groups = new RegExp(`^\\d{1,3}(\\${group}\\d{3})+$`);
  if (groups.test(text)) text = text.replaceAll(group, "");
  if (!/^\d{1,13}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= MAX_QUANTITY ? value : undefined;
}

/** 0, 1, 2, 5, 10, ... 1,000,000: a slider that reaches both a trial and a year of use. */
export const quantitySteps: readonly number[] = [0, ...[1, 10, 100, 1_000, 10_000, 100_000].flatMap((ten) => [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8].map((one) => one * ten)), 1_000_000]
  .filter((one) => Number.isInteger(one));

/** The step nearest to a quantity from below. */
export function stepOf(quantity: number): number {
  let at = 0;
  quantitySteps.forEach((one, i) => {
    if (one <= quantity) at = i;
  });
  return at;
}
