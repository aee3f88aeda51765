// What a movement was for: the asset of an order or a licence. Two lists answer most references; the rest is asked one by one.
import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client.ts";

const known = new Map<string, string>();
const askedFor = new Set<string>();
/** single calls for one table; beyond them the id stays */
const single = 20;

async function learn(refs: string[], party: string | undefined): Promise<void> {
  const missing = (): string[] => refs.filter((one) => !known.has(one) && !askedFor.has(one));
  if (missing().length === 0) return;
  const want = (prefix: string): boolean => missing().some((one) => one.startsWith(prefix));
  const quiet = <T>(one: Promise<T>): Promise<T | undefined> => one.catch(() => undefined);
  await Promise.all([
    want("ord_") ? quiet(api.get("/orders", { query: { party, limit: 100 } }).then((list) => list.data.forEach((one) => known.set(one.id, one.asset)))) : undefined,
    want("ent_") ? quiet(api.get("/entitlements", { query: { party, limit: 100 } }).then((list) => list.data.forEach((one) => known.set(one.id, one.asset)))) : undefined,
  ]);
  await Promise.all(missing().filter((one) => /^(ord|ent)_/.test(one)).slice(0, single).map((id) => {
    askedFor.add(id);
    return quiet(id.startsWith("ord_")
      ? api.get("/orders/{id}", { path: { id } }).then((one) => known.set(id, one.asset))
      : api.get("/entitlements/{id}", { path: { id } }).then((one) => known.set(id, one.asset)));
  }));
}

/** ref -> "model:bob/digits", or undefined while or where it is not known. */
export function useAssets(refs: string[], party: string | undefined): (ref: string) => string | undefined {
  const [, redraw] = useState(0);
  useEffect(() => {
    let gone = false;
    void learn(refs, party).then(() => {
      if (!gone) redraw((one) => one + 1);
    });
    return () => {
      gone = true;
    };
  }, [refs.join(" "), party]);
  return (ref) => known.get(ref);
}
