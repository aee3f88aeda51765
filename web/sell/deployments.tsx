// Models that this server runs: their state, and the form that starts one (?new=model:ns/name).
import { useState } from "preact/hooks";
import type { Deployment, NewDeployment } from "../api/answers.ts";
import { api, wire } from "../api/client.ts";
import { StateBadge } from "../components/badge.tsx";
import { Button, LinkButton } from "../components/button.tsx";
import { Combobox } from "../components/combobox.tsx";
import { EmptyState, ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { TextField } from "../components/text-field.tsx";
import { Time } from "../components/value.tsx";
import { formatNumber, shortHash } from "../lib/format.ts";
import { useKept } from "../lib/kept.ts";
import { t } from "../lib/messages.ts";
import { uuid } from "../lib/random.ts";
import { assetName, param } from "../lib/url.ts";
import { checkedReplicas, DeploymentFields } from "./deployment-fields.tsx";
import { faultAt, faultsOf } from "./faults.ts";
import { sellPath, SellPage, WithSeller, type Seller } from "./frame.tsx";

/** The API lists those of all parties that a person acts for. */
export const ofParty = (list: readonly Deployment[], seller: Seller): Deployment[] => list.filter((one) => assetName(one.asset).split("/")[0] === seller.party.name);

/** An endpoint that other buyers' runs need: not stopped, not failed. */
export const runs = (one: Deployment): boolean => one.state !== "stopped" && one.state !== "failed";

function Form({ seller, asset, models }: { seller: Seller; asset: string; models: string[] }) {
  const [chosen, setChosen] = useKept("deploy.asset", asset);
  const [revision, setRevision] = useKept("deploy.revision", param("revision") ?? "main");
  const [visibility, setVisibility] = useKept<"public" | "private">("deploy.visibility", "public");
  const [least, setLeast] = useKept("deploy.least", param("min") ?? "0");
  const [most, setMost] = useKept("deploy.most", param("max") ?? "1");
  const [key, setKey] = useState(uuid);
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<unknown>();
  const checked = checkedReplicas({ least, most });
  const { low, high } = checked;
  const faults = faultsOf(error);
  const start = async (): Promise<void> => {
    setTried(true);
    if (!chosen || low === undefined || high === undefined || checked.lowFault || checked.highFault) return;
    setBusy(true);
    setError(undefined);
    try {
      const body: NewDeployment = { asset: chosen, revision: revision.trim() || "main", runtime: "auto", visibility, min_replicas: low, max_replicas: high, hardware: "cpu" };
      const made = await api.post("/deployments", { body, key });
      location.assign(sellPath(`/deployments/${made.id}`, seller));
    } catch (fault) {
      setError(fault);
      setKey(uuid());
      setBusy(false);
    }
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => {
      event.preventDefault();
      void start();
    }}>
      <Combobox label={t("common.kind.model")} hint={t("sell.deploy_hint")} error={tried && !chosen ? t("error.field_required") : faultAt(faults, "asset")} values={chosen ? [chosen] : []} options={models.map((one) => ({ value: one, label: assetName(one) }))} labelOf={assetName} onChange={(values) => setChosen(values[0] ?? "")} />
      <TextField label={t("term.revision")} hint={t("sell.revision_hint")} value={revision} spellcheck={false} autocomplete="off" onInput={setRevision} />
      <DeploymentFields value={{ visibility, least, most }} checked={tried ? checked : undefined} onChange={(part) => {
        if (part.visibility) setVisibility(part.visibility);
        if (part.least !== undefined) setLeast(part.least);
        if (part.most !== undefined) setMost(part.most);
      }} />
      {error ? <ErrorPanel error={error} /> : null}
      <div class="form-foot">
        <Button kind="primary" type="submit" busy={busy}>{t("sell.deploy")}</Button>
        <LinkButton kind="quiet" href={sellPath("/deployments", seller)}>{t("common.cancel")}</LinkButton>
      </div>
    </form>
  );
}

function New({ seller, asset }: { seller: Seller; asset: string }) {
  const models = useLoad(async (signal) => (await wire<{ id: string }[]>("get", `/api/models?author=${encodeURIComponent(seller.party.name)}&limit=500`, undefined, { signal })).map((one) => `model:${one.id}`), []);
  return (
    <SellPage title={t("sell.new_deployment")} tab="deployments" seller={seller} lead={t("sell.deploy_lead")}>
      <Load from={models}>{(list) => <Form seller={seller} asset={asset.startsWith("model:") ? asset : ""} models={list} />}</Load>
    </SellPage>
  );
}

function List({ seller }: { seller: Seller }) {
  const all = useLoad(async (signal) => ofParty((await api.get("/deployments", { signal })).data, seller), [], { onFocus: true });
  return (
    <Load
      from={all}
      skeleton={<Skeleton lines={5} height="44px" />}
      empty={{ when: (list) => list.length === 0, show: <EmptyState title={t("sell.no_deployments")} action={<LinkButton kind="primary" href={sellPath("/deployments", seller, { new: "1" })}>{t("sell.new_deployment")}</LinkButton>}>{t("sell.no_deployments_why")}</EmptyState> }}
    >
      {(list) => (
        <Table
          caption={t("sell.deployments")}
          hideCaption
          rows={list}
          rowKey={(one) => one.id}
          columns={[
            { id: "model", head: t("common.kind.model"), cell: (one) => <a href={sellPath(`/deployments/${one.id}`, seller)}><bdi>{assetName(one.asset)}</bdi></a> },
            { id: "state", head: t("common.state"), cell: (one) => <StateBadge kind="deployment" state={one.state} /> },
            { id: "revision", head: t("term.revision"), phone: "second", cell: (one) => <><bdi>{one.revision}</bdi> <code class="meta">{shortHash(one.commit, 7)}</code></> },
            { id: "replicas", head: t("sell.replicas"), num: true, phone: "off", cell: (one) => `${formatNumber(one.min_replicas)} – ${formatNumber(one.max_replicas)}` },
            { id: "visibility", head: t("sell.visibility"), phone: "off", cell: (one) => (one.visibility === "public" ? t("term.public") : t("term.private")) },
            { id: "since", head: t("common.created"), num: true, phone: "off", cell: (one) => <Time at={one.created_at} /> },
          ]}
        />
      )}
    </Load>
  );
}

export function DeploymentsPage() {
  const asked = param("new");
  return (
    <WithSeller title={t("sell.deployments")} tab="deployments">
      {(seller) => (asked !== undefined ? <New seller={seller} asset={asked} /> : (
        <SellPage title={t("sell.deployments")} tab="deployments" seller={seller} actions={<LinkButton kind="primary" href={sellPath("/deployments", seller, { new: "1" })}>{t("sell.new_deployment")}</LinkButton>}>
          <List seller={seller} />
        </SellPage>
      ))}
    </WithSeller>
  );
}
