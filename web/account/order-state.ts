// From an order's state and times to the lines that a page draws.
import type { Order } from "../api/answers.ts";

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
