// What stands in the forms drawn by script, over a change of language or a way to sign in: kept when the page is left that way, taken up once by
// the page that comes, and gone. Nothing is stored before. Passwords, tokens and files are never among it: only what a form names with useKept.
import { useEffect, useRef, useState } from "preact/hooks";
import { saveDraft, takeDraft } from "./drafts.ts";

const object = "left-forms";

/** A page that comes later than this, in ms, is another visit. */
export const keptOver = { language: 60_000, signIn: 15 * 60_000 };

interface Kept {
  until: number; // ms since 1970
  path: string;
  values: Record<string, unknown>;
}

const live = new Map<string, unknown>();
let taken: Record<string, unknown> | undefined;

/** What the page before had; read once, then it is only in memory. */
function before(): Record<string, unknown> {
  if (taken) return taken;
  const kept = takeDraft<Kept>(object);
  taken = kept && kept.path === location.pathname && Date.now() < kept.until ? kept.values : {};
  return taken;
}

/** Before the page is left for itself in another language, or for the way to sign in. */
export function keepLive(forMs: number): void {
  if (live.size > 0) saveDraft(object, { until: Date.now() + forMs, path: location.pathname, values: Object.fromEntries(live) } satisfies Kept);
}

/** useState of a form's field that outlives a change of language and the way to sign in. `name` is its own on the page; `initial` tells the type. */
export function useKept<T>(name: string, initial: T | (() => T)): [T, (value: T | ((before: T) => T)) => void] {
  const start = useRef<T | undefined>(undefined);
  const [value, setValue] = useState<T>(() => {
    const own = typeof initial === "function" ? (initial as () => T)() : initial;
    start.current = own;
    const kept = before()[name];
    return kept !== undefined && typeof kept === typeof own ? (kept as T) : own;
  });
  // a field that nobody touched takes what the new page says, not what the old one said
  if (value === start.current) live.delete(name);
  else live.set(name, value);
  useEffect(() => () => {
    live.delete(name);
    // the same field drawn again is a new form
    delete before()[name];
  }, [name]);
  return [value, setValue];
}
