// Checkbox, radios, and a switch for what takes effect at once.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { FieldGroup } from "./field.tsx";

export interface CheckboxProps {
  label: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
  hint?: ComponentChildren;
  error?: ComponentChildren;
  name?: string;
  value?: string;
  disabled?: boolean;
  required?: boolean;
  /** a number at the end of the line: how many results */
  count?: ComponentChildren;
  id?: string;
}

export function Checkbox(props: CheckboxProps) {
  const made = useId();
  const id = props.id ?? made;
  return (
    <div>
      <label class="check" for={id}>
        <input
          id={id}
          type="checkbox"
          name={props.name}
          value={props.value}
          checked={props.checked}
          disabled={props.disabled}
          required={props.required}
          aria-invalid={props.error ? "true" : undefined}
          aria-describedby={props.error ? `${id}-error` : undefined}
          onChange={(event) => props.onChange(event.currentTarget.checked)}
        />
        <span>
          {props.label}
          {props.hint ? <span class="hint">{props.hint}</span> : null}
        </span>
        {props.count === undefined ? null : <span class="count">{props.count}</span>}
      </label>
      {props.error ? <div class="error" id={`${id}-error`}>{props.error}</div> : null}
    </div>
  );
}

export interface RadioProps {
  legend: ComponentChildren;
  value: string;
  options: { value: string; label: ComponentChildren; hint?: ComponentChildren; disabled?: boolean }[];
  onChange: (value: string) => void;
  hint?: ComponentChildren;
  error?: ComponentChildren;
  name?: string;
}

export function Radio(props: RadioProps) {
  const made = useId();
  const name = props.name ?? made;
  return (
    <FieldGroup legend={props.legend} hint={props.hint} error={props.error}>
      {props.options.map((one) => (
        <label class="check" key={one.value}>
          <input type="radio" name={name} value={one.value} checked={one.value === props.value} disabled={one.disabled} onChange={() => props.onChange(one.value)} />
          <span>
            {one.label}
            {one.hint ? <span class="hint">{one.hint}</span> : null}
          </span>
        </label>
      ))}
    </FieldGroup>
  );
}

/** Only where the effect is at once; in a form with a save button use Checkbox. */
export function Switch(props: { label: ComponentChildren; checked: boolean; onChange: (checked: boolean) => void; hint?: ComponentChildren; disabled?: boolean }) {
  const id = useId();
  return (
    <label class="check" for={id}>
      <input id={id} class="switch" type="checkbox" role="switch" checked={props.checked} disabled={props.disabled} onChange={(event) => props.onChange(event.currentTarget.checked)} />
      <span>
        {props.label}
        {props.hint ? <span class="hint">{props.hint}</span> : null}
      </span>
    </label>
  );
}
