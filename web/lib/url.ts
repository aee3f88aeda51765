// The state of a view lives in its address: read it, change it, compare it. Repeated keys are sorted, defaults and empty values left out.

export type QueryValue = string | number | boolean | null | undefined | readonly string[];
export type Query = Record<string, QueryValue>;

/** A query string (without ?) in a stable order, so that equal states have equal addresses. */
export function toQuery(query: Query, defaults: Query = {}): string {
  const out: [string, string][] = [];
  for (const key of Object.keys(query).sort()) {
    const value = query[key];
    if (value === null || value === undefined || value === "" || value === false) continue;
    if (Array.isArray(value)) {
      for (const one of [...new Set(value as readonly string[])].sort()) if (one !== "") out.push([key, one]);
      continue;
    }
    if (defaults[key] !== undefined && String(defaults[key]) === String(value)) continue;
    out.push([key, String(value)]);
  }
  return new URLSearchParams(out).toString();
}

export function withQuery(path: string, query: Query, defaults: Query = {}): string {
  const text = toQuery(query, defaults);
  return text ? `${path}?${text}` : path;
}

export function readQuery(search: string = location.search): Map<string, string[]> {
  const out = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(search)) out.set(key, [...(out.get(key) ?? []), value]);
  return out;
}

/** One value of the address. */
export function param(name: string, search: string = location.search): string | undefined {
  return new URLSearchParams(search).get(name) ?? undefined;
}

/** The present address with some keys changed (null removes); `cursor` goes when anything else changes. */
export function changed(changes: Query, base: string = location.href): string {
  const url = new URL(base);
  const query: Query = {};
  for (const [key, values] of readQuery(url.search)) query[key] = values.length > 1 ? values : values[0];
  if (!("cursor" in changes)) delete query["cursor"];
  Object.assign(query, changes);
  return withQuery(url.pathname, query);
}

/** The values of a form as a query, for a GET form: sorted, empty fields left out. */
export function formQuery(form: HTMLFormElement): string {
  const query: Record<string, string[]> = {};
  for (const [key, value] of new FormData(form)) if (typeof value === "string" && value.trim() !== "") (query[key] ??= []).push(value.trim());
  return toQuery(query);
}

/** Only an own path may follow a sign-in: exactly one leading slash, no scheme, no backslash. */
export function safeNext(next: string | null | undefined): string {
  return next && /^\/(?![/\\])[^\\\u0000-\u001f]*$/.test(next) ? next : "/";
}

/** A path of names, each encoded: href("models", "bob/digits") keeps the slash of a repository's name. */
export function pathOf(...parts: string[]): string {
  return `/${parts.flatMap((part) => part.split("/")).filter((part) => part !== "").map(encodeURIComponent).join("/")}`;
}

/** "model:bob/digits" -> its page. */
export function assetPath(asset: string): string {
  const [kind, name = ""] = asset.split(":", 2);
  return kind === "dataset" ? pathOf("datasets", name) : kind === "space" ? pathOf("spaces", name) : pathOf(name);
}

export const assetName = (asset: string): string => asset.slice(asset.indexOf(":") + 1);

/** "account/orders/{id}" fits the page "account/orders/ord_1" with { id: "ord_1" }; names without {..} go first. */
export function matchPage(names: string[], page: string): { name: string; values: Record<string, string> } | undefined {
  const parts = page.split("/").filter((one) => one !== "");
  if (names.includes(parts.join("/"))) return { name: parts.join("/"), values: {} };
  for (const name of names) {
    const pattern = name.split("/");
    if (pattern.length !== parts.length) continue;
    const values: Record<string, string> = {};
    const fits = pattern.every((one, i) => {
      const slot = /^\{(\w+)\}$/.exec(one)?.[1];
      if (slot) values[slot] = decodeURIComponent(parts[i] ?? "");
      return slot !== undefined || one === parts[i];
    });
    if (fits) return { name, values };
  }
  return undefined;
}
