// Names of parties that an answer names by id only; each id is asked for once per page.
import { useEffect, useState } from "preact/hooks";
import { api } from "./client.ts";

const known = new Map<string, Promise<string>>();

function nameOf(id: string): Promise<string> {
  let name = known.get(id);
  if (!name) {
    name = api.get("/parties/{id}", { path: { id } }).then((party) => party.name, () => "");
    known.set(id, name);
  }
  return name;
}

/** `names(id)`: the name once it is known, "" before and where it may not be seen. */
export function usePartyNames(ids: readonly (string | null | undefined)[]): (id: string | null | undefined) => string {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const wanted = [...new Set(ids.filter((one): one is string => Boolean(one)))].sort();
  const key = wanted.join(" ");
  useEffect(() => {
    let here = true;
    void Promise.all(wanted.map(async (id) => [id, await nameOf(id)] as const)).then((pairs) => {
      if (here) setNames(new Map(pairs));
    });
    return () => {
      here = false;
    };
  }, [key]);
  return (id) => (id ? (names.get(id) ?? "") : "");
}
