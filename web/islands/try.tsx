// <k-try>: a form of the model's input schema beside the run's output. The run stands in the address (?p=ID), so that a reload finds it again.
import { render } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, isApiError, predictions, wire, type ApiError } from "../api/client.ts";
import type { InputSchema, Offer, Prediction } from "../api/answers.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { faultText, SchemaForm, titleOf } from "../components/schema-form.tsx";
import { FormSummary, Notice } from "../components/notice.tsx";
import { useOnline } from "../components/page.tsx";
import { ErrorPanel } from "../components/states.tsx";
import { context, propsOf } from "../lib/context.ts";
import { formatBytes, formatDuration } from "../lib/format.ts";
import { faultOf, inputFields, inputOf, startValues, valuesOf, type InputFaults } from "../lib/input-schema.ts";
import { keepLive, keptOver, useKept } from "../lib/kept.ts";
import { t } from "../lib/messages.ts";
import { uuid } from "../lib/random.ts";
import { changed, param } from "../lib/url.ts";
import type { Mount } from "./loader.ts";
import { finished, pauseAfter } from "./run.ts";
import { Run, type Cost } from "./try-run.tsx";

interface TryProps {
  asset: string;
  replicate_model: string;
  version: string;
  input_schema: InputSchema;
  deployment: string;
  state: string;
  price_text: string;
  metered?: boolean;
  free_left?: number;
  samples: { name: string; url: string }[];
  task: string;
  /** What has to be done before the first run: the form is there to look at, and what was entered is there afterwards. */
  gate?: { why: string; label?: string; href?: string };
}

/** Larger files travel by /v1/files and are named by their address. */
const inlineBytes = 256_000;
const largestFile = 64 * 1024 * 1024;

async function fileAddress(file: Blob, name: string): Promise<string> {
  if (file.size > largestFile) throw new Error(t("try.file_too_large", { size: formatBytes(largestFile) }));
  if (file.size === 0) throw new Error(t("try.file_empty"));
  if (file.size > inlineBytes) {
    const form = new FormData();
    form.append("content", file, name);
    const stored = await wire<{ urls: { get: string } }>("post", "/v1/files", form);
    return stored.urls.get;
  }
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error(t("try.file_unreadable")));
    reader.readAsDataURL(file);
  });
}

/** Counts down to the end of a Retry-After. */
function useWait(error: ApiError | undefined): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!error?.retryAfter) {
      setLeft(0);
      return undefined;
    }
    const until = Date.now() + error.retryAfter * 1_000;
    const tick = (): void => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1_000)));
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}

function Refused({ error }: { error: ApiError }) {
  const offers = Array.isArray(error.details["offers"]) ? (error.details["offers"] as Offer[]) : [];
  const short = error.reason === "insufficient_funds";
  const offer = offers[0];
  const actions = error.status !== 402 ? undefined : short || !offer
    ? <LinkButton kind="primary" href={`/account/top-ups?next=${encodeURIComponent(location.pathname + location.search)}`}>{t("wallet.top_up")}</LinkButton>
    : <LinkButton kind="primary" href={`/market/offers/${offer.id}`}>{t("try.see_offer")}</LinkButton>;
  return <ErrorPanel error={error} actions={actions} />;
}

function pass(href: string): void {
  keepLive(keptOver.signIn);
  location.assign(href);
}

function TryIt(props: TryProps) {
  const fields = useMemo(() => inputFields(props.input_schema), []);
  const [values, setValues] = useKept("try.input", () => startValues(fields));
  const [faults, setFaults] = useState<InputFaults>({});
  const [round, setRound] = useState(0);
  const [run, setRun] = useState<Prediction | undefined>();
  const [error, setError] = useState<unknown>();
  const [sending, setSending] = useState(false);
  const [canceling, setCanceling] = useState(false);
  const [cold, setCold] = useState(false);
  const [begun, setBegun] = useState(0);
  const [, tick] = useState(0);
  const [cost, setCost] = useState<Cost | undefined>();
  const [freeLeft, setFreeLeft] = useState(props.free_left);
  const [lost, setLost] = useState(false);
  const online = useOnline();
  const wait = useWait(isApiError(error) ? error : undefined);
  const warm = useRef(props.state === "ready");
  const metered = props.metered ?? props.free_left !== undefined;
  const following = useRef<AbortController | undefined>(undefined);

  const settle = async (done: Prediction): Promise<void> => {
    if (done.status === "succeeded") warm.current = true;
    const place = done.status === "failed" && done.error ? faultOf(done.error, fields) : undefined;
    if (place) setFaults({ [place.name]: place.fault });
    if (!metered) return;
    try {
      const [records, held] = await Promise.all([
        api.get("/usage/records", { query: { asset: props.asset, limit: 20 } }),
        api.get("/entitlements", { query: { asset: props.asset, state: "active" } }),
      ]);
      const record = records.data.find((one) => one.event_id === done.id);
      if (record) setCost({ charged: record.charged, quantity: record.quantity });
      const counter = held.data.flatMap((one) => one.counters)[0];
      if (counter) setFreeLeft(counter.free_left);
    } catch {
      // the result stands; its cost is on the usage page
    }
  };

  const follow = async (first: Prediction): Promise<void> => {
    following.current?.abort();
    const control = new AbortController();
    following.current = control;
    const since = Date.now();
    let last = first;
    while (!finished(last)) {
      await new Promise((resolve) => setTimeout(resolve, pauseAfter(Date.now() - since, document.hidden)));
      if (control.signal.aborted) return;
      try {
        last = await predictions.get(first.id, control.signal);
        setLost(false);
        setRun(last);
      } catch (fault) {
        if (control.signal.aborted) return;
        if (isApiError(fault) && fault.status !== 0 && fault.status < 500 && fault.status !== 429) {
          setError(fault);
          return;
        }
        setLost(true);
      }
    }
    await settle(last);
  };

  useEffect(() => {
    const id = param("p");
    if (!id || !context.user) return undefined; // a run is its owner's; after signing in the address is the same
    setSending(true);
    predictions.get(id).then(
      (found) => {
        setValues(valuesOf(fields, found.input));
        setRun(found);
        setBegun(new Date(found.created_at).getTime());
        setCold(!warm.current && !found.started_at);
        setSending(false);
        void follow(found);
      },
      (fault: unknown) => {
        setSending(false);
        setError(fault);
      },
    );
    return () => following.current?.abort();
  }, []);

  const running = run !== undefined && !finished(run);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => tick((one) => one + 1), 500);
    return () => clearInterval(timer);
  }, [running]);

  const { gate } = props;
  const start = async (): Promise<void> => {
    if (gate) {
      if (gate.href) pass(gate.href);
      return;
    }
    if (sending || running || wait > 0 || !online) return;
    const read = inputOf(fields, values);
    setFaults(read.faults);
    setError(undefined);
    setRound((one) => one + 1);
    if (Object.keys(read.faults).length > 0) return;
    setSending(true);
    setCost(undefined);
    setCold(!warm.current);
    setBegun(Date.now());
    try {
      // one key per press: a broken connection cannot make two runs
      const made = await wire<Prediction>("post", "/v1/predictions", { version: props.version, input: read.input }, { headers: { "Idempotency-Key": uuid() }, repeatable: true });
      setRun(made);
      history.replaceState(history.state, "", changed({ p: made.id }));
      setSending(false);
      await follow(made);
    } catch (fault) {
      setSending(false);
      const place = isApiError(fault) && fault.status === 422 ? faultOf(fault.message, fields) : undefined;
      if (place) setFaults({ [place.name]: place.fault });
      else setError(fault);
    }
  };

  const cancel = async (): Promise<void> => {
    if (!run) return;
    setCanceling(true);
    try {
      const stopped = await predictions.cancel(run.id);
      setRun(stopped);
    } catch (fault) {
      setError(fault);
    } finally {
      setCanceling(false);
    }
  };

  const prefix = "try";
  const summary = Object.entries(faults).map(([name, fault]) => {
    const field = fields.find((one) => one.name === name);
    return { id: `${prefix}-${name}`, text: `${field ? titleOf(field) : name}: ${faultText(fault)}` };
  });
  const reason = gate ? gate.why : online ? undefined : t("try.offline");
  const busy = sending || running;
  return (
    <div class="layout even try">
      <form class="stack" aria-label={t("try.input")} noValidate onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}>
        <h2>{t("try.input")}</h2>
        {summary.length > 0 ? <FormSummary key={round} faults={summary} /> : null}
        <SchemaForm
          prefix={prefix}
          fields={fields}
          values={values}
          faults={faults}
          samples={props.samples}
          disabled={false}
          onFile={(file, name) => (gate && file.size > inlineBytes ? Promise.reject(new Error(gate.why)) : fileAddress(file, name))}
          onChange={(name, value) => {
            setValues((all) => ({ ...all, [name]: value }));
            setFaults(({ [name]: _, ...rest }) => rest);
          }}
        />
        <div class="form-foot">
          {gate?.href
            ? <Button kind="primary" type="submit">{gate.label}</Button>
            : <Button kind="primary" type="submit" busy={busy} disabled={wait > 0 || reason !== undefined} {...(reason ? { reason } : {})}>{t("try.run")}</Button>}
          <Button kind="quiet" disabled={busy} onClick={() => {
            setValues(startValues(fields));
            setFaults({});
          }}>{t("common.reset")}</Button>
          <span class="meta">
            {wait > 0 ? t("common.try_again_in", { time: formatDuration(wait * 1_000, "long") }) : freeLeft !== undefined && freeLeft > 0 ? t("try.free_left", { n: freeLeft }) : props.price_text}
          </span>
        </div>
      </form>
      <section class="stack" aria-label={t("try.output")}>
        <h2>{t("try.output")}</h2>
        {error ? (isApiError(error) ? <Refused error={error} /> : <ErrorPanel error={error} />) : null}
        {run ? (
          <Run
            run={run}
            cold={cold}
            waited={Math.max(0, Math.round((Date.now() - begun) / 1_000))}
            metered={metered}
            cost={cost}
            freeLeft={freeLeft}
            canceling={canceling}
            onCancel={() => void cancel()}
            older={run.version !== props.version}
            lost={lost}
          />
        ) : sending ? <div class="skeleton" aria-hidden="true"><span /><span /></div> : error ? null : <Notice>{gate ? gate.why : t("try.nothing_yet")}</Notice>}
      </section>
    </div>
  );
}

export const mount: Mount = (element) => {
  const props = propsOf<TryProps>(element);
  element.replaceChildren();
  render(<TryIt {...props} />, element);
};
