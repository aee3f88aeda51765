// The states of a checkout: what each answer of POST /orders means, and when its idempotency key is spent. No DOM, no fetch.
import { isApiError, type ApiError } from "../api/client.ts";
import type { Money } from "../api/answers.ts";
import { difference, type Money as AnyMoney } from "../lib/money.ts";
import { uuid } from "../lib/random.ts";

export type Outcome =
  /** a: nothing sent yet, or the last refusal was answered by a change of the form */
  | { at: "form" }
  /** e: sent; `unknown` while a broken connection is asked again with the same key */
  | { at: "working"; unknown: boolean }
  /** f: still not known after all tries */
  | { at: "unknown" }
  /** b */
  | { at: "short"; missing: Money | undefined }
  /** c */
  | { at: "changed"; before: Money; after: Money }
  /** d */
  | { at: "owned" }
  | { at: "wait"; error: ApiError; until: number }
  | { at: "refused"; error: unknown }
  | { at: "bought"; order: string };

const money = (value: unknown): Money | undefined => {
  const one = value as Partial<Money> | undefined;
  return typeof one?.amount === "string" && typeof one.currency === "string" ? { amount: one.amount, currency: one.currency } : undefined;
};

/** What a refusal of the order means to the form. `shown` is the sum that stood on the button. */
export function outcomeOf(error: unknown, shown: AnyMoney, now: number = Date.now()): Outcome {
  if (!isApiError(error)) return { at: "refused", error };
  if (error.status === 0 && error.code === "lost") return { at: "unknown" };
  if (error.code === "stale_revision") {
    const after = money(error.details["actual"]);
    return after ? { at: "changed", before: money(error.details["expected"]) ?? shown, after } : { at: "refused", error };
  }
  if (error.code === "already_entitled") return { at: "owned" };
  if (error.code === "payment_required" && (error.reason === "insufficient_funds" || error.reason === "")) {
    const [available, required] = [money(error.details["available"]), money(error.details["required"])];
    return { at: "short", missing: available && required ? difference(available, required) : undefined };
  }
  if ((error.code === "rate_limited" || error.code === "overloaded") && error.retryAfter) return { at: "wait", error, until: now + error.retryAfter * 1_000 };
  return { at: "refused", error };
}

/** One key per opened form. It is kept while it is not known what happened, and renewed by every final answer and every change of the form. */
export class FormKey {
  #key: string;
  readonly #make: () => string;

  constructor(make: () => string = uuid) {
    this.#make = make;
    this.#key = make();
  }

  get value(): string {
    return this.#key;
  }

  /** A field of the form was changed: another order than before. Not while the fate of the old one is open. */
  inputChanged(outcome: Outcome): void {
    if (!isOpen(outcome)) this.#key = this.#make();
  }

  answered(outcome: Outcome): void {
    if (!isOpen(outcome)) this.#key = this.#make();
  }
}

/** The order may or may not exist: only the same request with the same key may follow. */
export const isOpen = (outcome: Outcome): boolean => outcome.at === "working" || outcome.at === "unknown";
