// Names of ledger accounts ("liability:payable:bob:pending"): on which side of the trial balance they stand, and whose they are.

/** The side on which an account's balance counts: assets and expenses left, all else right. */
export function sideOf(account: string): "debit" | "credit" {
  return /^(asset|expense):/.test(account) ? "debit" : "credit";
}

const ofParties = /^(?:liability:(?:wallet|payable|unapplied|reserve|frozen|promo|payout_transit)|asset:(?:receivable|due_from)):([^:]+)/;

export function partyOfAccount(account: string): string | undefined {
  return ofParties.exec(account)?.[1];
}
