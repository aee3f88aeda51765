// Names of parties: the API's objects carry ids, people read names. Each id is asked once per page.
import { useEffect, useState } from "preact/hooks";
import type { Party } from "../api/answers.ts";
import { api } from "../api/client.ts";

const known = new Map<string, Promise<Party | undefined>>();

function ask(id: string): Promise<Party | undefined> {
  let one = known.get(id);
  if (!one) {
    // a party that is gone keeps its id
    one = api.get("/parties/{id}", { path: { id } }).catch(() => undefined);
    known.set(id, one);
  }
  return one;
}

/** id -> name; the id itself until it is known. */
export function useNames(ids: string[]): (id: string) => string {
  const [names, setNames] = useState<Record<string, string>>({});
  const wanted = [...new Set(ids)].sort();
  useEffect(() => {
    let gone = false;
    void Promise.all(wanted.map(ask)).then((parties) => {
      if (!gone) setNames(Object.fromEntries(parties.flatMap((one) => (one ? [[one.id, one.name]] : []))));
    });
    return () => {
      gone = true;
    };
  }, [wanted.join(" ")]);
  return (id) => names[id] ?? "…";
}
