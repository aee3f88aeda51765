// One party: identity check, wallets, what the platform owes it, listings, top-ups.
import { useState } from "preact/hooks";
import type { Balance, Listing, Party, TopUp, Wallet } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { StateBadge } from "../components/badge.tsx";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Radio } from "../components/choice.tsx";
import { Id } from "../components/copy.tsx";
import { Dialog } from "../components/dialog.tsx";
import { ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { toast } from "../components/toast.tsx";
import { Money, Name, Time } from "../components/value.tsx";
import { t, tFor } from "../lib/messages.ts";
import { priceText } from "../lib/price-text.ts";
import { uuid } from "../lib/random.ts";
import { assetName, pathOf } from "../lib/url.ts";
import { OperatorPage } from "./frame.tsx";
import { TopUpTable } from "./top-up-table.tsx";

interface Data {
  party: Party;
  wallets: Wallet[];
  balances: Balance[];
  listings: Listing[];
  topUps: TopUp[];
}

async function load(name: string, signal: AbortSignal): Promise<Data> {
  const party = await api.get("/parties/{id}", { path: { id: name }, signal });
  if (party.kind === "platform") return { party, wallets: [], balances: [], listings: [], topUps: [] };
  // the operator's list of one seller is by state
  const states = ["published", "in_review", "draft", "suspended", "retired"] as const;
  const [wallets, balances, topUps, ...listings] = await Promise.all([
    api.get("/wallets", { query: { party: party.id }, signal }),
    api.get("/balances", { query: { party: party.id }, signal }),
    api.get("/top_ups", { query: { party: party.id, limit: 20 }, signal }),
    ...states.map((state) => api.get("/listings", { query: { seller: party.id, state, limit: 50 }, signal })),
  ]);
  return { party, wallets: wallets.data, balances: balances.data, topUps: topUps.data, listings: listings.flatMap((one) => one.data) };
}

const levels = [0, 1, 2];

function Kyc({ party, onClose, onDone }: { party: Party; onClose: () => void; onDone: () => void }) {
  const [level, setLevel] = useState(String(party.kyc_level ?? 0));
  const [key, setKey] = useState(uuid);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await api.post("/parties/{id}/kyc", { path: { id: party.id }, body: { level: Number(level) }, key });
      toast(t("operator.kyc_saved", { name: party.name, n: level }));
      onDone();
      onClose();
    } catch (thrown) {
      setError(thrown);
      setKey(uuid());
      setBusy(false);
    }
  };
  return (
    <Dialog open title={t("operator.kyc_of", { name: party.name })} locked={busy} onClose={onClose} footer={<><Button onClick={onClose}>{t("common.cancel")}</Button><Button kind="primary" busy={busy} disabled={level === String(party.kyc_level ?? 0)} onClick={() => void save()}>{t("common.save")}</Button></>}>
      <div class="stack">
        {error ? <ErrorPanel error={error} /> : null}
        <Radio legend={t("term.kyc")} value={level} options={levels.map((one) => ({ value: String(one), label: t("operator.kyc_level", { n: String(one) }), hint: tFor("operator.kyc", String(one)) }))} onChange={(one) => {
          setLevel(one);
          setKey(uuid());
        }} />
      </div>
    </Dialog>
  );
}

function Content({ data, reload }: { data: Data; reload: () => void }) {
  const { party } = data;
  const [kyc, setKyc] = useState(false);
  return (
    <>
      <dl class="dl">
        <dt>{t("common.id")}</dt><dd><Id id={party.id} /></dd>
        <dt>{t("operator.kind")}</dt><dd>{tFor("common.kind", party.kind)}{party.is_operator ? <> <Badge tone="info">{t("term.operator")}</Badge></> : null}</dd>
        {party.email ? <><dt>{t("operator.email")}</dt><dd><bdi>{party.email}</bdi></dd></> : null}
        <dt>{t("operator.since")}</dt><dd><Time at={party.created_at} show="full" /></dd>
        {party.kyc_level === undefined ? null : <><dt>{t("term.kyc")}</dt><dd>{t("operator.kyc_level", { n: String(party.kyc_level) })} <Button small onClick={() => setKyc(true)}>{t("operator.change_kyc")}</Button></dd></>}
      </dl>
      <section class="section" aria-labelledby="wallets-head">
        <h2 id="wallets-head">{t("nav.wallet")}</h2>
        <Table
          caption={t("operator.wallets_of", { name: party.name })}
          hideCaption
          rows={data.wallets}
          rowKey={(one) => one.currency}
          empty={t("operator.no_wallet")}
          columns={[
            { id: "currency", head: t("common.currency"), cell: (one) => <a href={`/operator/ledger?currency=${one.currency}&account=${encodeURIComponent(`liability:wallet:${party.name}`)}`}>{one.currency}</a> },
            { id: "balance", head: t("term.balance"), num: true, cell: (one) => <Money money={one.balance} display="none" /> },
            { id: "held", head: t("term.held"), num: true, phone: "off", cell: (one) => <Money money={one.held} display="none" /> },
            { id: "promotional", head: t("term.promotional"), num: true, phone: "off", cell: (one) => <Money money={one.promotional} display="none" /> },
            { id: "frozen", head: t("term.frozen"), num: true, phone: "off", cell: (one) => <Money money={one.frozen} display="none" /> },
            { id: "available", head: t("term.available"), num: true, phone: "off", cell: (one) => <Money money={one.available} display="none" /> },
          ]}
        />
      </section>
      <section class="section" aria-labelledby="owed-head">
        <h2 id="owed-head">{t("operator.owed")}</h2>
        <Table
          caption={t("operator.owed")}
          hideCaption
          rows={data.balances}
          rowKey={(one) => one.currency}
          columns={[
            { id: "currency", head: t("common.currency"), cell: (one) => one.currency },
            { id: "pending", head: t("operator.pending"), num: true, cell: (one) => <><span class="phone-only meta">{t("operator.pending")} </span><Money money={one.pending} display="none" /></> },
            { id: "available", head: t("term.available_earnings"), num: true, phone: "off", cell: (one) => <Money money={one.available} display="none" /> },
            { id: "reserve", head: t("term.reserve"), num: true, phone: "off", cell: (one) => <Money money={one.reserve} display="none" /> },
            { id: "due", head: t("operator.due_from"), num: true, phone: "off", cell: (one) => <Money money={one.due_from} display="none" /> },
          ]}
        />
      </section>
      <section class="section" aria-labelledby="listings-head">
        <h2 id="listings-head">{t("operator.listings")}</h2>
        <Table
          caption={t("operator.listings")}
          hideCaption
          rows={data.listings}
          rowKey={(one) => one.id}
          empty={t("operator.no_listings")}
          columns={[
            { id: "title", head: t("term.listing"), cell: (one) => <><a href={`/operator/review/${one.id}`}><Name>{one.title}</Name></a> <span class="meta"><bdi>{assetName(one.asset)}</bdi></span></> },
            { id: "state", head: t("common.state"), cell: (one) => <StateBadge kind="listing" state={one.state} /> },
            { id: "price", head: t("operator.price"), phone: "second", cell: (one) => one.offers.filter((offer) => offer.state === "active").slice(0, 1).map((offer) => priceText(offer.plan)) },
          ]}
        />
      </section>
      <section class="section" aria-labelledby="topups-head">
        <h2 id="topups-head">{t("operator.top_ups")}</h2>
        <TopUpTable rows={data.topUps} onChange={reload} empty={t("operator.no_top_ups")} />
      </section>
      {kyc ? <Kyc party={party} onClose={() => setKyc(false)} onDone={reload} /> : null}
    </>
  );
}

export function PartyPage({ props }: { props: Record<string, unknown> }) {
  const name = String(props["name"]);
  const data = useLoad((signal) => load(name, signal), [name], { onFocus: true });
  return (
    <OperatorPage title={<Name>{data.data?.party.name ?? name}</Name>} titleText={data.data?.party.name ?? name} tab="parties" lead={data.data?.party.full_name && data.data.party.full_name !== data.data.party.name ? <Name>{data.data.party.full_name}</Name> : undefined} actions={data.data ? <a class="btn btn-plain" href={pathOf(data.data.party.name)}>{t("operator.open_page")}</a> : undefined}>
      <Load from={data} skeleton={<Skeleton lines={10} />}>{(one) => <Content data={one} reload={data.reload} />}</Load>
    </OperatorPage>
  );
}
