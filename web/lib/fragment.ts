// The one place that turns text of our own server into elements, and the one Trusted Types policy ("kontor") of the pages.

interface Policy {
  createHTML(text: string): string;
}
interface Factory {
  createPolicy(name: string, rules: { createHTML: (text: string) => string }): Policy;
}

let policy: Policy | undefined;

function trusted(text: string): string {
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  if (!factory) return text;
  policy ??= factory.createPolicy("kontor", { createHTML: (own) => own });
  return policy.createHTML(text);
}

/** A fragment of a page of this server: fetch it only from the own origin. */
export function toElement(html: string): Element | null {
  const parsed = new DOMParser().parseFromString(trusted(html), "text/html");
  const element = parsed.body.firstElementChild;
  return element ? document.importNode(element, true) : null;
}

/** Asks the server for the part of a page named `name` and returns it as an element. */
export async function fetchFragment(address: string, name: string, signal?: AbortSignal): Promise<{ element: Element; response: Response }> {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) throw new Error("a fragment of another origin");
  const response = await fetch(url, { headers: { "X-Kontor-Fragment": name, Accept: "text/html" }, credentials: "same-origin", ...(signal ? { signal } : {}) });
  if (!response.ok) throw new Error(`${response.status}`);
  const element = toElement(await response.text());
  if (!element) throw new Error("an empty fragment");
  return { element, response };
}

/** Markup that a library made of text given to it as text (MathML of Temml). */
export function markupOf(html: string): DocumentFragment {
  const parsed = new DOMParser().parseFromString(trusted(html), "text/html");
  const out = document.createDocumentFragment();
  out.append(...Array.from(parsed.body.childNodes, (node) => document.importNode(node, true)));
  return out;
}
