// Amounts of the API as they stand in a field, in the reader's way of writing.
import { formatMoney } from "../lib/money.ts";

export const shownAmount = (currency: string) => (amount: string): string => (amount === "" ? "" : formatMoney({ amount, currency }, { display: "none" }));
