// One listing as a reviewer sees it: hints, card, files, plan, rights, party, history; suspend and reinstate what is on sale.
import { useState } from "preact/hooks";
import type { Charges, Listing, ListingEvent, Offer, Party } from "../api/answers.ts";
import { api, isApiError, pageFetch, wire } from "../api/client.ts";
import { usePartyNames } from "../api/use-parties.ts";
import { StateBadge } from "../components/badge.tsx";
import { Button, LinkButton } from "../components/button.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { useTitle } from "../components/page.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Tabs } from "../components/tabs.tsx";
import { Bytes, Money, Name, Time } from "../components/value.tsx";
import { formatList } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { priceText, quantityText } from "../lib/price-text.ts";
import { assetName, assetPath, pathOf } from "../lib/url.ts";
import { reviewChecks, type Look } from "./review-checks.ts";
import { Suspension } from "./suspension.tsx";

interface Data {
  listing: Listing;
  party: Party | undefined;
  history: ListingEvent[];
  look: Look | undefined;
}

const plural: Record<string, string> = { model: "models", dataset: "datasets", space: "spaces" };
const cardName = "README.md";
const missing = (error: unknown): undefined => {
  if (isApiError(error) && (error.status === 404 || error.status === 403)) return undefined;
  throw error;
};

async function lookAt(asset: string, signal: AbortSignal): Promise<Look> {
  const tree = await wire<{ type: string; path: string; size: number }[]>("get", `/api/${plural[asset.split(":")[0] ?? ""] ?? "models"}/${assetName(asset)}/tree/main?recursive=true&limit=1000`, undefined, { signal });
  const files = tree.filter((one) => one.type === "file");
  if (!files.some((one) => one.path === "README.md")) return { card: undefined, files };
  const answer = await pageFetch(`${assetPath(asset)}/raw/main/README.md`, { signal });
  return { card: answer.ok ? (await answer.text()).slice(0, 60_000) : undefined, files };
}

async function load(id: string, signal: AbortSignal): Promise<Data> {
  const listing = await api.get("/listings/{id}", { path: { id }, signal });
  const [party, history, look] = await Promise.all([
    api.get("/parties/{id}", { path: { id: listing.seller }, signal }).catch(missing),
    api.get("/listings/{id}/history", { path: { id }, signal }),
    lookAt(listing.asset, signal).catch(missing),
  ]);
  return { listing, party, history: history.data, look };
}

/** What 100, 1,000 and 10,000 units cost: rated by the server. */
function Rates({ offer }: { offer: Offer }) {
  const metered = offer.plan.components.filter((one) => one.kind === "metered");
  const rates = useLoad(async (signal) => Promise.all([100, 1_000, 10_000].map(async (n): Promise<[number, Charges]> =>
    [n, await api.post("/plans/{id}/preview", { path: { id: offer.plan.id }, body: { version: offer.plan.version, usage: metered.map((one) => ({ component: one.id, quantity: n })) }, signal })])), [offer.id]);
  if (metered.length === 0 || !rates.data) return null;
  return (
    <ul class="plain rates meta">
      {rates.data.map(([n, charges]) => <li key={n}>{quantityText(metered[0]?.meter ?? "run", n)}: <Money money={charges.total} /></li>)}
    </ul>
  );
}

function Plans({ listing }: { listing: Listing }) {
  const active = listing.offers.filter((one) => one.state === "active");
  if (active.length === 0) return <p class="meta">{t("operator.no_price")}</p>;
  return (
    <ul class="offers plain">
      {active.map((one) => (
        <li class="offer" key={one.id}>
          <strong class="price">{priceText(one.plan)}</strong>
          <Rates offer={one} />
          <p class="muted">{formatList(one.rights.map((right) => tFor("right", right)))}</p>
          <p class="meta parts"><span>{tFor("licence", one.licence)}</span><span>{tFor("price.refund_", one.plan.refund_policy ?? "standard_7d")}</span><span>{one.visibility === "public" ? t("term.public") : t("term.private")}</span></p>
          <details class="fold-down"><summary>{t("operator.as_json")}</summary><CodeBlock language="json" title={t("term.plan")} text={JSON.stringify(one.plan, (_key, value: unknown) => (value === null ? undefined : value), 2)} /></details>
        </li>
      ))}
    </ul>
  );
}

function Files({ look }: { look: Look | undefined }) {
  if (!look || look.files.length === 0) return <p class="meta">{t("operator.no_files")}</p>;
  return (
    <ul class="plain file-lines">
      {look.files.slice(0, 200).map((one) => <li key={one.path} class="spread"><Name>{one.path}</Name><span class="num"><Bytes value={one.size} /></span></li>)}
    </ul>
  );
}

function People({ party, listing }: { party: Party | undefined; listing: Listing }) {
  if (!party) return <p class="meta">{t("error.page_not_found")}</p>;
  return (
    <dl class="dl">
      <dt>{t("term.seller")}</dt><dd><a href={pathOf("operator", "parties", party.name)}><Name>{party.name}</Name></a>{party.full_name && party.full_name !== party.name ? <> · <Name>{party.full_name}</Name></> : null}</dd>
      <dt>{t("term.kyc")}</dt><dd>{t("operator.kyc_level", { n: String(party.kyc_level ?? 0) })}</dd>
      {party.email ? <><dt>{t("operator.email")}</dt><dd><bdi>{party.email}</bdi></dd></> : null}
      <dt>{t("operator.since")}</dt><dd><Time at={party.created_at} show="date" /></dd>
      <dt>{t("operator.other_listings")}</dt><dd><a href={`/operator/parties/${encodeURIComponent(party.name)}`}>{t("operator.show_party")}</a> · <bdi>{assetName(listing.asset)}</bdi></dd>
    </dl>
  );
}

function Events({ history }: { history: ListingEvent[] }) {
  const names = usePartyNames(history.map((one) => one.actor));
  return (
    <ol class="events plain">
      {history.filter((one) => one.action !== "listing.change").map((one) => (
        <li key={one.id}><Time at={one.at} show="full" /><span>{tFor("operator.event", one.action.replace("listing.", ""))} · <bdi>{names(one.actor) || t("operator.platform")}</bdi></span>{one.reason ? <p class="pre-line muted"><Name>{one.reason}</Name></p> : null}</li>
      ))}
    </ol>
  );
}

function Content({ data, reload, onAsk }: { data: Data; reload: () => void; onAsk: (kind: "approve" | "reject", listing: Listing) => void }) {
  const { listing, party, look } = data;
  useTitle(`${t("operator.review")} ${listing.title}`, t("nav.operator"));
  const [tab, setTab] = useState("card");
  const checks = reviewChecks(listing, party, look);
  return (
    <article class="panel stack" aria-labelledby="detail-head">
      <div class="spread">
        <h2 id="detail-head"><Name>{listing.title}</Name> <StateBadge kind="listing" state={listing.state} /></h2>
        <LinkButton small href={assetPath(listing.asset)}>{t("operator.open_page")}</LinkButton>
      </div>
      <p>{listing.summary ? <Name>{listing.summary}</Name> : <span class="meta">{t("operator.no_summary")}</span>}</p>
      <p class="meta parts">
        <span><bdi>{assetName(listing.asset)}</bdi></span><span>{tFor("sell.category", listing.category)}</span><span>{formatList(listing.delivery.map((one) => tFor("delivery", one)))}</span>
      </p>
      <ul class="checks plain inline-checks">
        {checks.map((one) => <li key={one.id} class={one.good ? "good" : "bad"}><span aria-hidden="true">{one.good ? "✓" : "✗"}</span><span>{one.good ? tFor("operator.check_good", one.id) : tFor("operator.check_bad", one.id)}</span></li>)}
      </ul>
      <Tabs
        label={t("common.details")}
        selected={tab}
        onSelect={setTab}
        tabs={[
          { id: "card", label: t("operator.tab_card"), content: look?.card ? <CodeBlock language="markdown" title={cardName} wrap text={look.card} /> : <p class="meta">{t("operator.no_card")}</p> },
          { id: "files", label: t("operator.tab_files", { n: String(look?.files.length ?? 0) }), content: <Files look={look} /> },
          { id: "plan", label: t("operator.tab_plan"), content: <Plans listing={listing} /> },
          { id: "party", label: t("operator.tab_party"), content: <People party={party} listing={listing} /> },
          { id: "history", label: t("operator.tab_history"), content: <Events history={data.history} /> },
        ]}
      />
      <div class="form-foot">
        {listing.state === "in_review" ? (
          <>
            <Button kind="primary" onClick={() => onAsk("approve", listing)}>{t("term.approve")}</Button>
            <Button onClick={() => onAsk("reject", listing)}>{t("operator.reject_open")}</Button>
          </>
        ) : <Suspension listing={listing} onDone={reload} />}
      </div>
    </article>
  );
}

export function Detail({ id, onAsk }: { id: string; onAsk: (kind: "approve" | "reject", listing: Listing) => void }) {
  const data = useLoad((signal) => load(id, signal), [id]);
  return (
    <Load from={data} skeleton={<div class="panel"><Skeleton lines={10} /></div>} empty={{ when: () => false, show: <EmptyState title={t("common.none")} /> }}>
      {(one) => <Content data={one} reload={data.reload} onAsk={onAsk} />}
    </Load>
  );
}
