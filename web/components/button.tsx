// Button does something, LinkButton goes somewhere. Busy keeps width and label; a disabled one can be reached and says why.
import type { ComponentChildren, Ref } from "preact";
import { useId } from "preact/hooks";

export type ButtonKind = "primary" | "plain" | "quiet" | "danger";

export interface ButtonProps {
  children: ComponentChildren;
  kind?: ButtonKind;
  type?: "button" | "submit" | "reset";
  onClick?: (event: MouseEvent) => void;
  /** shows "…" and takes no second click */
  busy?: boolean;
  disabled?: boolean;
  /** why it is disabled; shown beside it */
  reason?: string;
  small?: boolean;
  block?: boolean;
  /** accessible name when the children are only a picture */
  label?: string;
  form?: string;
  name?: string;
  value?: string;
  pressed?: boolean;
  expanded?: boolean;
  popup?: "menu" | "dialog" | "listbox";
  class?: string;
  /** gets the focus when its dialog opens */
  autofocus?: boolean;
  buttonRef?: Ref<HTMLButtonElement>;
}

const classes = (kind: ButtonKind, props: { small?: boolean; block?: boolean; class?: string }): string =>
  ["btn", `btn-${kind}`, props.small && "small", props.block && "block", props.class].filter(Boolean).join(" ");

export function Button(props: ButtonProps) {
  const { kind = "plain", type = "button", busy = false, disabled = false } = props;
  const reasonId = useId();
  const off = disabled || busy;
  const button = (
    <button
      ref={props.buttonRef ?? null}
      type={type}
      autofocus={props.autofocus}
      class={classes(kind, props)}
      aria-disabled={off ? "true" : undefined}
      aria-busy={busy ? "true" : undefined}
      aria-label={props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-haspopup={props.popup}
      aria-describedby={disabled && props.reason ? reasonId : undefined}
      form={props.form}
      name={props.name}
      value={props.value}
      onClick={(event) => {
        if (off) {
          event.preventDefault();
          event.stopPropagation();
          return;
        }
        props.onClick?.(event);
      }}
    >
      {props.children}
      {busy ? <span aria-hidden="true">…</span> : null}
    </button>
  );
  if (!disabled || !props.reason) return button;
  return (
    <span class="row">
      {button}
      <span class="hint" id={reasonId}>{props.reason}</span>
    </span>
  );
}

export interface LinkButtonProps {
  href: string;
  children: ComponentChildren;
  kind?: ButtonKind;
  small?: boolean;
  block?: boolean;
  download?: boolean | string;
  label?: string;
  class?: string;
}

export function LinkButton(props: LinkButtonProps) {
  return (
    <a class={classes(props.kind ?? "plain", props)} href={props.href} download={props.download} aria-label={props.label}>
      {props.children}
    </a>
  );
}
