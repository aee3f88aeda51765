// What stands in the forms drawn by script, over a change of language: kept at the switch, taken up once by the page that comes, and gone.
// Nothing is stored before the switch. Passwords, tokens and files are never among it: only what a form names with useKept.
import { useEffect, useRef, useState } from "preact/hooks";
import { dropDraft, readDraft, saveDraft } from "./drafts.ts";

const object = "language-switch";
const keptFor = 60_000; // ms; a page that comes much later is another visit

interface Kept {
  at: number;
  path: string;
  values: Record<string, unknown>;
}

const live = new Map<string, unknown>();
let taken: Record<string, unknown> | undefined;

/** What the page before the switch had; read once, then it is only in memory. */
function before(): Record<string, unknown> {
  if (taken) return taken;
  const kept = readDraft<Kept>(object);
  if (kept) dropDraft(object);
  taken = kept && kept.path === location.pathname && Date.now() - kept.at < keptFor ? kept.values : {};
  return taken;
}

/** At the switch of the language. */
export function keepLive(): void {
  if (live.size > 0) saveDraft(object, { at: Date.now(), path: location.pathname, values: Object.fromEntries(live) } satisfies Kept);
}

/** useState of a form's field that outlives a change of language. `name` is its own on the page; `initial` tells the type. */
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
