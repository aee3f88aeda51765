// Notices inside a page, banners above it, and the summary of a form's faults.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../lib/messages.ts";

export type Tone = "info" | "ok" | "warn" | "bad" | "plain";

export interface NoticeProps {
  tone?: Tone;
  title?: ComponentChildren;
  children?: ComponentChildren;
  actions?: ComponentChildren;
  /** read out when it appears: "alert" for money and errors, "status" else */
  live?: "alert" | "status";
  /** takes the focus when it appears (a changed price) */
  focus?: boolean;
}

export function Notice(props: NoticeProps) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (props.focus) ref.current?.focus();
  }, [props.focus]);
  return (
    <div ref={ref} class={`notice ${props.tone && props.tone !== "plain" ? `notice-${props.tone}` : ""}`} role={props.live} tabIndex={props.focus ? -1 : undefined}>
      <div>
        {props.title ? <strong>{props.title}</strong> : null}
        {props.children}
      </div>
      {props.actions ? <div class="row">{props.actions}</div> : null}
    </div>
  );
}

/** Over the whole width: offline, test clock, insecure address. */
export function Banner(props: { tone?: Tone; children: ComponentChildren }) {
  return (
    <div class={`notice banner notice-${props.tone ?? "warn"}`} role="status">
      <div>{props.children}</div>
    </div>
  );
}

/** the rest is marked at its fields */
const listed = 6;

/** Top of a form after a refused submit: takes the focus, links to the fields. */
export function FormSummary(props: { faults: { id: string; text: string }[]; rest?: ComponentChildren; still?: boolean }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!props.still) ref.current?.focus();
  }, [props.faults]);
  if (props.faults.length === 0 && !props.rest) return null;
  return (
    <div ref={ref} class="form-faults" role="alert" tabIndex={-1}>
      {props.faults.length > 0 ? <strong>{t("error.summary", { count: props.faults.length })}</strong> : null}
      {props.rest ? <div>{props.rest}</div> : null}
      {props.faults.length > 0 ? (
        <ul>
          {props.faults.slice(0, listed).map((one) => (
            <li key={one.id}>
              <a href={`#${one.id}`} onClick={(event) => {
                event.preventDefault();
                document.getElementById(one.id)?.focus();
              }}>{one.text}</a>
            </li>
          ))}
          {props.faults.length > listed ? <li>{t("error.more_marked", { count: props.faults.length - listed })}</li> : null}
        </ul>
      ) : null}
    </div>
  );
}
