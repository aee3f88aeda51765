// Native select; more than 15 options: Combobox.
import { Field, type FieldProps } from "./field.tsx";

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
}

export interface SelectProps extends FieldProps {
  value: string;
  options: Option[];
  onChange: (value: string) => void;
  name?: string;
  required?: boolean;
  disabled?: boolean;
}

export function Select(props: SelectProps) {
  return (
    <Field {...props}>
      {(described) => (
        <div class="select">
          <select {...described} class="input" name={props.name} required={props.required} disabled={props.disabled} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
            {props.options.map((one) => (
              <option key={one.value} value={one.value} disabled={one.disabled} selected={one.value === props.value}>{one.label}</option>
            ))}
          </select>
        </div>
      )}
    </Field>
  );
}
