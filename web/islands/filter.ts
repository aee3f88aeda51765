// <k-filter>: the catalogue's form sends itself, the results come as a fragment of the same address, Back restores them and the scroll place.
import { fetchFragment } from "../lib/fragment.ts";
import { t } from "../lib/messages.ts";
import { formQuery } from "../lib/url.ts";
import { keepFacets, markRadios, putFacets } from "./facets.ts";
import { mountIslands } from "./loader.ts";

interface Shown {
  section: Element;
  scroll: number;
}

const kept = new Map<string, Shown>();
const keepMost = 30;
const typingPause = 250;

export function mount(root: HTMLElement): void {
  const form = root.querySelector<HTMLFormElement>("form#filters");
  if (!form) return;
  let results = root.querySelector<HTMLElement>("#results");
  if (!results) return;
  let control: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown = location.pathname + location.search;

  const keep = (): void => {
    if (!results) return;
    kept.set(shown, { section: results, scroll: scrollY });
    const oldest = kept.keys().next().value;
    if (kept.size > keepMost && oldest !== undefined) kept.delete(oldest);
  };
  const put = (section: Element, address: string): void => {
    results?.replaceWith(section);
    results = section as HTMLElement;
    results.removeAttribute("aria-busy");
    shown = address;
    const title = results.dataset["title"];
    if (title) document.title = title;
    // the currency that prices are now compared in, beside the highest price
    for (const one of form.querySelectorAll("[data-priced-in]")) one.textContent = results.dataset["pricedIn"] ?? "";
    // the numbers beside the filters belong to the same answer
    const counted = results.querySelector<HTMLTemplateElement>("template[data-facets]");
    if (counted) putFacets(form, counted.content);
    mountIslands(results);
    countOnButton();
  };
  const fail = (address: string): void => {
    if (!results) return;
    results.removeAttribute("aria-busy");
    results.querySelector(".notice-bad.fetch-failed")?.remove();
    const notice = document.createElement("div");
    notice.className = "notice notice-bad fetch-failed";
    notice.setAttribute("role", "alert");
    const text = document.createElement("div");
    text.textContent = navigator.onLine ? t("error.internal") : t("error.offline");
    const retry = document.createElement("button");
    retry.type = "button";
    retry.className = "btn btn-plain";
    retry.textContent = t("common.retry");
    retry.addEventListener("click", () => void show(address));
    notice.append(text, retry);
    results.prepend(notice);
  };
  const show = async (address: string): Promise<void> => {
    control?.abort();
    const own = (control = new AbortController());
    results?.setAttribute("aria-busy", "true");
    try {
      const { element } = await fetchFragment(address, "results", own.signal);
      put(element, address);
    } catch {
      if (!own.signal.aborted) fail(address);
    }
  };
  const addressOf = (): string => {
    const query = new URLSearchParams(formQuery(form));
    // the default order has no place in an address
    const sort = form.elements.namedItem("sort");
    if (sort instanceof HTMLSelectElement && sort.options[0]?.value === sort.value) query.delete("sort");
    const text = query.toString();
    return location.pathname + (text ? `?${text}` : "");
  };
  const go = (address: string, replace: boolean): void => {
    if (address === location.pathname + location.search && !replace) return;
    keep();
    if (replace) history.replaceState({ filter: true }, "", address);
    else history.pushState({ filter: true }, "", address);
    void show(address);
  };

  // boxes and fields as an address says
  const fill = (search: string): void => {
    const query = new URLSearchParams(search);
    for (const one of Array.from(form.elements)) {
      if (one instanceof HTMLInputElement && (one.type === "checkbox" || one.type === "radio")) one.checked = query.getAll(one.name).includes(one.value);
      else if (one instanceof HTMLInputElement && one.name) one.value = query.get(one.name) ?? "";
      else if (one instanceof HTMLSelectElement) one.value = query.get(one.name) ?? one.options[0]?.value ?? "";
    }
  };

  form.addEventListener("change", (event) => {
    const one = event.target as HTMLInputElement;
    if (one.type === "checkbox" || one.type === "radio" || one.tagName === "SELECT") go(addressOf(), false);
  });
  // a chosen radio can be taken back by a second press
  form.addEventListener("click", (event) => {
    const one = event.target;
    if (!(one instanceof HTMLInputElement) || one.type !== "radio") return;
    if (one.dataset["was"] === "on") {
      one.checked = false;
      delete one.dataset["was"];
      go(addressOf(), false);
    } else {
      for (const other of form.querySelectorAll<HTMLInputElement>(`input[type=radio][name="${CSS.escape(one.name)}"]`)) delete other.dataset["was"];
      one.dataset["was"] = "on";
    }
  });
  markRadios(form);
  // for the way back here
  results.append(keepFacets(form));
  form.addEventListener("input", (event) => {
    const one = event.target as HTMLInputElement;
    if (one.type === "checkbox" || one.type === "radio" || one.tagName === "SELECT" || (event as InputEvent).isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(() => go(addressOf(), true), typingPause);
  });
  form.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(() => go(addressOf(), true), typingPause);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    go(addressOf(), true);
    closeSheet();
  });
  // the button is for those without a script
  form.querySelector<HTMLElement>(".filter-bar button[type=submit]")?.setAttribute("hidden", "");
  root.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("#results .chips a, #results .pager a, #results .empty a");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.origin !== location.origin || link.pathname !== location.pathname) return;
    event.preventDefault();
    go(link.pathname + link.search, false);
    fill(link.search);
    if (link.closest(".pager")) root.scrollIntoView({ block: "start" });
    else results?.focus({ preventScroll: true });
  });

  history.scrollRestoration = "manual";
  addEventListener("pagehide", () => {
    history.scrollRestoration = "auto";
  });
  addEventListener("popstate", () => {
    const address = location.pathname + location.search;
    if (address === shown) return;
    keep();
    control?.abort();
    fill(location.search);
    const before = kept.get(address);
    if (before) {
      put(before.section, address);
      scrollTo(0, before.scroll);
    } else {
      void show(address);
    }
  });

  // on a narrow page the filters are a sheet over the whole height
  const details = form.querySelector<HTMLDetailsElement>("details.facets");
  const narrow = matchMedia("(max-width: 1023px)");
  let sheet: HTMLDialogElement | undefined;
  let button: HTMLButtonElement | undefined;
  function countOnButton(): void {
    const text = results?.querySelector("[role=status]")?.textContent?.trim();
    if (button) button.textContent = text ? `${t("catalogue.show_results")} · ${text}` : t("catalogue.show_results");
  }
  function closeSheet(): void {
    if (sheet?.open) sheet.close();
  }
  const openSheet = (): void => {
    if (!details) return;
    if (!sheet) {
      sheet = document.createElement("dialog");
      sheet.className = "dialog sheet";
      sheet.setAttribute("aria-label", t("catalogue.filters"));
      const head = document.createElement("header");
      const title = document.createElement("h2");
      title.textContent = t("catalogue.filters");
      const close = document.createElement("button");
      close.type = "button";
      close.className = "btn btn-quiet icon";
      close.setAttribute("aria-label", t("common.close"));
      close.textContent = "✕";
      close.addEventListener("click", closeSheet);
      head.append(title, close);
      const body = document.createElement("div");
      body.className = "body facet-list";
      const foot = document.createElement("footer");
      button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-primary block";
      button.addEventListener("click", closeSheet);
      foot.append(button);
      sheet.append(head, body, foot);
      sheet.addEventListener("close", () => {
        details.append(...Array.from(body.children));
        details.querySelector<HTMLElement>("summary")?.focus();
      });
      form.append(sheet);
    }
    const body = sheet.querySelector(".body");
    body?.append(...Array.from(details.children).filter((one) => one.tagName !== "SUMMARY"));
    countOnButton();
    sheet.showModal();
  };
  details?.querySelector("summary")?.addEventListener("click", (event) => {
    if (!narrow.matches) return;
    event.preventDefault();
    openSheet();
  });
  narrow.addEventListener("change", closeSheet);
}
