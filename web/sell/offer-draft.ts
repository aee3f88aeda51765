// An offer while it is made: its plan, the rights it gives, for whom and how long.
import type { NewOffer, Offer } from "../api/answers.ts";
import { addDays, dayOf, dayStart } from "../lib/days.ts";
import type { Delivery } from "./listing-form.ts";
import { fromPlan, starter, type PlanDraft } from "./plan-draft.ts";

/** in the order of the form; names of the API */
export const allRights = ["use", "run", "download", "commercial", "fine_tune", "distil", "redistribute_outputs", "redistribute_weights", "host_for_others", "resell"];

export interface OfferDraft {
  plan: PlanDraft;
  rights: string[];
  licence: string;
  private: boolean;
  /** name of the one buyer of a private offer */
  buyer: string;
  /** last day, inclusive, in the seller's zone; "" without end */
  until: string;
  autoAccept: boolean;
}

export function freshOffer(delivery: readonly Delivery[], licence: string, currency: string): OfferDraft {
  const rights = ["use", "commercial"];
  if (delivery.includes("api_access")) rights.push("run");
  if (delivery.includes("download")) rights.push("download");
  const goal = delivery.includes("api_access") ? (delivery.includes("download") ? "both" : "per_run") : "once";
  return { plan: starter(goal, currency), rights: allRights.filter((one) => rights.includes(one)), licence, private: false, buyer: "", until: "", autoAccept: false };
}

export function draftOf(offer: Offer, buyerName: string, zone: string, shown?: (amount: string) => string, counted?: (n: number) => string): OfferDraft {
  return {
    plan: fromPlan(offer.plan, shown, counted),
    rights: [...offer.rights],
    licence: offer.licence,
    private: offer.visibility === "private",
    buyer: buyerName,
    until: offer.valid_until ? dayOf(Date.parse(offer.valid_until) - 1, zone) : "",
    autoAccept: offer.auto_accept,
  };
}

/** The body of POST /listings/{id}/offers; `until` is shown inclusive and sent as the start of the next day. */
export function bodyOf(draft: OfferDraft, plan: string, version: number, zone: string): NewOffer {
  return {
    plan,
    plan_version: version,
    visibility: draft.private ? "private" : "public",
    rights: draft.rights,
    licence: draft.licence,
    auto_accept: draft.autoAccept,
    valid_until: draft.until ? dayStart(addDays(draft.until, 1), zone) : null,
    buyer: draft.private ? draft.buyer.trim() : null,
  };
}

/** auto_accept works only where something is metered and nothing is due at once. */
export const canAutoAccept = (plan: PlanDraft): boolean => plan.json !== undefined || (plan.parts.length > 0 && plan.parts.every((one) => one.kind === "metered"));
