// Theme at once and without a new page; a change of language keeps what stands in the page's forms; density; the banners of every page.
import { context } from "./context.ts";
import { remembered } from "./drafts.ts";
import { keepLive, keptOver } from "./kept.ts";
import { t, type MessageKey } from "./messages.ts";

const keptForms = "k-forms";
const keptFor = 60_000; // ms; a reload much later is another visit

interface Kept {
  at: number;
  path: string;
  values: [string, string | boolean][];
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

// Fields that a person fills in, with a name that is the same in each language.
function controls(): [string, Control][] {
  const out: [string, Control][] = [];
  for (const form of document.querySelectorAll<HTMLFormElement>("main form")) {
    for (const one of Array.from(form.elements)) {
      if (!(one instanceof HTMLInputElement || one instanceof HTMLSelectElement || one instanceof HTMLTextAreaElement)) continue;
      if (one.name === "" || (one instanceof HTMLInputElement && ["hidden", "password", "file", "submit"].includes(one.type))) continue;
      const choice = one instanceof HTMLInputElement && (one.type === "checkbox" || one.type === "radio") ? `=${one.value}` : "";
      out.push([`${form.getAttribute("action") ?? ""} ${one.name}${choice}`, one]);
    }
  }
  return out;
}

const isChoice = (one: Control): one is HTMLInputElement => one instanceof HTMLInputElement && (one.type === "checkbox" || one.type === "radio");

function keepForms(): void {
  keepLive(keptOver.language);
  const kept: Kept = { at: Date.now(), path: location.pathname, values: controls().map(([name, one]) => [name, isChoice(one) ? one.checked : one.value]) };
  try {
    sessionStorage.setItem(keptForms, JSON.stringify(kept));
  } catch {
    // not kept
  }
}

function restoreForms(): void {
  try {
    const text = sessionStorage.getItem(keptForms);
    if (!text) return;
    sessionStorage.removeItem(keptForms);
    const kept = JSON.parse(text) as Kept;
    if (kept.path !== location.pathname || Date.now() - kept.at > keptFor) return;
    const values = new Map(kept.values);
    for (const [name, one] of controls()) {
      const value = values.get(name);
      if (isChoice(one) && typeof value === "boolean") one.checked = value;
      else if (!isChoice(one) && typeof value === "string") one.value = value;
    }
  } catch {
    // nothing to restore
  }
}

function setTheme(form: HTMLFormElement, button: HTMLButtonElement): void {
  document.documentElement.dataset["theme"] = button.value === "system" ? "" : button.value;
  document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", button.value === "system" ? "light dark" : button.value);
  for (const one of form.querySelectorAll("button[name=theme]")) {
    if (one === button) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  }
  const body = new URLSearchParams([...new FormData(form, button)].map(([key, value]) => [key, String(value)] as [string, string]));
  // the answer sends to the same page; only its cookie is wanted
  void fetch(form.action, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
}

export function preferences(): void {
  restoreForms();
  const density = remembered("density");
  if (density) document.documentElement.dataset["density"] = density;
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = event.submitter;
    if (form.classList.contains("switch-theme") && button instanceof HTMLButtonElement) {
      event.preventDefault();
      setTheme(form, button);
    } else if (form.classList.contains("switch-language")) {
      keepForms();
    }
  });
}

function banner(key: MessageKey): HTMLElement {
  const box = document.createElement("div");
  box.className = "notice notice-warn banner";
  box.setAttribute("role", "status");
  box.textContent = t(key);
  document.querySelector("header.bar")?.after(box);
  return box;
}

/** After the messages are there: no connection; for operators, an address that is not encrypted. */
export function banners(): void {
  let offline: HTMLElement | undefined;
  const change = (): void => {
    if (navigator.onLine) {
      offline?.remove();
      offline = undefined;
    } else {
      offline ??= banner("common.offline");
    }
  };
  addEventListener("online", change);
  addEventListener("offline", change);
  change();
  if (context.user?.operator && !isSecureContext) banner("common.insecure");
}
