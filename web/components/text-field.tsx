// One line or several lines of text, passwords, and money typed in the reader's own way.
import type { ComponentChildren, Ref } from "preact";
import { useState } from "preact/hooks";
import { formatMoney, parseMoney, type Parsed } from "../lib/money.ts";
import { graphemes } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { Field, type FieldProps } from "./field.tsx";

export interface TextFieldProps extends FieldProps {
  value: string;
  onInput: (value: string) => void;
  /** on leaving a changed field: the time to validate */
  onBlur?: () => void;
  name?: string;
  type?: "text" | "password" | "email" | "url" | "search" | "date" | "number";
  inputMode?: "text" | "decimal" | "numeric" | "email" | "url";
  autocomplete?: string;
  placeholder?: string;
  /** limit in characters as a reader counts them; shows a counter */
  max?: number;
  min?: string;
  maxValue?: string;
  step?: string;
  required?: boolean;
  readOnly?: boolean;
  disabled?: boolean;
  /** shown before and after the control: a unit, a currency */
  before?: ComponentChildren;
  afterText?: ComponentChildren;
  numeric?: boolean;
  spellcheck?: boolean;
  lang?: string;
  inputRef?: Ref<HTMLInputElement>;
}

function Counter({ text, max }: { text: string; max: number }) {
  const left = max - graphemes(text);
  if (left > max / 5 && left > 20) return null;
  return <div class={left < 0 ? "error" : "hint"}>{left < 0 ? t("common.chars_over", { count: -left }) : t("common.chars_left", { count: left })}</div>;
}

export function TextField(props: TextFieldProps) {
  const [shown, setShown] = useState(false);
  const type = props.type === "password" && shown ? "text" : (props.type ?? "text");
  return (
    <Field {...props} after={props.max ? <Counter text={props.value} max={props.max} /> : undefined}>
      {(described) => {
        const input = (
          <input
            {...described}
            ref={props.inputRef ?? null}
            class={props.numeric ? "num" : undefined}
            type={type as "text"}
            name={props.name}
            value={props.value}
            inputMode={props.inputMode}
            autocomplete={props.autocomplete as never}
            placeholder={props.placeholder}
            required={props.required}
            readOnly={props.readOnly}
            disabled={props.disabled}
            min={props.min}
            max={props.maxValue}
            step={props.step}
            spellcheck={props.spellcheck}
            lang={props.lang}
            onInput={(event) => props.onInput(event.currentTarget.value)}
            onBlur={() => props.onBlur?.()}
          />
        );
        if (!props.before && !props.afterText && props.type !== "password") return input;
        return (
          <div class="affix">
            {props.before ? <span>{props.before}</span> : null}
            {input}
            {props.afterText ? <span>{props.afterText}</span> : null}
            {props.type === "password" ? (
              <button type="button" class="btn btn-quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>{shown ? t("common.hide") : t("common.show")}</button>
            ) : null}
          </div>
        );
      }}
    </Field>
  );
}

export interface TextAreaProps extends FieldProps {
  value: string;
  onInput: (value: string) => void;
  onBlur?: () => void;
  name?: string;
  rows?: number;
  max?: number;
  /** fixed width, for JSON and code */
  code?: boolean;
  required?: boolean;
  readOnly?: boolean;
  placeholder?: string;
  lang?: string;
}

export function TextArea(props: TextAreaProps) {
  return (
    <Field {...props} after={props.max ? <Counter text={props.value} max={props.max} /> : undefined}>
      {(described) => (
        <textarea
          {...described}
          class={props.code ? "code" : undefined}
          name={props.name}
          rows={props.rows ?? 4}
          value={props.value}
          required={props.required}
          readOnly={props.readOnly}
          placeholder={props.placeholder}
          lang={props.lang}
          spellcheck={props.code ? false : undefined}
          onInput={(event) => props.onInput(event.currentTarget.value)}
          onBlur={() => props.onBlur?.()}
        />
      )}
    </Field>
  );
}

export interface MoneyFieldProps extends FieldProps {
  /** what stands in the field */
  value: string;
  currency: string;
  onInput: (value: string) => void;
  /** on leaving: what it was read as; `amount` of a good one is the decimal string for the API */
  onRead?: (parsed: Parsed) => void;
  name?: string;
  required?: boolean;
  negative?: boolean;
  readOnly?: boolean;
}

/** The sentence for an amount that could not be read; undefined when it is good or empty. */
export function amountError(parsed: Parsed): string | undefined {
  if (parsed.ok || parsed.code === "empty") return undefined;
  if (parsed.code === "unclear") return t("error.amount_unclear", { one: parsed.one, two: parsed.two });
  if (parsed.code === "places") return t("error.amount_places");
  if (parsed.code === "too_large") return t("error.amount_large");
  if (parsed.code === "negative") return t("error.amount_negative");
  return t("error.invalid_amount");
}

export function MoneyField(props: MoneyFieldProps) {
  const [own, setOwn] = useState<string | undefined>();
  const read = (): void => {
    const parsed = parseMoney(props.value, { negative: props.negative ?? false });
    setOwn(amountError(parsed));
    if (parsed.ok) props.onInput(formatMoney({ amount: parsed.amount, currency: props.currency }, { display: "none" }));
    props.onRead?.(parsed);
  };
  return (
    <TextField
      label={props.label}
      hint={props.hint}
      error={props.error ?? own}
      optional={props.optional ?? false}
      hideLabel={props.hideLabel ?? false}
      {...(props.id ? { id: props.id } : {})}
      {...(props.name ? { name: props.name } : {})}
      value={props.value}
      onInput={(value) => {
        setOwn(undefined);
        props.onInput(value);
      }}
      onBlur={read}
      inputMode="decimal"
      autocomplete="off"
      numeric
      afterText={props.currency}
      required={props.required ?? false}
      readOnly={props.readOnly ?? false}
    />
  );
}
