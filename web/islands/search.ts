// <k-search>: suggestions below the search box of the bar (after 150 ms, never while an IME composes), "/" puts the focus there.
import { api } from "../api/client.ts";
import type { CatalogueEntry } from "../api/answers.ts";
import { t, tFor } from "../lib/messages.ts";
import { assetPath, withQuery } from "../lib/url.ts";

const pause = 150;
const rows = 8;

export function mount(root: HTMLElement): void {
  const input = root.querySelector<HTMLInputElement>("input[type=search]");
  const form = input?.form;
  if (!input || !form) return;
  const list = document.createElement("ul");
  list.className = "listbox";
  list.id = "k-search-list";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", t("nav.search_suggestions"));
  list.hidden = true;
  root.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let active = -1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let control: AbortController | undefined;

  const options = (): HTMLElement[] => Array.from(list.querySelectorAll<HTMLElement>("[role=option]"));
  const mark = (to: number): void => {
    active = to;
    options().forEach((one, i) => {
      one.classList.toggle("active", i === to);
      one.setAttribute("aria-selected", String(i === to));
    });
    const id = options()[to]?.id;
    if (id) input.setAttribute("aria-activedescendant", id);
    else input.removeAttribute("aria-activedescendant");
  };
  const close = (): void => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  const show = (entries: CatalogueEntry[]): void => {
    list.replaceChildren(...entries.map((one, i) => {
      const item = document.createElement("li");
      item.id = `k-search-${i}`;
      item.setAttribute("role", "option");
      item.dataset["href"] = assetPath(one.asset);
      const name = document.createElement("bdi");
      name.textContent = `${one.namespace}/${one.name}`;
      const about = document.createElement("span");
      about.className = "meta cut";
      about.textContent = [one.kind === "model" ? "" : tFor("common.kind", one.kind), one.task ? tFor("task", one.task) : ""].filter(Boolean).join(" · ");
      item.append(name, about);
      return item;
    }));
    active = -1;
    list.hidden = entries.length === 0;
    input.setAttribute("aria-expanded", String(entries.length > 0));
    input.removeAttribute("aria-activedescendant");
  };
  const ask = (): void => {
    clearTimeout(timer);
    control?.abort();
    const text = input.value.trim();
    if (text === "") {
      close();
      return;
    }
    timer = setTimeout(() => {
      const own = (control = new AbortController());
      api.get("/catalogue", { query: { q: text, limit: rows, facets: false }, signal: own.signal }).then(
        (page) => {
          if (!own.signal.aborted && document.activeElement === input) show(page.data);
        },
        () => close(),
      );
    }, pause);
  };

  input.addEventListener("input", (event) => {
    if (!(event as InputEvent).isComposing) ask();
  });
  input.addEventListener("compositionend", ask);
  input.addEventListener("blur", () => {
    control?.abort();
    close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const all = options();
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      const by = event.key === "ArrowDown" ? 1 : -1;
      mark(active < 0 ? (by > 0 ? 0 : all.length - 1) : (active + by + all.length) % all.length);
    } else if (event.key === "Enter" && active >= 0 && !list.hidden) {
      event.preventDefault();
      location.assign(all[active]?.dataset["href"] ?? "/search");
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  list.addEventListener("pointerdown", (event) => {
    const href = (event.target as Element).closest<HTMLElement>("[data-href]")?.dataset["href"];
    if (!href) return;
    event.preventDefault();
    location.assign(href);
  });
  // Enter on an empty box goes to the whole list
  form.addEventListener("submit", (event) => {
    if (input.value.trim() !== "") return;
    event.preventDefault();
    location.assign(withQuery("/search", {}));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.documentElement.dataset["slash"] === "off") return;
    const target = event.target as HTMLElement;
    if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}
