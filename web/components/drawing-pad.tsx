// A pad to draw one picture on: pen, width, undo, clear, previews of few pixels. Keyboard: arrows move, Space sets a dot, Shift with arrows draws a line.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { padCells, padSize, paint, shrink, type Stroke } from "../lib/drawing.ts";
import { remember, remembered } from "../lib/drafts.ts";
import { t } from "../lib/messages.ts";
import { Button } from "./button.tsx";
import { Checkbox } from "./choice.tsx";

export interface DrawingPadProps {
  label: string;
  /** a PNG as data: address, or "" for an empty pad */
  onChange: (picture: string) => void;
  disabled?: boolean;
  /** what the model is used to, if that is known: dark ink on white */
  dark?: boolean | undefined;
}

const widths = [["thin", 14], ["medium", 26], ["thick", 38]] as const;
const previews = [8, 28];
const cell = padSize / padCells;
const centre = (at: number): number => (at + 0.5) * cell;

function Preview({ of, n, version }: { of: HTMLCanvasElement | null; n: number; version: number }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pixels = of?.getContext("2d", { willReadFrequently: true })?.getImageData(0, 0, padSize, padSize);
    if (pixels) ref.current?.getContext("2d")?.putImageData(shrink(pixels, n), 0, 0);
  }, [of, n, version]);
  return (
    <figure class="pad-preview">
      <canvas ref={ref} width={n} height={n} aria-hidden="true" />
      <figcaption>{n}×{n}</figcaption>
    </figure>
  );
}

export function DrawingPad(props: DrawingPadProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [sent] = useState(() => Object.assign(document.createElement("canvas"), { width: padSize, height: padSize }));
  const [strokes, setStrokes] = useState<Stroke[]>([]);
  const [pen, setPen] = useState<number>(widths[1][1]);
  const [dark, setDark] = useState(props.dark ?? remembered("pad-dark") !== "0");
  const [fit, setFit] = useState(remembered("pad-fit") !== "0");
  const [cursor, setCursor] = useState<{ x: number; y: number } | undefined>();
  const [version, setVersion] = useState(0);
  const drawing = useRef<number | undefined>(undefined);
  const help = useId();

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    paint(context, strokes, { dark, fit: false });
    if (!cursor) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.lineWidth = 2;
    context.strokeStyle = "#3aa0b4";
    context.strokeRect(cursor.x * cell + 1, cursor.y * cell + 1, cell - 2, cell - 2);
  }, [strokes, dark, cursor]);

  const told = useRef(false);
  useEffect(() => {
    if (drawing.current !== undefined) return;
    const context = sent.getContext("2d", { willReadFrequently: true });
    if (!context) return;
    paint(context, strokes, { dark, fit });
    setVersion((one) => one + 1);
    // an untouched pad says nothing: the field may hold a picture already
    if (strokes.length === 0 && !told.current) return;
    told.current = true;
    props.onChange(strokes.length === 0 ? "" : sent.toDataURL("image/png"));
  }, [strokes, dark, fit]);

  const at = (event: PointerEvent): { x: number; y: number } => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * padSize, y: ((event.clientY - box.top) / box.height) * padSize };
  };
  const down = (event: PointerEvent): void => {
    if (props.disabled || event.button !== 0) return;
    event.preventDefault();
    const place = event.currentTarget as HTMLElement;
    place.setPointerCapture(event.pointerId);
    place.focus({ preventScroll: true });
    setCursor(undefined);
    drawing.current = event.pointerId;
    const first = at(event);
    setStrokes((all) => [...all, { width: pen, points: [first] }]);
  };
  const move = (event: PointerEvent): void => {
    if (drawing.current !== event.pointerId) return;
    const next = at(event);
    setStrokes((all) => all.map((one, i) => (i === all.length - 1 ? { ...one, points: [...one.points, next] } : one)));
  };
  const up = (event: PointerEvent): void => {
    if (drawing.current !== event.pointerId) return;
    drawing.current = undefined;
    setStrokes((all) => [...all]);
  };
  const undo = (): void => setStrokes((all) => all.slice(0, -1));

  const keys = (event: KeyboardEvent): void => {
    if (props.disabled) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const from = cursor ?? { x: Math.floor(padCells / 2), y: Math.floor(padCells / 2) };
    if (step) {
      const to = { x: Math.min(padCells - 1, Math.max(0, from.x + (step[0] ?? 0))), y: Math.min(padCells - 1, Math.max(0, from.y + (step[1] ?? 0))) };
      setCursor(cursor ? to : from);
      if (event.shiftKey && cursor) setStrokes((all) => [...all, { width: pen, points: [{ x: centre(from.x), y: centre(from.y) }, { x: centre(to.x), y: centre(to.y) }] }]);
    } else if (event.key === " ") {
      setCursor(from);
      setStrokes((all) => [...all, { width: pen, points: [{ x: centre(from.x), y: centre(from.y) }] }]);
    } else if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) {
      undo();
    } else {
      return;
    }
    event.preventDefault();
  };

  return (
    <div class="pad">
      <div
        class="pad-area"
        role="application"
        tabIndex={0}
        aria-label={props.label}
        aria-describedby={help}
        aria-disabled={props.disabled ? "true" : undefined}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onKeyDown={keys}
        onBlur={() => setCursor(undefined)}
      >
        <canvas ref={canvas} width={padSize} height={padSize} aria-hidden="true" />
      </div>
      <div class="pad-tools">
        <div class="row" role="radiogroup" aria-label={t("try.pen")}>
          {widths.map(([name, width]) => (
            <label class="pen" key={name}>
              <input type="radio" name={`${help}-pen`} checked={pen === width} onChange={() => setPen(width)} />
              <span>{name === "thin" ? t("try.pen_thin") : name === "medium" ? t("try.pen_medium") : t("try.pen_thick")}</span>
            </label>
          ))}
        </div>
        <div class="row">
          <Button small disabled={strokes.length === 0} onClick={undo}>{t("common.undo")}</Button>
          <Button small disabled={strokes.length === 0} onClick={() => setStrokes([])}>{t("common.clear")}</Button>
        </div>
        <Checkbox label={t("try.pad_fit")} checked={fit} onChange={(on) => {
          remember("pad-fit", on ? "1" : "0");
          setFit(on);
        }} />
        <Checkbox label={t("try.pad_dark")} checked={dark} onChange={(on) => {
          remember("pad-dark", on ? "1" : "0");
          setDark(on);
        }} />
        <div class="row" aria-label={t("try.pad_sees")} role="group">
          {previews.map((n) => <Preview key={n} of={sent} n={n} version={version} />)}
        </div>
      </div>
      <p class="hint" id={help}>{t("try.pad_help")}</p>
      <span class="sr-only" role="status">{cursor ? t("try.pad_at", { column: cursor.x + 1, row: cursor.y + 1 }) : ""}</span>
    </div>
  );
}
