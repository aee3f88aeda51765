// One deployment: state, why it failed, what its runner wrote, its inputs; change its settings, stop it or start another one.
import { useEffect, useState } from "preact/hooks";
import type { Deployment, InputSchema } from "../api/answers.ts";
import { api, call } from "../api/client.ts";
import { StateBadge } from "../components/badge.tsx";
import { Button, LinkButton } from "../components/button.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { Hash, Id } from "../components/copy.tsx";
import { Notice } from "../components/notice.tsx";
import { ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Name, Time } from "../components/value.tsx";
import { formatNumber } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { assetName, assetPath, pathOf } from "../lib/url.ts";
import { DeploymentEdit } from "./deployment-edit.tsx";
import { runs } from "./deployments.tsx";
import { sellPath, SellPage, WithSeller, type Seller } from "./frame.tsx";

function Inputs({ schema }: { schema: InputSchema }) {
  const fields = Object.entries(schema.properties ?? {}).sort(([, a], [, b]) => (a["x-order"] ?? 0) - (b["x-order"] ?? 0));
  if (fields.length === 0) return null;
  return (
    <section class="section" aria-labelledby="input-head">
      <h2 id="input-head">{t("term.input")}</h2>
      <dl class="dl">
        {fields.map(([name, one]) => (
          <>
            <dt><code>{name}</code></dt>
            <dd>{[one.type ?? "", one.format ?? "", (schema.required ?? []).includes(name) ? t("common.required") : ""].filter(Boolean).join(" · ")}{one.description ? <span class="block muted" lang="en"><Name>{one.description}</Name></span> : null}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

function Logs({ id, state }: { id: string; state: string }) {
  const logs = useLoad(async (signal) => (await call("get", "/deployments/{id}/logs", { path: { id }, accept: "text/plain", signal })).data as unknown as string | undefined, [id, state]);
  return (
    <section class="section" aria-labelledby="logs-head">
      <div class="spread"><h2 id="logs-head">{t("sell.logs")}</h2><Button small kind="quiet" busy={logs.loading && logs.data !== undefined} onClick={logs.reload}>{t("common.reload")}</Button></div>
      {logs.error ? <ErrorPanel error={logs.error} onRetry={logs.reload} /> : logs.data ? <CodeBlock title={t("sell.logs")} text={logs.data} /> : logs.loading ? <Skeleton /> : <p class="meta">{t("sell.no_logs")}</p>}
    </section>
  );
}

function View({ seller, one, reload, onChange }: { seller: Seller; one: Deployment; reload: () => void; onChange: (one: Deployment) => void }) {
  const [stopping, setStopping] = useState(false);
  const [editing, setEditing] = useState(false);
  const starting = one.state === "starting";
  useEffect(() => {
    if (!starting) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") reload();
    }, 2_000);
    return () => clearInterval(timer);
  }, [starting]);
  const again = sellPath("/deployments", seller, { new: one.asset, revision: one.revision, min: String(one.min_replicas), max: String(one.max_replicas) });
  return (
    <SellPage
      title={<><bdi>{assetName(one.asset)}</bdi> <StateBadge kind="deployment" state={one.state} /></>}
      titleText={assetName(one.asset)}
      tab="deployments"
      seller={seller}
      lead={t("sell.deployment_of", { revision: one.revision })}
      actions={
        <>
          {one.state === "ready" || one.state === "idle" ? <LinkButton href={`${assetPath(one.asset)}/try`}>{t("sell.try")}</LinkButton> : null}
          {runs(one) ? <Button onClick={() => setEditing(true)}>{t("common.edit")}</Button> : <LinkButton href={again}>{t("sell.deploy_again")}</LinkButton>}
          {runs(one) ? <Button kind="quiet" class="danger" onClick={() => setStopping(true)}>{t("sell.stop")}</Button> : null}
        </>
      }
    >
      {one.failure ? <Notice tone="bad" title={t("sell.deploy_failed")}><p class="pre-line" lang="en"><Name>{one.failure}</Name></p></Notice> : null}
      {one.state === "failed" ? null : <p class="muted" role="status">{tFor("sell.deployment_state", one.state)}</p>}
      <dl class="dl">
        <dt>{t("common.id")}</dt><dd><Id id={one.id} /></dd>
        <dt>{t("term.revision")}</dt><dd><bdi>{one.revision}</bdi> · <a href={pathOf(assetName(one.asset), "commit", one.commit)}><Hash hash={one.commit} /></a></dd>
        <dt>{t("common.version")}</dt><dd><Hash hash={one.version} /></dd>
        <dt>{t("sell.visibility")}</dt><dd>{one.visibility === "public" ? t("term.public") : t("term.private")}</dd>
        <dt>{t("sell.replicas")}</dt><dd>{t("sell.replicas_range", { min: formatNumber(one.min_replicas), max: formatNumber(one.max_replicas) })}</dd>
        <dt>{t("term.hardware")}</dt><dd>{one.hardware.toUpperCase()} · {one.runtime.toUpperCase()}</dd>
        <dt>{t("common.created")}</dt><dd><Time at={one.created_at} show="full" /></dd>
      </dl>
      {one.input_schema ? <Inputs schema={one.input_schema as InputSchema} /> : null}
      <Logs id={one.id} state={one.state} />
      {editing ? <DeploymentEdit one={one} onClose={() => setEditing(false)} onChange={onChange} /> : null}
      <ConfirmDanger
        open={stopping}
        title={t("sell.stop_ask", { name: assetName(one.asset) })}
        action={t("sell.stop")}
        onClose={() => setStopping(false)}
        onConfirm={async () => onChange(await api.delete("/deployments/{id}", { path: { id: one.id } }))}
      >
        {t("sell.stop_effect")}
      </ConfirmDanger>
    </SellPage>
  );
}

function Loaded({ seller, id }: { seller: Seller; id: string }) {
  const one = useLoad((signal) => api.get("/deployments/{id}", { path: { id }, signal }), [id], { onFocus: true });
  if (!one.data) return <SellPage title={t("term.deployment")} tab="deployments" seller={seller}><Load from={one}>{() => null}</Load></SellPage>;
  return <View seller={seller} one={one.data} reload={one.reload} onChange={one.set} />;
}

export function DeploymentPage({ props }: { props: Record<string, unknown> }) {
  return <WithSeller title={t("term.deployment")} tab="deployments">{(seller) => <Loaded seller={seller} id={String(props["id"])} />}</WithSeller>;
}
