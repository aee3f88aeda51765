// Two people edited one listing: both versions field by field, one is chosen for each field that both changed.
import { useState } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { Radio } from "../components/choice.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Name } from "../components/value.tsx";
import { formatList } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { formOf, type FieldName, type ListingForm } from "./listing-form.ts";
import type { Conflict } from "./use-autosave.ts";

const fieldLabel = (field: FieldName): string => tFor("sell.field", field);

export function fieldText(form: ListingForm, field: FieldName): string {
  if (field === "delivery") return formatList(form.delivery.map((one) => tFor("delivery", one))) || t("common.none");
  if (field === "free_files") return form.free_files.join(", ") || t("common.none");
  if (field === "category") return tFor("sell.category", form.category);
  if (field === "licence_template") return tFor("licence", form.licence_template);
  return form[field] || t("sell.left_empty");
}

export function ConflictDialog({ conflict, onResolve }: { conflict: Conflict; onResolve: (form: ListingForm) => void }) {
  const [choice, setChoice] = useState<Partial<Record<FieldName, "mine" | "theirs">>>({});
  const theirs = formOf(conflict.theirs);
  const done = conflict.clashes.every((field) => choice[field]);
  const take = (): void => {
    const form = { ...conflict.merged };
    for (const field of conflict.clashes) if (choice[field] === "mine") Object.assign(form, { [field]: conflict.mine[field] });
    onResolve(form);
  };
  return (
    <Dialog open wide locked title={t("sell.conflict")} onClose={() => undefined} footer={<><Button onClick={() => onResolve(conflict.merged)}>{t("sell.conflict_theirs")}</Button><Button kind="primary" disabled={!done} onClick={take}>{t("sell.conflict_save")}</Button></>}>
      <div class="stack">
        <p>{t("sell.conflict_text")}</p>
        {conflict.clashes.map((field) => (
          <Radio
            key={field}
            legend={fieldLabel(field)}
            value={choice[field] ?? ""}
            options={[
              { value: "mine", label: t("sell.mine"), hint: <Name>{fieldText(conflict.mine, field)}</Name> },
              { value: "theirs", label: t("sell.theirs"), hint: <Name>{fieldText(theirs, field)}</Name> },
            ]}
            onChange={(value) => setChoice({ ...choice, [field]: value === "mine" ? "mine" : "theirs" })}
          />
        ))}
      </div>
    </Dialog>
  );
}
