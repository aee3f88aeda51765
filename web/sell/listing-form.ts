// The editable part of a listing, what changed in it, and how two versions of it differ field by field.
import type { Listing, ListingChange, NewListing } from "../api/answers.ts";

export type Delivery = Listing["delivery"][number];

export interface ListingForm {
  title: string;
  summary: string;
  category: string;
  delivery: Delivery[];
  licence_template: string;
  free_files: string[];
}

export const fields = ["title", "summary", "category", "delivery", "licence_template", "free_files"] as const;
export type FieldName = (typeof fields)[number];

export const categories = ["vision", "language", "audio", "tabular", "multimodal", "data", "app", "other"];
/** in the order of the form; the first two are delivered by this server, the rest by the seller */
export const deliveries: Delivery[] = ["download", "api_access", "custom_work", "consulting", "hosted_endpoint", "deploy_to_buyer", "space"];

export function formOf(listing: Listing): ListingForm {
  const { title, summary, category, licence_template } = listing;
  return { title, summary, category, delivery: [...listing.delivery], licence_template, free_files: [...listing.free_files] };
}

const same = (a: unknown, b: unknown): boolean => {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && [...a].sort().join("\n") === [...b].sort().join("\n");
};

/** The fields of `form` that are not as in `base`. */
export function changesOf(base: ListingForm, form: ListingForm): ListingChange {
  const out: Record<string, unknown> = {};
  for (const name of fields) if (!same(base[name], form[name])) out[name] = form[name];
  return out as ListingChange;
}

/** Fields that two people changed differently since `base`: those must be chosen; what only one changed is taken over. */
export function merge(base: ListingForm, mine: ListingForm, theirs: ListingForm): { form: ListingForm; clashes: FieldName[] } {
  const form: Record<string, unknown> = {};
  const clashes: FieldName[] = [];
  for (const name of fields) {
    const [i, they] = [!same(base[name], mine[name]), !same(base[name], theirs[name])];
    form[name] = they ? theirs[name] : mine[name];
    if (i && they && !same(mine[name], theirs[name])) clashes.push(name);
  }
  return { form: form as unknown as ListingForm, clashes };
}

export function newListing(asset: string, title: string, licence: string): NewListing {
  return { asset, title, summary: "", category: "other", delivery: asset.startsWith("model:") ? ["download", "api_access"] : ["download"], licence_template: licence, free_files: [] };
}

export type Step = "what" | "price" | "rights" | "files" | "check";
export interface Check {
  id: "title" | "summary" | "delivery" | "offer" | "card" | "files" | "kyc";
  step: Step;
  good: boolean;
  /** without it a listing cannot be submitted; the others are advice */
  needed: boolean;
}

/** What a reviewer will look at first. `files` and `cardSize` are undefined while they are not known. */
export function checksOf(form: ListingForm, offers: number, files: number | undefined, cardSize: number | undefined, kyc: number | undefined): Check[] {
  const out: Check[] = [
    { id: "title", step: "what", good: form.title.trim() !== "", needed: true },
    { id: "summary", step: "what", good: form.summary.trim().length >= 20, needed: false },
    { id: "delivery", step: "what", good: form.delivery.length > 0, needed: true },
    { id: "offer", step: "price", good: offers > 0, needed: true },
  ];
  if (cardSize !== undefined) out.push({ id: "card", step: "files", good: cardSize > 200, needed: false });
  if (files !== undefined) out.push({ id: "files", step: "files", good: files > 0, needed: false });
  if (kyc !== undefined) out.push({ id: "kyc", step: "check", good: kyc >= 1, needed: true });
  return out;
}
