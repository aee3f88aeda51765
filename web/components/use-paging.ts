// Newer and older pages of a list: the cursor stands in the address, with those before it, so that a copied address shows the same page.
import { useEffect } from "preact/hooks";
import { isApiError } from "../api/client.ts";
import { toast } from "./toast.tsx";
import type { Address } from "./use-address.ts";
import { t } from "../lib/messages.ts";

export interface Paging {
  cursor: string | undefined;
  newer: string | undefined;
  older: string | undefined;
  /** for <Pager onGo>: without loading the page anew */
  onGo: (href: string) => void;
}

export function usePaging(address: Address, next: string | null | undefined, error?: unknown): Paging {
  const cursor = address.get("cursor");
  const before = (address.get("before") ?? "").split("~").filter((one) => one !== "");
  useEffect(() => {
    if (!isApiError(error) || error.code !== "cursor_invalid") return;
    toast(t("error.cursor_invalid"));
    address.go({ cursor: null, before: null }, { replace: true });
  }, [error]);
  return {
    cursor,
    newer: cursor ? address.href({ cursor: before.at(-1) ?? null, before: before.slice(0, -1).join("~") || null }) : undefined,
    older: next ? address.href({ cursor: next, before: (cursor ? [...before, cursor] : before).join("~") || null }) : undefined,
    onGo: (href) => {
      const query = new URL(href, location.href).searchParams;
      address.go({ cursor: query.get("cursor"), before: query.get("before") });
      document.getElementById("main")?.scrollIntoView();
    },
  };
}
