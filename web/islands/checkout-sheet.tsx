// The order form as a sheet over a model's page: the same form under the same address, so that a reload or a copied address shows it as a
// page, and Back closes it. site.ts loads this at the first press on a link to a checkout.
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Sheet } from "../components/dialog.tsx";
import { Skeleton } from "../components/states.tsx";
import { fetchFragment } from "../lib/fragment.ts";
import { t } from "../lib/messages.ts";
import { mountIslands } from "./loader.ts";

interface Open {
  host: HTMLElement;
  address: string;
  /** title of the page below */
  title: string;
}

let open: Open | undefined;

function CheckoutSheet({ address }: { address: string }) {
  const [title, setTitle] = useState<string>();
  const [failed, setFailed] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const control = new AbortController();
    fetchFragment(address, "checkout", control.signal).then(
      ({ element }) => {
        const name = (element as HTMLElement).dataset["title"] ?? "";
        setTitle(name);
        document.title = `${name} - Kontor`;
        place.current?.replaceChildren(element);
        mountIslands(element);
      },
      () => {
        if (!control.signal.aborted) setFailed(true);
      },
    );
    return () => control.abort();
  }, [address]);
  // the page itself says what is wrong
  useEffect(() => {
    if (failed) location.replace(address);
  }, [failed]);
  return (
    <Sheet open title={title ?? t("checkout.summary")} onClose={leave}>
      {title === undefined ? <Skeleton lines={8} /> : null}
      <div ref={place} class="stack" />
    </Sheet>
  );
}

/** Esc, ✕ and a press outside go the way of Back. Not while an order is on its way. */
function leave(): void {
  if (open?.host.querySelector("[aria-busy=true]:not(.skeleton)")) return;
  history.back();
}

function close(): void {
  if (!open) return;
  const island = open.host.querySelector("k-checkout");
  if (island) render(null, island);
  document.title = open.title;
  // unmounting gives the focus back
  render(null, open.host);
  open.host.remove();
  open = undefined;
}

function show(address: string): void {
  close();
  const host = document.createElement("div");
  document.body.append(host);
  open = { host, address, title: document.title };
  // a link to the page below only closes what is above it
  host.addEventListener("click", (event) => {
    const link = (event.target as Element).closest("a");
    if (!link || link.target || link.pathname !== below || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    leave();
  });
  render(<CheckoutSheet address={address} />, host);
}

const below = location.pathname;

addEventListener("popstate", () => {
  if (location.pathname === below) close();
  else if (location.pathname.startsWith("/market/offers/") && open?.address !== location.pathname) show(location.pathname);
});

export function openCheckout(address: string): void {
  history.pushState({ over: below }, "", address);
  show(address);
}
