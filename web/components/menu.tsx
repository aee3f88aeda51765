// A button with a list of actions: arrows, Home, End, first letters, Esc. Actions only; links to pages are links.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { ButtonKind } from "./button.tsx";

export interface MenuItem {
  label: string;
  onSelect: () => void;
  disabled?: boolean;
  /** one of several: marked by ✓ */
  checked?: boolean;
  hint?: ComponentChildren;
}

export interface MenuProps {
  label: ComponentChildren;
  /** accessible name when the label is a picture */
  name?: string;
  items: MenuItem[];
  kind?: ButtonKind;
  head?: ComponentChildren;
}

export function Menu(props: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const items = (): HTMLElement[] => Array.from(root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? []);
  const close = (focus: boolean): void => {
    setOpen(false);
    if (focus) button.current?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    items()[0]?.focus();
    const outside = (event: PointerEvent): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);
  const keys = (event: KeyboardEvent): void => {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    let to: number | undefined;
    if (event.key === "ArrowDown") to = (at + 1) % all.length;
    else if (event.key === "ArrowUp") to = (at - 1 + all.length) % all.length;
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = all.length - 1;
    else if (event.key === "Escape") return close(true);
    else if (event.key === "Tab") return setOpen(false);
    else if (event.key.length === 1 && /\S/.test(event.key)) {
      const letter = event.key.toLocaleLowerCase();
      const order = [...all.slice(at + 1), ...all.slice(0, at + 1)];
      to = all.indexOf(order.find((one) => one.textContent?.toLocaleLowerCase().startsWith(letter)) ?? (all[at] as HTMLElement));
    }
    if (to === undefined) return undefined;
    event.preventDefault();
    all[to]?.focus();
    return undefined;
  };
  return (
    <div class="menu" ref={root}>
      <button
        ref={button}
        type="button"
        class={`btn btn-${props.kind ?? "plain"}`}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        aria-label={props.name}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" && !open) {
            event.preventDefault();
            setOpen(true);
          }
        }}
      >
        {props.label}
      </button>
      {open ? (
        <div class="menu-items" role="menu" id={id} onKeyDown={keys}>
          {props.head ? <div class="head" role="presentation">{props.head}</div> : null}
          {props.items.map((one) => (
            <button
              type="button"
              key={one.label}
              role={one.checked === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={one.checked}
              aria-disabled={one.disabled ? "true" : undefined}
              tabIndex={-1}
              onClick={() => {
                if (one.disabled) return;
                close(true);
                one.onSelect();
              }}
            >
              <span>
                {one.label}
                {one.hint ? <span class="hint" style={{ display: "block" }}>{one.hint}</span> : null}
              </span>
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
