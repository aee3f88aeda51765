// Steps "what" and "files" of the editor: title, summary, category, delivery, licence; files that stay open to everybody.
import type { Licence } from "../api/answers.ts";
import type { FieldFault } from "../api/client.ts";
import { Checkbox } from "../components/choice.tsx";
import { FieldGroup } from "../components/field.tsx";
import { Select } from "../components/select.tsx";
import { TextArea, TextField } from "../components/text-field.tsx";
import { Bytes, Name } from "../components/value.tsx";
import { t, tFor } from "../lib/messages.ts";
import { faultAt } from "./faults.ts";
import { categories, deliveries, type ListingForm } from "./listing-form.ts";
import { licenceName } from "./rights-fields.tsx";

export interface WhatFieldsProps {
  form: ListingForm;
  licences: Licence[];
  faults: readonly FieldFault[];
  onChange: (part: Partial<ListingForm>) => void;
}

export function WhatFields({ form, licences, faults, onChange }: WhatFieldsProps) {
  const shown = deliveries.filter((one, i) => i < 4 || form.delivery.includes(one));
  return (
    <div class="stack form-width">
      <TextField id="listing-title" label={t("sell.title")} hint={t("sell.title_hint")} value={form.title} max={120} error={faultAt(faults, "title")} onInput={(title) => onChange({ title })} />
      <TextArea id="listing-summary" label={t("sell.summary")} hint={t("sell.summary_hint")} rows={3} value={form.summary} max={400} error={faultAt(faults, "summary")} onInput={(summary) => onChange({ summary })} />
      <div class="form-row">
        <Select label={t("sell.category_word")} value={form.category} error={faultAt(faults, "category")} options={[...new Set([...categories, form.category])].map((one) => ({ value: one, label: tFor("sell.category", one) }))} onChange={(category) => onChange({ category })} />
        <Select label={t("sell.licence_default")} hint={t("sell.licence_default_hint")} value={form.licence_template} error={faultAt(faults, "licence_template")} options={licences.map((one) => ({ value: one.id, label: licenceName(one) }))} onChange={(licence_template) => onChange({ licence_template })} />
      </div>
      <FieldGroup legend={t("sell.delivery_word")} error={form.delivery.length === 0 ? t("sell.fault.delivery_missing") : faultAt(faults, "delivery")}>
        {shown.map((one) => (
          <Checkbox
            key={one}
            label={tFor("delivery", one)}
            hint={tFor("sell.delivery", one)}
            checked={form.delivery.includes(one)}
            onChange={(on) => onChange({ delivery: deliveries.filter((other) => (other === one ? on : form.delivery.includes(other))) })}
          />
        ))}
      </FieldGroup>
    </div>
  );
}

export interface RepositoryFile {
  path: string;
  size: number;
}

const always = "README.md";
const most = 300;

export function FilesFields({ form, files, faults, readOnly, onChange }: { form: ListingForm; files: RepositoryFile[]; faults: readonly FieldFault[]; readOnly: boolean; onChange: (part: Partial<ListingForm>) => void }) {
  if (files.length === 0) return <p class="meta">{t("sell.no_files")}</p>;
  // a file that was open and is gone from the repository stays in the list, so that it can be taken out
  const rows = [...files.slice(0, most), ...form.free_files.filter((one) => !files.some((file) => file.path === one)).map((path) => ({ path, size: -1 }))];
  return (
    <FieldGroup legend={t("sell.free_files")} hint={t("sell.free_files_hint")} error={faultAt(faults, "free_files")} class="wide-group">
      <div class="file-list">
        {rows.map((one) => (
          <Checkbox
            key={one.path}
            label={<Name>{one.path}</Name>}
            checked={one.path === always || form.free_files.includes(one.path)}
            disabled={readOnly || one.path === always}
            count={one.size < 0 ? t("sell.file_gone") : <Bytes value={one.size} />}
            onChange={(on) => onChange({ free_files: on ? [...form.free_files, one.path] : form.free_files.filter((other) => other !== one.path) })}
          />
        ))}
      </div>
      {files.length > most ? <p class="meta">{t("sell.files_more", { count: files.length - most })}</p> : null}
    </FieldGroup>
  );
}
