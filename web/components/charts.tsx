// Own SVG charts: a line without axes, bars, stacked bars. Zero baseline; the same figures as a table below; arrows read them out.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { formatCompact } from "../lib/format.ts";
import { t } from "../lib/messages.ts";

/** A drawn value: a number, or a decimal string of the API; only its height is made of it. */
export type Drawn = number | string;

const height = (value: Drawn): number => Number(value);

export interface SparklineProps {
  values: Drawn[];
  /** what it shows, read out: "Downloads of the last 30 days" */
  label: string;
}

export function Sparkline({ values, label }: SparklineProps) {
  const points = values.map(height);
  const most = Math.max(...points, 0);
  if (points.length < 2 || most === 0) return null;
  const path = points.map((one, i) => `${i === 0 ? "M" : "L"}${((i / (points.length - 1)) * 70 + 1).toFixed(1)} ${(19 - (one / most) * 17).toFixed(1)}`).join("");
  return <svg class="sparkline" viewBox="0 0 72 20" role="img" aria-label={label}><path d={path} /></svg>;
}

export interface ChartPoint {
  /** on the axis and in the table: a day, a name */
  label: string;
  /** one per series */
  values: Drawn[];
  /** the same as people read them, with unit or currency */
  texts: string[];
  /** shorter, for the axis: "1 Feb" */
  tick?: string;
}

export interface StackedBarsProps {
  title: string;
  description?: string;
  series: string[];
  points: ChartPoint[];
  /** head of the table's first column */
  pointHead?: string;
  /** text of a value on the axis; compact numbers by default */
  axis?: (value: number) => string;
  /** the page itself has the same figures as a table beside it */
  bare?: boolean;
}

function niceTop(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 2.5, 5, 10].find((one) => one * power >= most) ?? 10) * power;
}

const tall = 200;
const left = 48;
const below = 24;

export function StackedBars(props: StackedBarsProps) {
  const id = useId();
  const [at, setAt] = useState<number | undefined>();
  // drawn at its real width, so that its letters keep their size
  const [width, setWidth] = useState(640);
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!frame.current) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(Math.max(240, Math.round(entry.contentRect.width)));
    });
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const points = props.points.slice(-366);
  const sums = points.map((one) => one.values.reduce<number>((sum, value) => sum + Math.max(0, height(value)), 0));
  const top = niceTop(Math.max(...sums, 0));
  const step = (width - left) / Math.max(points.length, 1);
  const bar = Math.max(1, Math.min(step * 0.72, 48));
  const y = (value: number): number => tall - (value / top) * (tall - 12);
  const every = Math.max(1, Math.ceil((points.length * 84) / (width - left)));
  const axis = props.axis ?? formatCompact;
  const chosen = at === undefined ? undefined : points[at];
  const read = chosen ? `${chosen.label}: ${props.series.length > 1 ? props.series.map((one, k) => `${one} ${chosen.texts[k] ?? ""}`).join(" · ") : (chosen.texts[0] ?? "")}` : "";
  const move = (event: KeyboardEvent): void => {
    const last = points.length - 1;
    const to = event.key === "ArrowRight" ? Math.min((at ?? -1) + 1, last) : event.key === "ArrowLeft" ? Math.max((at ?? last + 1) - 1, 0) : event.key === "Home" ? 0 : event.key === "End" ? last : undefined;
    if (to === undefined) return;
    event.preventDefault();
    setAt(to);
  };
  return (
    <figure class="chart" ref={frame}>
      <svg
        viewBox={`0 0 ${width} ${tall + below}`}
        role="img"
        aria-labelledby={`${id}-title ${id}-text`}
        tabIndex={0}
        onKeyDown={move}
        onBlur={() => setAt(undefined)}
        onPointerLeave={() => setAt(undefined)}
        onPointerMove={(event) => {
          const place = event.currentTarget.getBoundingClientRect();
          const index = Math.floor((((event.clientX - place.left) / place.width) * width - left) / step);
          setAt(index >= 0 && index < points.length ? index : undefined);
        }}
      >
        <title id={`${id}-title`}>{props.title}</title>
        <desc id={`${id}-text`}>{props.description ?? ""}</desc>
        <defs>
          {[2, 3, 4, 5, 6].map((k) => (
            <pattern key={k} id={`${id}-p${k}`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform={`rotate(${k * 36})`}><line class="hatch" x1="0" y1="0" x2="0" y2="6" /></pattern>
          ))}
        </defs>
        {[0.5, 1].map((share) => (
          <g key={share}>
            <line class="grid" x1={left} x2={width} y1={y(top * share)} y2={y(top * share)} />
            <text x={left - 8} y={y(top * share) + 4} text-anchor="end">{axis(top * share)}</text>
          </g>
        ))}
        {points.map((one, i) => {
          let sum = 0;
          return one.values.map((value, k) => {
            const part = Math.max(0, height(value));
            const from = sum;
            sum += part;
            if (part === 0) return null;
            const place = { x: left + i * step + (step - bar) / 2, y: y(from + part), width: bar, height: Math.max(y(from) - y(from + part), 0.5) };
            const colour = (k % 6) + 1;
            return (
              <g key={`${i}-${k}`}>
                <rect class={`s${colour}`} {...place} />
                {colour > 1 && bar > 4 ? <rect {...place} fill={`url(#${id}-p${colour})`} /> : null}
              </g>
            );
          });
        })}
        <line class="axis" x1={left} x2={width} y1={tall} y2={tall} />
        {points.map((one, i) => (i % every === 0 ? <text key={i} x={left + i * step + step / 2} y={tall + 16} text-anchor="middle">{one.tick ?? one.label}</text> : null))}
        {at === undefined ? null : <line class="cursor" x1={left + at * step + step / 2} x2={left + at * step + step / 2} y1="0" y2={tall} />}
      </svg>
      <div class="readout" role="status">{read}</div>
      {props.series.length > 1 ? (
        <ul class="legend">
          {props.series.map((one, k) => (
            <li key={one}>
              <svg viewBox="0 0 14 14" aria-hidden="true"><rect class={`s${(k % 6) + 1}`} width="14" height="14" />{k % 6 > 0 ? <rect width="14" height="14" fill={`url(#${id}-p${(k % 6) + 1})`} /> : null}</svg>
              <bdi>{one}</bdi>
            </li>
          ))}
        </ul>
      ) : null}
      {props.bare ? null : <details class="fold-down">
        <summary>{t("common.table_of")}</summary>
        <div class="scroll" tabIndex={0} role="region" aria-label={props.title}>
          <table class="table compact">
            <caption class="sr-only">{props.title}</caption>
            <thead><tr><th scope="col">{props.pointHead ?? t("common.date")}</th>{props.series.map((one) => <th key={one} scope="col" class="num"><bdi>{one}</bdi></th>)}</tr></thead>
            <tbody>{points.map((one) => <tr key={one.label}><th scope="row">{one.label}</th>{one.texts.map((text, k) => <td key={k} class="num">{text}</td>)}</tr>)}</tbody>
          </table>
        </div>
      </details>}
    </figure>
  );
}

export interface BarsProps {
  title: string;
  description?: string;
  /** name of what is drawn: "Runs" */
  name: string;
  points: { label: string; value: Drawn; text: string; tick?: string }[];
  pointHead?: string;
  axis?: (value: number) => string;
  bare?: boolean;
}

export function Bars({ name, points, ...rest }: BarsProps): ComponentChildren {
  return <StackedBars {...rest} series={[name]} points={points.map((one) => ({ label: one.label, values: [one.value], texts: [one.text], ...(one.tick ? { tick: one.tick } : {}) }))} />;
}
