// Runs on every page: copy buttons, relative times, menus, line anchors, code of cards, islands.
import { setSignIn } from "./api/client.ts";
import { highlightIn } from "./lib/highlight-in.ts";
import { mountIslands } from "./islands/loader.ts";
import { copyText } from "./lib/clipboard.ts";
import { context } from "./lib/context.ts";
import { dropAllDrafts } from "./lib/drafts.ts";
import { formatRelative } from "./lib/format.ts";
import { loadMessages, t } from "./lib/messages.ts";
import { banners, preferences } from "./lib/preferences.ts";
import { showCurrent } from "./lib/visible.ts";

function copyButtons(): void {
  const said = document.createElement("div");
  said.className = "sr-only";
  said.setAttribute("role", "status");
  document.body.append(said);
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("button.copy[data-copy]");
    if (!button) return;
    void copyText(button.dataset["copy"] ?? "").then((done) => {
      if (!done) return;
      button.classList.add("done");
      said.textContent = t("common.copied");
      setTimeout(() => {
        button.classList.remove("done");
        said.textContent = "";
      }, 2000);
    });
  });
}

function relativeTimes(): void {
  const refresh = (): void => {
    for (const one of document.querySelectorAll<HTMLTimeElement>("time.rel")) {
      const at = new Date(one.dateTime);
      if (!Number.isNaN(at.getTime())) one.textContent = formatRelative(at);
    }
  };
  // what the server wrote is right at first; from then on it ages
  setInterval(refresh, 60_000);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") refresh();
  });
}

/** <details class="menu">: one open at a time, Esc and a press outside close it, arrows move inside. */
function menus(): void {
  const open = (): HTMLDetailsElement[] => Array.from(document.querySelectorAll<HTMLDetailsElement>("details.menu[open]"));
  const close = (one: HTMLDetailsElement, focus: boolean): void => {
    one.open = false;
    if (focus) one.querySelector<HTMLElement>("summary")?.focus();
  };
  document.addEventListener("pointerdown", (event) => {
    for (const one of open()) if (!one.contains(event.target as Node)) close(one, false);
  });
  document.addEventListener("focusin", (event) => {
    for (const one of open()) if (!one.contains(event.target as Node)) close(one, false);
  });
  document.addEventListener("keydown", (event) => {
    const menu = (event.target as Element).closest<HTMLDetailsElement>("details.menu");
    if (!menu) return;
    if (event.key === "Escape" && menu.open) {
      event.preventDefault();
      close(menu, true);
      return;
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    if (!menu.open) menu.open = true;
    const items = Array.from(menu.querySelectorAll<HTMLElement>(":scope > :not(summary) :is(a, button)"));
    const at = items.indexOf(document.activeElement as HTMLElement);
    const by = event.key === "ArrowDown" ? 1 : -1;
    items[at < 0 ? (by > 0 ? 0 : items.length - 1) : (at + by + items.length) % items.length]?.focus();
  });
}

/** #L10-L20 marks a range of lines; shift and a press on a number makes one. */
function lineAnchors(): void {
  const block = document.querySelector<HTMLElement>("pre.lines");
  if (!block) return;
  const mark = (scroll: boolean): void => {
    const range = /^#L(\d+)(?:-L(\d+))?$/.exec(location.hash);
    for (const one of block.querySelectorAll(".line.marked")) one.classList.remove("marked");
    if (!range) return;
    const from = Number(range[1]);
    const to = Number(range[2] ?? range[1]);
    for (let i = Math.min(from, to); i <= Math.max(from, to); i++) {
      const line = document.getElementById(`L${i}`);
      if (!line) break;
      line.classList.add("marked");
      if (scroll && i === Math.min(from, to)) line.scrollIntoView({ block: "center" });
    }
  };
  block.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>(".line > a");
    if (!link) return;
    event.preventDefault();
    const start = /^#L(\d+)/.exec(location.hash)?.[1];
    const line = link.hash.slice(2);
    history.replaceState(history.state, "", event.shiftKey && start ? `#L${Math.min(Number(start), Number(line))}-L${Math.max(Number(start), Number(line))}` : link.hash);
    mark(false);
  });
  addEventListener("hashchange", () => mark(true));
  mark(location.hash.includes("-"));
}

/** Tabs and places that scroll sideways on a narrow page: the current one comes into sight. */
function currentTabs(): void {
  for (const tabs of document.querySelectorAll<HTMLElement>("nav.tabs, nav.places")) showCurrent(tabs);
}

const checkout = /^\/market\/offers\/[^/]+$/;

/** A link to a checkout opens it as a sheet over the page where there is room; with a modifier key, on a phone and without script it is a link. */
function checkoutSheets(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("main a[href]");
    if (!link || link.origin !== location.origin || link.search !== "" || !checkout.test(link.pathname) || checkout.test(location.pathname)) return;
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || !matchMedia("(min-width: 640px)").matches) return;
    event.preventDefault();
    void import("./islands/checkout-sheet.tsx").then(({ openCheckout }) => openCheckout(link.pathname), () => location.assign(link.href));
  });
  // a sheet's address that was loaded anew is a page: Back from it finds the entry of the page that was below, without that page
  if (!checkout.test(location.pathname)) return;
  addEventListener("popstate", () => {
    if (!checkout.test(location.pathname)) location.reload();
  });
}

async function start(): Promise<void> {
  copyButtons();
  relativeTimes();
  menus();
  lineAnchors();
  currentTabs();
  checkoutSheets();
  preferences();
  setSignIn(() => import("./islands/sign-in.tsx").then(({ askToSignIn }) => askToSignIn()));
  document.addEventListener("submit", (event) => {
    if ((event.target as HTMLFormElement).getAttribute("action") === "/logout") dropAllDrafts();
  });
  if (!context.user) dropAllDrafts(true);
  await loadMessages("site");
  banners();
  if (document.querySelector(".prose pre")) void import("./islands/copy.ts").then(({ copyOnBlocks }) => copyOnBlocks(document));
  highlightIn(document);
  mountIslands(document);
}

void start();
