// The Hub's API as these pages use it: addresses by kind, and its refusals in the words of the pages.
import { api, ApiError, isApiError } from "../api/client.ts";
import { pathOf } from "../lib/url.ts";

export type Kind = "model" | "dataset" | "space";

export const isKind = (text: unknown): text is Kind => text === "model" || text === "dataset" || text === "space";

export const apiOf = (kind: Kind, name: string): string => `/api/${kind}s/${name.split("/").map(encodeURIComponent).join("/")}`;
export const pageOf = (kind: Kind, name: string): string => (kind === "model" ? pathOf(name) : pathOf(`${kind}s`, name));

/** true: somebody has it; false: free; undefined: not known. */
export async function isTaken(kind: Kind, full: string, signal: AbortSignal): Promise<boolean | undefined> {
  const [ns = "", name = ""] = full.split("/", 2);
  try {
    const check = await api.get("/repositories/{kind}/{ns}/{name}/availability", { path: { kind, ns, name }, signal });
    return check.reason === "invalid_name" ? undefined : !check.available;
  } catch {
    return undefined;
  }
}

const known: [RegExp, string][] = [
  [/already (created|exists)|exists already|is taken/i, "name_taken"],
  [/listed for sale/i, "for_sale"],
  [/don't have the rights/i, "scope_missing"],
];

/** This wire answers { error: "sentence" }; the sentence tells refusals of one status apart. */
export function hubError(error: unknown): unknown {
  if (!isApiError(error) || error.reason) return error;
  const code = known.find(([pattern]) => pattern.test(error.message))?.[1];
  return code ? new ApiError(error.status, code, error.message, error.details, error.requestId, error.retryAfter) : error;
}
