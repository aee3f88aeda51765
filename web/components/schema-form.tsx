// A form made of a model's input schema: text, numbers, switches, choices, lists, files; what it cannot read becomes a JSON field.
import type { ComponentChildren } from "preact";
import type { InputProperty, InputSchema } from "../api/answers.ts";
import { formatNumber } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { Checkbox } from "./choice.tsx";
import { Field } from "./field.tsx";
import { FileDrop } from "./file-drop.tsx";
import { Select } from "./select.tsx";
import { TextArea, TextField } from "./text-field.tsx";

/** What stands in the form; numbers and JSON as typed. */
export type SchemaValues = Record<string, string | boolean | File>;

export interface SchemaFormProps {
  schema: InputSchema;
  values: SchemaValues;
  onChange: (values: SchemaValues) => void;
  /** field -> sentence */
  errors?: Record<string, string>;
  /** another control for a file (drawing pad, samples); undefined: the usual one */
  fileControl?: (name: string, property: InputProperty, set: (file: File) => void, current: File | undefined) => ComponentChildren | undefined;
  maxFileBytes?: number;
}

type Kind = "text" | "long" | "number" | "integer" | "boolean" | "enum" | "file" | "json";

export function kindOf(property: InputProperty): Kind {
  const one = property.allOf?.[0] ? { ...property.allOf[0], ...property } : property;
  if (one.enum) return "enum";
  if (one.type === "string") return one.format === "uri" || one.format === "binary" ? "file" : (one.maxLength ?? Infinity) > 200 && one.format !== "password" ? "long" : "text";
  if (one.type === "number" || one.type === "integer" || one.type === "boolean") return one.type;
  return "json";
}

const enumOf = (property: InputProperty): (string | number)[] => property.enum ?? property.allOf?.[0]?.enum ?? [];

export function fieldsOf(schema: InputSchema): [string, InputProperty][] {
  return Object.entries(schema.properties ?? {}).sort(([, a], [, b]) => (a["x-order"] ?? 1e9) - (b["x-order"] ?? 1e9));
}

/** The form as it opens: defaults of the schema, kept values by name. */
export function initialValues(schema: InputSchema, kept: SchemaValues = {}): SchemaValues {
  const out: SchemaValues = {};
  for (const [name, property] of fieldsOf(schema)) {
    const kind = kindOf(property);
    const before = kept[name];
    if (before !== undefined && (before instanceof File) === (kind === "file")) out[name] = before;
    else if (kind === "boolean") out[name] = property.default === true;
    else if (kind === "json") out[name] = property.default === undefined ? "" : JSON.stringify(property.default);
    else if (kind !== "file") out[name] = property.default === undefined || property.default === null ? "" : String(property.default);
  }
  return out;
}

/** Reads the form: the input for the API, or a sentence for each field that is not right. Files stay File. */
export function readValues(schema: InputSchema, values: SchemaValues): { input: Record<string, unknown>; errors: Record<string, string> } {
  const input: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const [name, property] of fieldsOf(schema)) {
    const kind = kindOf(property);
    const value = values[name];
    const empty = value === undefined || value === "";
    if (empty && kind !== "boolean") {
      if (schema.required?.includes(name)) errors[name] = t("error.field_required");
      continue;
    }
    if (kind === "number" || kind === "integer") {
      const number = Number(String(value).normalize("NFKC").trim());
      const [min, max] = [property.minimum ?? -Infinity, property.maximum ?? Infinity];
      if (!Number.isFinite(number) || (kind === "integer" && !Number.isInteger(number))) errors[name] = t("error.field_invalid");
      else if (number < min || number > max) errors[name] = Number.isFinite(min) && Number.isFinite(max) ? t("error.number_between", { min, max }) : t("error.field_invalid");
      else input[name] = number;
    } else if (kind === "json") {
      try {
        input[name] = JSON.parse(String(value));
      } catch {
        errors[name] = t("error.field_json");
      }
    } else if (kind === "enum") {
      input[name] = enumOf(property).find((one) => String(one) === value) ?? value;
    } else {
      input[name] = value;
    }
  }
  return { input, errors };
}

function SchemaField({ name, property, form }: { name: string; property: InputProperty; form: SchemaFormProps }) {
  const kind = kindOf(property);
  const set = (value: string | boolean | File): void => form.onChange({ ...form.values, [name]: value });
  const value = form.values[name];
  const text = typeof value === "string" ? value : "";
  const common = {
    id: `input-${name}`,
    label: <bdi>{property.title ?? name}</bdi>,
    hint: property.description ? <bdi>{property.description}</bdi> : undefined,
    error: form.errors?.[name],
    optional: !form.schema.required?.includes(name) && kind !== "boolean" && property.default === undefined,
    name,
  };
  switch (kind) {
    case "boolean":
      return <Checkbox label={common.label} hint={common.hint} error={common.error} name={name} checked={value === true} onChange={set} />;
    case "enum":
      return <Select {...common} value={text} onChange={set} options={[...(common.optional ? [{ value: "", label: "–" }] : []), ...enumOf(property).map((one) => ({ value: String(one), label: String(one) }))]} />;
    case "number":
    case "integer": {
      const range = property.minimum !== undefined && property.maximum !== undefined ? `${formatNumber(property.minimum)} – ${formatNumber(property.maximum)}` : undefined;
      return <TextField {...common} value={text} onInput={set} numeric inputMode={kind === "integer" ? "numeric" : "decimal"} autocomplete="off" afterText={range} />;
    }
    case "long":
      return <TextArea {...common} value={text} onInput={set} rows={3} {...(property.maxLength ? { max: property.maxLength } : {})} />;
    case "json":
      return <TextArea {...common} value={text} onInput={set} rows={4} code />;
    case "file": {
      const current = value instanceof File ? value : undefined;
      const own = form.fileControl?.(name, property, set, current);
      return (
        <Field {...common}>
          {() => own ?? <FileDrop label={current ? current.name : (property.title ?? name)} onFiles={([first]) => { if (first) set(first.file); }} {...(form.maxFileBytes ? { maxBytes: form.maxFileBytes } : {})} />}
        </Field>
      );
    }
    case "text":
      return <TextField {...common} value={text} onInput={set} {...(property.maxLength ? { max: property.maxLength } : {})} />;
  }
}

/** Required fields and the first few; the rest folds away under "Advanced". */
export function SchemaForm(props: SchemaFormProps) {
  const fields = fieldsOf(props.schema);
  const needed = fields.filter(([name], i) => i < 3 || props.schema.required?.includes(name));
  const rest = fields.filter((one) => !needed.includes(one));
  const show = ([name, property]: [string, InputProperty]) => <SchemaField key={name} name={name} property={property} form={props} />;
  return (
    <div class="stack">
      {needed.map(show)}
      {rest.length > 0 ? (
        <details class="fold-down" open={rest.some(([name]) => props.errors?.[name])}>
          <summary>{t("try.advanced")}</summary>
          <div class="stack">{rest.map(show)}</div>
        </details>
      ) : null}
    </div>
  );
}
