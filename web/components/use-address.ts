// The state of a view is its address: read it, change it without loading the page anew, follow Back.
import { useCallback, useEffect, useState } from "preact/hooks";
import { changed, param, type Query } from "../lib/url.ts";

export interface Address {
  get: (name: string) => string | undefined;
  /** pushes: Back undoes it. `replace` for what changes while typing */
  go: (changes: Query, options?: { replace?: boolean }) => void;
  /** the address with changes, for links */
  href: (changes: Query) => string;
  /** changes with every step; for dependencies */
  search: string;
}

export function useAddress(): Address {
  const [search, setSearch] = useState(location.search);
  useEffect(() => {
    const back = (): void => setSearch(location.search);
    addEventListener("popstate", back);
    addEventListener("k-address", back);
    return () => {
      removeEventListener("popstate", back);
      removeEventListener("k-address", back);
    };
  }, []);
  const go = useCallback((changes: Query, options: { replace?: boolean } = {}) => {
    const to = changed(changes);
    if (options.replace) history.replaceState(history.state, "", to);
    else if (to !== location.pathname + location.search) history.pushState(null, "", to);
    // other parts of the page read the same address
    dispatchEvent(new Event("k-address"));
  }, []);
  return { get: (name) => param(name, search), go, href: (changes) => changed(changes), search };
}
