// Today in the books: under a test clock the business day is not the browser's.
import { wire } from "../api/client.ts";
import { context } from "../lib/context.ts";
import { dayOf } from "../lib/days.ts";

export async function businessDay(zone: string, signal: AbortSignal): Promise<string> {
  const now = context.test_clock ? await wire<{ now: string }>("get", "/api/v1/test_clock", undefined, { signal }).then((one) => one.now, () => undefined) : undefined;
  return dayOf(now ?? new Date(), zone);
}
