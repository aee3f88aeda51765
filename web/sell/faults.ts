// Sentences for the codes that the API gives single fields (details.fields), and lists of them for a form's summary.
import { isApiError, type FieldFault } from "../api/client.ts";
import { hasMessage, t, tFor } from "../lib/messages.ts";
import { placeOf, type PlanDraft } from "./plan-draft.ts";

export function faultText(code: string): string {
  if (hasMessage("sell.fault", code)) return tFor("sell.fault", code);
  if (hasMessage("error", code)) return tFor("error", code);
  return t("error.field_invalid");
}

/** Sentence of the first fault at a path. */
export function faultAt(faults: readonly FieldFault[], path: string): string | undefined {
  const found = faults.find((one) => one.path === path);
  return found ? faultText(found.code) : undefined;
}

export const faultsOf = (error: unknown): FieldFault[] => (isApiError(error) ? error.fields : []);

/** A fault with the name of its field: "Price per run, Unit price: Fill in this field." */
export function faultWithPlace(fault: FieldFault, draft: PlanDraft): string {
  const { part, field } = placeOf(fault.path, draft);
  const name = hasMessage("sell.plan_field", field) ? tFor("sell.plan_field", field) : "";
  if (part && name) return t("sell.fault_in_part", { part: part.kind === "one_off" ? t("sell.part_once") : tFor("sell.part", part.meter), field: name, fault: faultText(fault.code) });
  return name ? t("sell.fault_in_field", { field: name, fault: faultText(fault.code) }) : faultText(fault.code);
}
