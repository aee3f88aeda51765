// What stands where content is not: Skeleton, EmptyState, ErrorPanel; and useLoad, which keeps the four apart.
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, isApiError } from "../api/client.ts";
import { formatDuration } from "../lib/format.ts";
import { hasMessage, t, tFor } from "../lib/messages.ts";
import { withQuery } from "../lib/url.ts";
import { Button, LinkButton } from "./button.tsx";
import { CopyButton } from "./copy.tsx";

/** Grey bars of the height of what comes; drawn only after 150 ms. */
export function Skeleton({ lines = 3, height }: { lines?: number; height?: string }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="skeleton" aria-busy="true">
      <i class="sr-only">{t("common.loading")}</i>
      {Array.from({ length: lines }, (_, i) => <span key={i} aria-hidden="true" style={{ minHeight: height ?? "1.6em", visibility: shown ? "visible" : "hidden" }} />)}
    </div>
  );
}

export interface EmptyStateProps {
  title: ComponentChildren;
  children?: ComponentChildren;
  /** one button or link */
  action?: ComponentChildren;
}

export function EmptyState(props: EmptyStateProps) {
  return (
    <div class="empty">
      <h2>{props.title}</h2>
      {props.children ? <p>{props.children}</p> : null}
      {props.action}
    </div>
  );
}

/** The sentence for an error: by details.reason, by code, by status; never the English of the server alone. */
export function errorText(error: unknown): string {
  if (!isApiError(error)) return t("error.internal");
  if ((error.code === "rate_limited" || error.code === "overloaded") && error.retryAfter) {
    return error.code === "rate_limited" ? t("error.rate_limit", { time: formatDuration(error.retryAfter * 1000, "long") }) : t("error.overloaded");
  }
  if (error.reason && hasMessage("error", error.reason)) return tFor("error", error.reason);
  if (hasMessage("error", error.code)) return tFor("error", error.code);
  return error.status === 422 ? t("error.invalid") : t("error.internal");
}

export interface ErrorPanelProps {
  error: unknown;
  title?: ComponentChildren;
  onRetry?: () => void;
  /** more buttons */
  actions?: ComponentChildren;
}

/** In place of the content; the rest of the page lives. */
export function ErrorPanel(props: ErrorPanelProps) {
  const id = isApiError(props.error) ? props.error.requestId : "";
  return (
    <div class="notice notice-bad" role="alert">
      <div>
        <strong>{props.title ?? t("error.title")}</strong>
        <div>{errorText(props.error)}</div>
        {id ? (
          <div class="meta">
            {t("error.request_id", { id })} <CopyButton text={id} what={id} />
          </div>
        ) : null}
      </div>
      <div class="row">
        {isApiError(props.error) && props.error.status === 401 ? <LinkButton href={withQuery("/login", { next: location.pathname + location.search })}>{t("nav.sign_in")}</LinkButton> : null}
        {props.onRetry ? <Button onClick={props.onRetry}>{t("common.retry")}</Button> : null}
        {props.actions}
      </div>
    </div>
  );
}

export interface Loaded<T> {
  /** the last good answer; stays while loading again and after an error */
  data: T | undefined;
  error: unknown;
  loading: boolean;
  /** when data came */
  at: Date | undefined;
  reload: () => void;
  /** put in an answer that came another way (after a write) */
  set: (data: T) => void;
}

/** Loads when it appears and when a dependency changes; an older answer never overwrites a newer one. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, dependencies: readonly unknown[] = [], options: { onFocus?: boolean } = {}): Loaded<T> {
  const [state, setState] = useState<{ data: T | undefined; error: unknown; loading: boolean; at: Date | undefined }>({ data: undefined, error: undefined, loading: true, at: undefined });
  const [round, setRound] = useState(0);
  const loader = useRef(load);
  loader.current = load;
  useEffect(() => {
    const control = new AbortController();
    setState((one) => ({ ...one, loading: true }));
    loader.current(control.signal).then(
      (data) => {
        if (!control.signal.aborted) setState({ data, error: undefined, loading: false, at: new Date() });
      },
      (error: unknown) => {
        if (!control.signal.aborted) setState((one) => ({ ...one, error, loading: false }));
      },
    );
    return () => control.abort();
  }, [...dependencies, round]);
  const reload = useCallback(() => setRound((one) => one + 1), []);
  // what only the connection kept back comes by itself when it is there again
  const cut = isApiError(state.error) && state.error.status === 0;
  useEffect(() => {
    if (!cut) return undefined;
    addEventListener("online", reload);
    return () => removeEventListener("online", reload);
  }, [cut]);
  useEffect(() => {
    if (!options.onFocus) return undefined;
    const again = (): void => {
      if (document.visibilityState === "visible") reload();
    };
    document.addEventListener("visibilitychange", again);
    return () => document.removeEventListener("visibilitychange", again);
  }, [options.onFocus]);
  const set = useCallback((data: T) => setState({ data, error: undefined, loading: false, at: new Date() }), []);
  return { ...state, reload, set };
}

export interface LoadProps<T> {
  from: Loaded<T>;
  children: (data: T) => ComponentChildren;
  skeleton?: ComponentChildren;
  /** when the answer is there and holds nothing */
  empty?: { when: (data: T) => boolean; show: ComponentChildren };
}

/** Loading, error, not visible, empty, content: each drawn. Old content stays under an error, marked by its time. */
export function Load<T>({ from, children, skeleton, empty }: LoadProps<T>) {
  if (from.data === undefined) {
    if (from.error) {
      const gone = from.error instanceof ApiError && from.error.status === 404;
      return gone ? <EmptyState title={t("error.no_permission")}>{t("error.page_not_found")}</EmptyState> : <ErrorPanel error={from.error} onRetry={from.reload} />;
    }
    return <>{skeleton ?? <Skeleton />}</>;
  }
  return (
    <div aria-busy={from.loading ? "true" : undefined} class={from.error ? "stack stale" : "stack"}>
      {from.error ? <ErrorPanel error={from.error} onRetry={from.reload} /> : null}
      {empty?.when(from.data) ? empty.show : children(from.data)}
    </div>
  );
}
