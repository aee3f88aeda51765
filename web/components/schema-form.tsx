// The fields of a model's input schema. Values and faults come from props; lib/input-schema.ts reads them.
import { useState } from "preact/hooks";
import type { InputFault, InputFaults, InputField, FieldValue, FieldValues } from "../lib/input-schema.ts";
import { formatNumber } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { Button } from "./button.tsx";
import { Checkbox } from "./choice.tsx";
import { PictureField, type Sample } from "./picture-field.tsx";
import { Select } from "./select.tsx";
import { TextArea, TextField } from "./text-field.tsx";

export interface SchemaFormProps {
  fields: InputField[];
  values: FieldValues;
  faults: InputFaults;
  samples: Sample[];
  onChange: (name: string, value: FieldValue) => void;
  onFile: (file: Blob, name: string) => Promise<string>;
  disabled?: boolean;
  /** ids of controls: PREFIX-name */
  prefix: string;
}

const limit = (text: string): string => (Number.isFinite(Number(text)) ? formatNumber(Number(text)) : text);

export const titleOf = (field: InputField): string => wordsOf(field).title;

/** The sentence for a fault of a field. */
export function faultText(fault: InputFault): string {
  const value = fault.value ?? "";
  switch (fault.code) {
    case "required": return t("error.field_required");
    case "integer": return t("try.fault_integer");
    case "number": return t("try.fault_number");
    case "numbers": return t("try.fault_numbers", { value });
    case "min": return t("try.fault_min", { value: limit(value) });
    case "max": return t("try.fault_max", { value: limit(value) });
    case "count": {
      const [have = "", want = ""] = value.split("/");
      return have === "?" ? t("try.fault_count", { want: Number(want) }) : t("try.fault_count_have", { want: Number(want), have: Number(have) });
    }
    case "json": return t("try.fault_json");
    case "text": return t("error.field_invalid");
    case "picture": return t("try.fault_picture");
    case "other": return t("try.fault_other", { text: fault.text ?? "" });
  }
}

/** The runner's own fields in the reader's language; a model's own words as they are. */
function wordsOf(field: InputField): { title: string; description: string } {
  switch (field.words) {
    case "image": return { title: t("try.field_image"), description: t("try.field_image_about") };
    case "text": return { title: t("try.field_text"), description: t("try.field_text_about") };
    case "features": return { title: t("try.field_features"), description: t("try.field_features_about", { n: field.maxItems ?? 0 }) };
    default: return field;
  }
}

function Control({ field, form }: { field: InputField; form: SchemaFormProps }) {
  const value = form.values[field.name] ?? "";
  const text = typeof value === "string" ? value : "";
  const fault = form.faults[field.name];
  const range = field.min !== undefined && field.max !== undefined ? t("try.between", { min: formatNumber(field.min), max: formatNumber(field.max) }) : "";
  const { title, description } = wordsOf(field);
  const hint = [description, range].filter(Boolean).join(" · ");
  const set = (next: FieldValue): void => form.onChange(field.name, next);
  const common = {
    id: `${form.prefix}-${field.name}`,
    label: <bdi>{title}</bdi>,
    ...(hint ? { hint } : {}),
    ...(fault ? { error: faultText(fault) } : {}),
    optional: !field.required,
  };
  switch (field.kind) {
    case "picture":
      return <PictureField id={common.id} label={title} hint={hint} error={common.error} value={text} samples={form.samples} onChange={set} onFile={form.onFile} disabled={form.disabled ?? false} />;
    case "boolean":
      return <Checkbox id={common.id} label={common.label} hint={hint} error={common.error} checked={value === true} disabled={form.disabled ?? false} onChange={set} />;
    case "choice":
      return <Select {...common} value={text} onChange={set} disabled={form.disabled ?? false} options={[...(field.required && text ? [] : [{ value: "", label: t("common.none") }]), ...field.options.map((one) => ({ value: one, label: one }))]} />;
    case "integer":
    case "number":
      return <TextField {...common} value={text} onInput={set} inputMode={field.kind === "integer" ? "numeric" : "decimal"} autocomplete="off" numeric readOnly={form.disabled ?? false} />;
    case "numbers":
      return <TextArea {...common} value={text} onInput={set} code rows={4} placeholder="0.1, 0.2, 0.3" readOnly={form.disabled ?? false} />;
    case "strings":
      return <TextArea {...common} hint={[hint, t("try.one_per_line")].filter(Boolean).join(" · ")} value={text} onInput={set} rows={3} readOnly={form.disabled ?? false} />;
    case "json":
      return <TextArea {...common} hint={[hint, t("try.as_json")].filter(Boolean).join(" · ")} value={text} onInput={set} code rows={4} readOnly={form.disabled ?? false} />;
    case "file":
      return <TextField {...common} hint={[hint, t("try.file_address")].filter(Boolean).join(" · ")} value={text} onInput={set} inputMode="url" autocomplete="off" readOnly={form.disabled ?? false} />;
    case "text":
      return <TextArea {...common} value={text} onInput={set} rows={field.advanced ? 2 : 5} readOnly={form.disabled ?? false} />;
  }
}

/** A row of a table, pasted: its numbers go into the fields in their order. */
function Row({ fields, onChange }: { fields: InputField[]; onChange: SchemaFormProps["onChange"] }) {
  const [text, setText] = useState("");
  const numbers = fields.filter((one) => one.kind === "number" || one.kind === "integer");
  const cells = text.split(/[\s,;\t]+/).filter((one) => one !== "");
  return (
    <details class="fold-down">
      <summary>{t("try.row")}</summary>
      <div class="stack tight">
        <TextArea label={t("try.row_label", { count: numbers.length })} value={text} onInput={setText} code rows={3} class="whole" hint={cells.length > 0 ? t("try.row_have", { have: cells.length, want: numbers.length }) : t("try.row_hint")} />
        <div>
          <Button small disabled={cells.length !== numbers.length} onClick={() => numbers.forEach((field, i) => onChange(field.name, cells[i] ?? ""))}>{t("try.row_fill")}</Button>
        </div>
      </div>
    </details>
  );
}

export function SchemaForm(props: SchemaFormProps) {
  const main = props.fields.filter((one) => !one.advanced);
  const shownFirst = main.length > 0 ? main : props.fields;
  const rest = main.length > 0 ? props.fields.filter((one) => one.advanced) : [];
  // columns of a table are many short numbers: side by side
  const dense = shownFirst.filter((one) => one.kind === "number" || one.kind === "integer").length > 4;
  const restFaulty = rest.some((one) => props.faults[one.name]);
  return (
    <>
      {dense ? <Row fields={shownFirst} onChange={props.onChange} /> : null}
      <div class={dense ? "form-row fields" : "stack"}>{shownFirst.map((one) => <Control key={one.name} field={one} form={props} />)}</div>
      {rest.length > 0 ? (
        <details class="fold-down" open={restFaulty}>
          <summary>{t("try.advanced")}</summary>
          <div class="stack">{rest.map((one) => <Control key={one.name} field={one} form={props} />)}</div>
        </details>
      ) : null}
    </>
  );
}
