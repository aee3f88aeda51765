// From an order's state and times to the lines that a page draws, and what can be told about its refund before asking.
import type { Entitlement, Order } from "../api/answers.ts";

export interface Stage {
  state: string;
  at: "done" | "now" | "ahead" | "left";
  time?: string;
}

const way = ["placed", "confirmed", "delivered", "completed"];
/** Nothing follows these. */
export const finalStates = new Set(["completed", "cancelled", "refunded", "expired", "rejected"]);

/** placed, confirmed, delivered, completed; a state that leaves this way ends the line where it was left. */
export function orderLine(order: Pick<Order, "state" | "timeline">): Stage[] {
  const times = new Map(order.timeline.map((one) => [one.state, one.at]));
  const stage = (state: string, at: Stage["at"]): Stage => ({ state, at, ...(times.has(state) ? { time: times.get(state) as string } : {}) });
  const here = way.indexOf(order.state);
  if (here >= 0) return way.map((state, i) => stage(state, i < here ? "done" : i === here ? "now" : "ahead"));
  // a refunded order was completed; a cancelled or disputed one came as far as its times say
  const reached = way.filter((state) => times.has(state));
  return [...reached.map((state) => stage(state, "done")), stage(order.state, "left")];
}

/** Milliseconds from the first to the last step on the way. */
export function wholeTime(order: Pick<Order, "timeline">): number {
  const times = order.timeline.filter((one) => way.includes(one.state)).map((one) => Date.parse(one.at));
  return times.length < 2 ? 0 : Math.max(...times) - Math.min(...times);
}

/** 2 s, then 5 s after ten seconds, then 15 s after a minute. */
export const pollPause = (sinceOpen: number): number => (sinceOpen < 10_000 ? 2_000 : sinceOpen < 60_000 ? 5_000 : 15_000);

/** Days of a policy such as "standard_7d"; undefined where it gives none. */
export function refundDays(policy: string): number | undefined {
  const days = /_(\d+)d$/.exec(policy)?.[1];
  return days === undefined ? undefined : Number(days);
}

export function refundUntil(order: Pick<Order, "refund_policy" | "timeline" | "created_at">): string | undefined {
  const days = refundDays(order.refund_policy);
  if (days === undefined) return undefined;
  const from = order.timeline.find((one) => one.state === "completed")?.at ?? order.created_at;
  return new Date(Date.parse(from) + days * 86_400_000).toISOString();
}

/** Why the buyer would be refused now, as far as the page can tell; the server is the judge. */
export function refusal(order: Order, entitlement: Entitlement | undefined, now: Date): string | undefined {
  if (order.state !== "completed") return order.state === "refunded" ? "nothing_left" : "not_completed";
  if (order.refund_policy === "no_refund") return "no_refund";
  const until = refundUntil(order);
  if (until && Date.parse(until) <= now.getTime()) return "window_over";
  if (entitlement?.touched_at) return "touched";
  if (/^0+(\.0+)?$/.test(order.total.amount)) return "nothing_left";
  return undefined;
}
