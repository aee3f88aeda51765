// Whether the server answers, and its own figures (/metrics), refreshed while the page is looked at.
import { useEffect } from "preact/hooks";
import { ApiError, pageFetch } from "../api/client.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { Bytes, NumberText, Time } from "../components/value.tsx";
import { t, tFor, tx } from "../lib/messages.ts";
import { OperatorPage } from "./frame.tsx";
import { readMetrics, type Metric } from "./metrics.ts";

interface Health {
  ready: boolean;
  /** round trip of /readyz in milliseconds */
  took: number;
  version: string;
  metrics: Metric[];
}

async function load(signal: AbortSignal): Promise<Health> {
  const started = performance.now();
  const ready = await pageFetch("/readyz", { signal });
  await ready.text(); // an answer that nobody reads holds its connection
  const took = performance.now() - started;
  const [metrics, description] = await Promise.all([pageFetch("/metrics", { signal }), pageFetch("/openapi.json", { signal })]);
  if (!metrics.ok) throw new ApiError(metrics.status, metrics.status === 404 ? "not_found" : "internal", "", {}, metrics.headers.get("X-Request-Id") ?? "");
  const about = description.ok ? ((await description.json()) as { info?: { version?: string } }) : {};
  return { ready: ready.ok, took, version: about.info?.version ?? "", metrics: readMetrics(await metrics.text()) };
}

const refresh = 10_000;

function value(one: Metric) {
  if (/_bytes(_total)?$/.test(one.name)) return <Bytes value={one.value} />;
  return <NumberText value={one.value} />;
}

function Content({ one }: { one: Health }) {
  const of = (name: string): number | undefined => one.metrics.find((metric) => metric.name === name)?.value;
  const failed = one.metrics.filter((metric) => metric.name === "kontor_http_responses_total" && metric.labels.includes("5xx")).reduce((sum, metric) => sum + metric.value, 0);
  const figure = (label: string, n: number | undefined) => (n === undefined ? null : <div class="panel"><span class="label">{label}</span><span class="figure"><NumberText value={n} /></span></div>);
  return (
    <>
      <div class="figures">
        <div class="panel"><span class="label">{t("operator.server")}</span><span class="figure">{one.ready ? <Badge tone="ok">{t("operator.ready")}</Badge> : <Badge tone="bad">{t("operator.stopping")}</Badge>}</span><span class="meta">{tx("operator.answered_in", { ms: <NumberText value={Math.max(1, Math.round(one.took))} /> })}</span></div>
        {figure(t("operator.requests"), of("kontor_http_requests_total"))}
        {figure(t("operator.errors_5xx"), failed)}
        {figure(t("operator.connections"), of("kontor_http_connections_open"))}
        {figure(t("operator.backlog"), of("kontor_worker_backlog"))}
      </div>
      <p class="meta">{t("operator.api_version", { version: one.version })}</p>
      <Table
        caption={t("operator.all_metrics")}
        rows={one.metrics}
        rowKey={(metric) => `${metric.name} ${metric.labels}`}
        columns={[
          { id: "name", head: t("common.name"), cell: (metric) => <code>{metric.name}{metric.labels ? `{${metric.labels}}` : ""}</code> },
          { id: "what", head: t("common.details"), phone: "off", cell: (metric) => <span class="meta">{tFor("operator.metric", metric.name)}</span> },
          { id: "value", head: t("operator.value"), num: true, cell: value },
        ]}
      />
    </>
  );
}

export function HealthPage() {
  const health = useLoad(load, [], { onFocus: true });
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") health.reload();
    }, refresh);
    return () => clearInterval(timer);
  }, []);
  return (
    <OperatorPage title={t("operator.health")} tab="health" lead={health.at ? tx("common.as_of", { time: <Time at={health.at.toISOString()} show="full" seconds /> }) : undefined} actions={<Button onClick={health.reload}>{t("common.reload")}</Button>}>
      <Load from={health} skeleton={<Skeleton lines={8} />}>{(one) => <Content one={one} />}</Load>
    </OperatorPage>
  );
}
