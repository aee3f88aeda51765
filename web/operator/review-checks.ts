// What a reviewer should see before deciding: found by the page, never a decision.
import type { Listing, Party } from "../api/answers.ts";

export interface Look {
  card: string | undefined;
  files: { path: string; size: number }[];
}

export interface ReviewCheck {
  id: "card" | "licence" | "summary" | "offer" | "files" | "kyc" | "free_all";
  good: boolean;
}

/** `license:` of a card's front matter. */
export function cardLicence(card: string): string | undefined {
  const head = /^---\r?\n([\s\S]*?)\r?\n---/.exec(card)?.[1] ?? "";
  return /^licen[cs]e:\s*["']?([^"'\r\n]+)/m.exec(head)?.[1]?.trim();
}

export const cardBody = (card: string): string => card.replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n?/, "").trim();

export function reviewChecks(listing: Listing, party: Party | undefined, look: Look | undefined): ReviewCheck[] {
  const out: ReviewCheck[] = [
    { id: "summary", good: listing.summary.trim().length >= 20 },
    { id: "offer", good: listing.offers.some((one) => one.state === "active") },
  ];
  if (look) {
    const content = look.files.filter((one) => !/^(README\.md|\.gitattributes)$/.test(one.path));
    out.push({ id: "card", good: look.card !== undefined && cardBody(look.card).length >= 200 });
    out.push({ id: "licence", good: look.card !== undefined && cardLicence(look.card) !== undefined });
    out.push({ id: "files", good: content.length > 0 });
    // selling what everybody can fetch is at least a question
    if (content.length > 0 && listing.delivery.includes("download")) out.push({ id: "free_all", good: content.some((one) => !listing.free_files.includes(one.path)) });
  }
  if (party?.kyc_level !== undefined) out.push({ id: "kyc", good: party.kyc_level >= 1 });
  return out;
}

/** The neighbour of `current` for j and k; stays at the ends. */
export function neighbour(ids: readonly string[], current: string | undefined, step: 1 | -1): string | undefined {
  const at = current === undefined ? -1 : ids.indexOf(current);
  if (at < 0) return ids[step === 1 ? 0 : ids.length - 1];
  return ids[Math.min(Math.max(at + step, 0), ids.length - 1)];
}
