// A text box with a list: for more than 15 options, for many choices, for options that a search gives. IME safe.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../lib/messages.ts";
import { Field, type FieldProps } from "./field.tsx";
import type { Option } from "./select.tsx";

export interface ComboboxProps extends FieldProps {
  /** chosen values; one at most unless `multi` */
  values: string[];
  onChange: (values: string[]) => void;
  /** all options, filtered here; or what `search` gives */
  options?: Option[];
  search?: (text: string, signal: AbortSignal) => Promise<Option[]>;
  multi?: boolean;
  placeholder?: string;
  /** label of a value that is not among the options */
  labelOf?: (value: string) => string;
}

const shown = 50;

export function Combobox(props: ComboboxProps) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const [found, setFound] = useState<Option[] | undefined>();
  const list = useId();
  const input = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const composing = useRef(false);

  useEffect(() => {
    if (!props.search || !open) return undefined;
    const control = new AbortController();
    const search = props.search;
    const timer = setTimeout(() => {
      search(text, control.signal).then((options) => { if (!control.signal.aborted) setFound(options); }, () => { if (!control.signal.aborted) setFound([]); });
    }, 150);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [text, open]);

  const needle = text.normalize("NFKC").toLocaleLowerCase();
  const options = (props.search ? (found ?? []) : (props.options ?? []).filter((one) => one.label.normalize("NFKC").toLocaleLowerCase().includes(needle)))
    .filter((one) => !props.multi || !props.values.includes(one.value)).slice(0, shown);
  const active = Math.min(at, options.length - 1);
  const label = (value: string): string => props.labelOf?.(value) ?? [...(props.options ?? []), ...(found ?? [])].find((one) => one.value === value)?.label ?? value;

  const choose = (option: Option | undefined): void => {
    if (!option || option.disabled) return;
    props.onChange(props.multi ? [...props.values, option.value] : [option.value]);
    setText("");
    setAt(0);
    if (!props.multi) setOpen(false);
    input.current?.focus();
  };
  const keys = (event: KeyboardEvent): void => {
    if (composing.current || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) setOpen(true);
      else setAt((Math.max(active, 0) + (event.key === "ArrowDown" ? 1 : options.length - 1)) % Math.max(options.length, 1));
    } else if (open && event.key === "Home" && text === "") {
      event.preventDefault();
      setAt(0);
    } else if (open && event.key === "End" && text === "") {
      event.preventDefault();
      setAt(options.length - 1);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      choose(options[active]);
    } else if (event.key === "Escape" && (text !== "" || open)) {
      event.preventDefault();
      event.stopPropagation();
      if (text !== "") setText("");
      else setOpen(false);
    } else if (event.key === "Backspace" && text === "" && props.values.length > 0) {
      props.onChange(props.values.slice(0, -1));
    }
  };

  return (
    <Field {...props}>
      {(described) => (
        <div
          class="combobox"
          ref={box}
          onFocusOut={(event) => {
            if (!box.current?.contains(event.relatedTarget as Node | null)) {
              setOpen(false);
              setText("");
            }
          }}
        >
          <div class="box" onClick={() => input.current?.focus()}>
            {props.multi ? props.values.map((value) => (
              <span class="chip" key={value}>
                <bdi>{label(value)}</bdi>
                <button type="button" aria-label={t("common.remove_what", { what: label(value) })} onClick={() => props.onChange(props.values.filter((one) => one !== value))}><span aria-hidden="true">✕</span></button>
              </span>
            )) : null}
            <input
              {...described}
              ref={input}
              type="text"
              role="combobox"
              aria-expanded={open}
              aria-controls={list}
              aria-autocomplete="list"
              aria-activedescendant={open && options[active] ? `${list}-${active}` : undefined}
              autocomplete="off"
              placeholder={props.multi && props.values.length > 0 ? undefined : props.placeholder}
              value={text || (props.multi || open ? text : props.values[0] === undefined ? "" : label(props.values[0]))}
              onCompositionStart={() => { composing.current = true; }}
              onCompositionEnd={(event) => {
                composing.current = false;
                setText(event.currentTarget.value);
              }}
              onInput={(event) => {
                setOpen(true);
                setAt(0);
                if (!composing.current) setText(event.currentTarget.value);
              }}
              onClick={() => setOpen(true)}
              onKeyDown={keys}
            />
          </div>
          <ul class="listbox" role="listbox" id={list} hidden={!open}>
            {options.map((one, i) => (
              <li
                key={one.value}
                id={`${list}-${i}`}
                role="option"
                class={i === active ? "active" : undefined}
                aria-selected={props.values.includes(one.value)}
                aria-disabled={one.disabled ? "true" : undefined}
                onPointerDown={(event) => {
                  event.preventDefault();
                  choose(one);
                }}
                onPointerMove={() => setAt(i)}
              >
                <bdi>{one.label}</bdi>
              </li>
            ))}
            {open && options.length === 0 ? <li class="none" role="presentation">{props.search && found === undefined ? t("common.loading") : t("common.no_match")}</li> : null}
          </ul>
          <span class="sr-only" role="status">{open && options.length > 0 ? t("common.options_count", { count: options.length }) : ""}</span>
        </div>
      )}
    </Field>
  );
}
