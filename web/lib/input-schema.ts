// A model's input schema as form fields, what was typed as input, and a refusal as a fault of its field. No DOM.
import type { InputProperty, InputSchema } from "../api/answers.ts";

export type FieldKind = "text" | "choice" | "integer" | "number" | "boolean" | "numbers" | "strings" | "picture" | "file" | "json";

export interface InputField {
  name: string;
  title: string;
  description: string;
  /** which of the runner's own words title and description are, where they are no model's: a page has them in its language */
  words: string;
  kind: FieldKind;
  required: boolean;
  /** behind "Advanced": may be left as it is */
  advanced: boolean;
  initial: unknown;
  options: string[];
  /** options of a choice are numbers */
  numeric: boolean;
  min: number | undefined;
  max: number | undefined;
  minItems: number | undefined;
  maxItems: number | undefined;
}

/** What stands in the controls: text, or a switch. A picture or file is its data: or http address. */
export type FieldValue = string | boolean;
export type FieldValues = Record<string, FieldValue>;

export type FaultCode = "required" | "integer" | "number" | "min" | "max" | "count" | "numbers" | "json" | "text" | "picture" | "other";
export interface InputFault {
  code: FaultCode;
  /** limit, count or the place in a list */
  value?: string;
  /** the server's own words, when nothing better is known */
  text?: string;
}
export type InputFaults = Record<string, InputFault>;

interface Wide extends InputProperty {
  minItems?: number;
  maxItems?: number;
}

const picture = /image|picture|photo|mask|drawing|scan/i;

function kindOf(name: string, rule: Wide): FieldKind {
  if (rule.enum) return "choice";
  switch (rule.type) {
    case "string":
      if (rule.format !== "uri") return "text";
      return picture.test(name) || picture.test(rule.description ?? "") ? "picture" : "file";
    case "integer": return "integer";
    case "number": return "number";
    case "boolean": return "boolean";
    case "array":
      if (rule.items?.type === "number" || rule.items?.type === "integer") return "numbers";
      return rule.items?.type === "string" && rule.items.format !== "uri" ? "strings" : "json";
    default: return "json";
  }
}

/** Cog describes choices as allOf: [{ enum }]; the one part is as good as the property itself. */
const flat = (rule: InputProperty): Wide => (rule.allOf?.length === 1 ? { ...rule.allOf[0], ...rule, enum: rule.enum ?? rule.allOf[0]?.enum, type: rule.type ?? rule.allOf[0]?.type } as Wide : rule as Wide);

export function inputFields(schema: InputSchema): InputField[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {})
    .map(([name, property], i) => ({ name, rule: flat(property), order: property["x-order"] ?? 1_000 + i }))
    .sort((a, b) => a.order - b.order)
    .map(({ name, rule }) => ({
      name,
      title: rule.title ?? name,
      description: rule.description ?? "",
      words: rule["x-words"] ?? "",
      kind: kindOf(name, rule),
      required: required.has(name) && rule.default === undefined,
      advanced: !required.has(name),
      initial: rule.default,
      options: (rule.enum ?? []).map(String),
      numeric: (rule.enum ?? []).some((one) => typeof one === "number"),
      min: rule.minimum,
      max: rule.maximum,
      minItems: rule.minItems,
      maxItems: rule.maxItems,
    }));
}

function shown(field: InputField, value: unknown): FieldValue {
  if (field.kind === "boolean") return value === true;
  if (value === undefined || value === null) return "";
  if (field.kind === "numbers" && Array.isArray(value)) return value.join(", ");
  if (field.kind === "strings" && Array.isArray(value)) return value.join("\n");
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : JSON.stringify(value, null, 1);
}

export function startValues(fields: InputField[]): FieldValues {
  return Object.fromEntries(fields.map((one) => [one.name, shown(one, one.initial)]));
}

/** The values of an earlier run, by name: what the schema no longer has is dropped, what is new keeps its default. */
export function valuesOf(fields: InputField[], input: Record<string, unknown>): FieldValues {
  return Object.fromEntries(fields.map((one) => [one.name, shown(one, one.name in input ? input[one.name] : one.initial)]));
}

/** Full-width digits, the Japanese decimal point and grouping commas are read; nothing is guessed beyond that. */
function numberOf(text: string): number | undefined {
  let plain = text.normalize("NFKC").trim().replace(/[−ー－]/g, "-").replace(/[。．]/g, ".");
  if (/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain)) plain = plain.replaceAll(",", "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : undefined;
}

function within(field: InputField, value: number): InputFault | undefined {
  if (field.min !== undefined && value < field.min) return { code: "min", value: String(field.min) };
  if (field.max !== undefined && value > field.max) return { code: "max", value: String(field.max) };
  return undefined;
}

type Read = { value: unknown } | { fault: InputFault };

function read(field: InputField, raw: FieldValue): Read {
  if (typeof raw === "boolean") return { value: raw };
  switch (field.kind) {
    case "integer":
    case "number": {
      const value = numberOf(raw);
      if (value === undefined) return { fault: { code: field.kind } };
      if (field.kind === "integer" && !Number.isInteger(value)) return { fault: { code: "integer" } };
      const fault = within(field, value);
      return fault ? { fault } : { value };
    }
    case "choice": return { value: field.numeric ? Number(raw) : raw };
    case "numbers": {
      const parts = raw.normalize("NFKC").split(/[\s,;、，\t]+/).filter((one) => one !== "" && one !== "[" && one !== "]").map((one) => one.replace(/^\[|\]$/g, ""));
      const values = parts.map(numberOf);
      const bad = values.indexOf(undefined);
      if (bad >= 0) return { fault: { code: "numbers", value: parts[bad] ?? "" } };
      if ((field.minItems !== undefined && values.length < field.minItems) || (field.maxItems !== undefined && values.length > field.maxItems)) {
        return { fault: { code: "count", value: `${values.length}/${field.minItems ?? field.maxItems}` } };
      }
      return { value: values };
    }
    case "strings": return { value: raw.split("\n").filter((one) => one !== "") };
    case "json":
      try {
        return { value: JSON.parse(raw) as unknown };
      } catch {
        return { fault: { code: "json" } };
      }
    default: return { value: raw };
  }
}

/** The input of a run, or what is wrong, field by field. Empty optional fields are left out: the model has its default. */
export function inputOf(fields: InputField[], values: FieldValues): { input: Record<string, unknown>; faults: InputFaults } {
  const input: Record<string, unknown> = {};
  const faults: InputFaults = {};
  for (const field of fields) {
    const raw = values[field.name] ?? "";
    if (typeof raw === "string" && raw.trim() === "") {
      if (field.required) faults[field.name] = { code: "required" };
      continue;
    }
    const one = read(field, raw);
    if ("fault" in one) faults[field.name] = one.fault;
    else input[field.name] = one.value;
  }
  return { input, faults };
}

/** "radius: must be at least 0", as the server and the runner refuse an input: the field and what is wrong with it. */
export function faultOf(message: string, fields: InputField[]): { name: string; fault: InputFault } | undefined {
  const match = /^(?:[A-Za-z ]+: )?([^:\s][^:]*?)(?:\[\d+\])?(?:: | (?=(?:must|is|does|has) ))(.+)$/.exec(message.trim());
  const name = match?.[1];
  const text = match?.[2] ?? "";
  const field = fields.find((one) => one.name === name);
  if (!field) return undefined;
  const limit = /^must be at (least|most) (-?[\d.e+-]+)$/.exec(text);
  if (limit) return { name: field.name, fault: { code: limit[1] === "least" ? "min" : "max", value: limit[2] ?? "" } };
  const count = /^must (?:have|hold) (\d+) (?:entries|numbers)/.exec(text);
  if (count) return { name: field.name, fault: { code: "count", value: `?/${count[1]}` } };
  const known: [RegExp, FaultCode][] = [[/^is required|^must not be null/, "required"], [/^must be an integer|whole number/, "integer"], [/^must be a number/, "number"], [/^must be a string/, "text"], [/picture|base64/, "picture"]];
  const code = known.find(([pattern]) => pattern.test(text))?.[1];
  return { name: field.name, fault: code ? { code } : { code: "other", text } };
}
