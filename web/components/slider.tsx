// A slider with a field beside it; the field is the truth. A logarithmic one for amounts from a hundred to a million.
import { useEffect, useId, useState } from "preact/hooks";
import { formatNumber } from "../lib/format.ts";
import { parseMoney } from "../lib/money.ts";
import { t } from "../lib/messages.ts";

export interface SliderProps {
  label: string;
  /** an integer */
  value: number;
  onChange: (value: number) => void;
  min: number;
  max: number;
  /** the field accepts up to this, the slider ends at max */
  fieldMax?: number;
  logarithmic?: boolean;
  unit?: string;
  error?: string;
}

const steps = 200;

export function Slider(props: SliderProps) {
  const id = useId();
  const [text, setText] = useState(formatNumber(props.value));
  const [fault, setFault] = useState(false);
  useEffect(() => {
    setText(formatNumber(props.value));
    setFault(false);
  }, [props.value]);
  const shift = 1 - props.min;
  const span = Math.log(props.max + shift);
  const toPlace = (value: number): number => (props.logarithmic ? Math.round((Math.log(Math.min(Math.max(value, props.min), props.max) + shift) / span) * steps) : value);
  const toValue = (place: number): number => {
    if (!props.logarithmic) return place;
    const exact = Math.exp((place / steps) * span) - shift;
    if (place >= steps) return props.max;
    const round = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(exact, 1))) - 1);
    return Math.max(props.min, Math.round(exact / round) * round);
  };
  const read = (): void => {
    const parsed = parseMoney(text);
    const value = parsed.ok && !parsed.amount.includes(".") ? Number(parsed.amount) : Number.NaN;
    const ok = Number.isSafeInteger(value) && value >= props.min && value <= (props.fieldMax ?? Number.MAX_SAFE_INTEGER);
    setFault(!ok);
    if (ok) {
      setText(formatNumber(value));
      if (value !== props.value) props.onChange(value);
    }
  };
  const error = props.error ?? (fault ? t("error.number_between", { min: props.min, max: props.fieldMax ?? Number.MAX_SAFE_INTEGER }) : undefined);
  return (
    <div class="field">
      <label for={`${id}-field`}>{props.label}</label>
      <div class="slider">
        <input
          type="range"
          aria-label={props.label}
          aria-valuetext={`${formatNumber(props.value)} ${props.unit ?? ""}`.trim()}
          min={props.logarithmic ? 0 : props.min}
          max={props.logarithmic ? steps : props.max}
          value={toPlace(props.value)}
          onInput={(event) => props.onChange(toValue(Number(event.currentTarget.value)))}
        />
        <div class="affix">
          <input
            id={`${id}-field`}
            class="num"
            inputMode="numeric"
            autocomplete="off"
            value={text}
            aria-invalid={error ? "true" : undefined}
            aria-describedby={error ? `${id}-error` : undefined}
            onInput={(event) => setText(event.currentTarget.value)}
            onBlur={read}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.isComposing) {
                event.preventDefault();
                read();
              }
            }}
          />
          {props.unit ? <span>{props.unit}</span> : null}
        </div>
      </div>
      {error ? <div class="error" id={`${id}-error`}>{error}</div> : null}
    </div>
  );
}
