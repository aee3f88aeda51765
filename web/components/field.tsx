// What each form field has around it: label above, hint and error under it, tied to the control by ids.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { t } from "../lib/messages.ts";

export interface FieldProps {
  label: ComponentChildren;
  hint?: ComponentChildren;
  error?: ComponentChildren;
  /** fields are required unless they say otherwise */
  optional?: boolean;
  /** id of the control; made when left out. A summary links to it */
  id?: string;
  class?: string;
  hideLabel?: boolean;
}

export interface Described {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": "true" | undefined;
}

/** The frame of a field; `children` gets what the control must carry. */
export function Field(props: FieldProps & { children: (described: Described) => ComponentChildren; after?: ComponentChildren }) {
  const made = useId();
  const id = props.id ?? made;
  const ids = [props.hint ? `${id}-hint` : "", props.error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div class={`field ${props.class ?? ""}`}>
      <label for={id} class={props.hideLabel ? "sr-only" : undefined}>
        {props.label}
        {props.optional ? <span class="optional"> ({t("common.optional")})</span> : null}
      </label>
      {props.children({ id, "aria-describedby": ids || undefined, "aria-invalid": props.error ? "true" : undefined })}
      {props.after}
      {props.hint ? <div class="hint" id={`${id}-hint`}>{props.hint}</div> : null}
      {props.error ? <div class="error" id={`${id}-error`}>{props.error}</div> : null}
    </div>
  );
}

/** A group of controls under one name. */
export function FieldGroup(props: { legend: ComponentChildren; hint?: ComponentChildren; error?: ComponentChildren; children: ComponentChildren; class?: string }) {
  const id = useId();
  const ids = [props.hint ? `${id}-hint` : "", props.error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <fieldset class={`field ${props.class ?? ""}`} aria-describedby={ids || undefined}>
      <legend>{props.legend}</legend>
      {props.children}
      {props.hint ? <div class="hint" id={`${id}-hint`}>{props.hint}</div> : null}
      {props.error ? <div class="error" id={`${id}-error`}>{props.error}</div> : null}
    </fieldset>
  );
}
