// Runs on every page: copy buttons, relative times, menus, theme and language, search, and the lazy loader of islands.
import { copyText } from "./lib/clipboard.ts";
import { context } from "./lib/context.ts";
import { dropAllDrafts } from "./lib/drafts.ts";
import { formatRelative } from "./lib/format.ts";
import { loadMessages, t } from "./lib/messages.ts";

/** An island: gets its element, with the server's HTML still inside. */
export type Mount = (element: HTMLElement) => void | Promise<void>;

const islands: Record<string, () => Promise<{ mount: Mount }>> = {};

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

/** Mounts what is inside `root`; called again for swapped-in fragments. */
export function mountIslands(root: ParentNode): void {
  for (const [name, load] of Object.entries(islands)) {
    for (const element of root.querySelectorAll<HTMLElement>(`k-${name}:not([data-mounted])`)) {
      element.dataset["mounted"] = "";
      load().then(({ mount }) => mount(element)).catch((error: unknown) => console.error(`k-${name}`, error));
    }
  }
}

async function start(): Promise<void> {
  copyButtons();
  relativeTimes();
  document.addEventListener("submit", (event) => {
    if ((event.target as HTMLFormElement).getAttribute("action") === "/logout") dropAllDrafts();
  });
  if (!context.user) dropAllDrafts();
  await loadMessages("site");
  mountIslands(document);
}

void start();
