// The seller's first page: what waits, money, listings and deployments at a glance; each line leads to its page.
import type { Balance, Deployment, Listing, Order } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { StateBadge } from "../components/badge.tsx";
import { LinkButton } from "../components/button.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Money, Name, Time } from "../components/value.tsx";
import { t } from "../lib/messages.ts";
import { assetName } from "../lib/url.ts";
import { BalanceFigures } from "./earnings.tsx";
import { sellPath, SellPage, WithSeller, type Seller } from "./frame.tsx";
import { Prices } from "./listings.tsx";
import { ofParty } from "./deployments.tsx";
import { orderLink } from "./orders.tsx";

interface Data {
  listings: Listing[];
  orders: Order[];
  waiting: number;
  balances: Balance[];
  deployments: Deployment[];
}

async function load(seller: Seller, signal: AbortSignal): Promise<Data> {
  const party = seller.query;
  const [listings, orders, waiting, balances, deployments] = await Promise.all([
    api.get("/listings", { query: { seller: seller.party.id, limit: 100 }, signal }),
    api.get("/orders", { query: { role: "seller", party, limit: 5 }, signal }),
    api.get("/orders", { query: { role: "seller", party, state: "confirmed", limit: 100 }, signal }),
    api.get("/balances", { query: { party }, signal }),
    api.get("/deployments", { signal }),
  ]);
  return { listings: listings.data, orders: orders.data, waiting: waiting.data.length, balances: balances.data, deployments: ofParty(deployments.data, seller) };
}

function ToDo({ seller, data }: { seller: Seller; data: Data }) {
  const back = data.listings.filter((one) => one.state === "draft" && one.review_note);
  const drafts = data.listings.filter((one) => one.state === "draft" && !one.review_note);
  const review = data.listings.filter((one) => one.state === "in_review");
  const suspended = data.listings.filter((one) => one.state === "suspended");
  const failed = data.deployments.filter((one) => one.state === "failed");
  const items = [
    data.waiting > 0 ? { id: "deliver", href: sellPath("/orders", seller, { state: "confirmed" }), text: t("sell.todo_deliver", { count: data.waiting }) } : undefined,
    back[0] ? { id: "back", href: back.length === 1 ? sellPath(`/listings/${back[0].id}`, seller) : sellPath("/listings", seller, { state: "draft" }), text: t("sell.todo_back", { count: back.length }) } : undefined,
    suspended.length > 0 ? { id: "suspended", href: sellPath("/listings", seller, { state: "suspended" }), text: t("sell.todo_suspended", { count: suspended.length }) } : undefined,
    failed[0] ? { id: "failed", href: failed.length === 1 ? sellPath(`/deployments/${failed[0].id}`, seller) : sellPath("/deployments", seller), text: t("sell.todo_failed", { count: failed.length }) } : undefined,
    drafts[0] ? { id: "draft", href: drafts.length === 1 ? sellPath(`/listings/${drafts[0].id}`, seller) : sellPath("/listings", seller, { state: "draft" }), text: t("sell.todo_draft", { count: drafts.length }) } : undefined,
    review.length > 0 ? { id: "review", href: sellPath("/listings", seller, { state: "in_review" }), text: t("sell.todo_review", { count: review.length }) } : undefined,
  ].filter((one) => one !== undefined);
  if (items.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="todo-head">
      <h2 id="todo-head">{t("sell.todo")}</h2>
      <ul class="todo plain">{items.map((one) => <li key={one.id}><a href={one.href}>{one.text}</a></li>)}</ul>
    </section>
  );
}

function Content({ seller, data }: { seller: Seller; data: Data }) {
  const balance = data.balances.find((one) => one.currency === seller.currency) ?? data.balances[0];
  const live = data.listings.filter((one) => one.state === "published");
  if (data.listings.length === 0 && data.orders.length === 0) {
    return (
      <EmptyState title={t("sell.no_listings")} action={<LinkButton kind="primary" href={sellPath("/listings", seller, { new: "1" })}>{t("sell.new_listing")}</LinkButton>}>{t("sell.no_listings_how")}</EmptyState>
    );
  }
  return (
    <>
      {balance ? <BalanceFigures balance={balance} zone={seller.zone} /> : null}
      <ToDo seller={seller} data={data} />
      <div class="layout even">
        <section class="panel" aria-labelledby="live-head">
          <h2 id="live-head">{t("sell.on_sale", { count: live.length })}</h2>
          <ul class="lines plain">
            {live.slice(0, 6).map((one) => <li class="spread" key={one.id}><a href={sellPath(`/listings/${one.id}`, seller)}><Name>{one.title}</Name></a><span class="num"><span class="meta"><Prices listing={one} /></span></span></li>)}
          </ul>
          <p><a href={sellPath("/listings", seller)}>{t("sell.all_listings")}</a></p>
        </section>
        <section class="panel" aria-labelledby="last-head">
          <h2 id="last-head">{t("sell.last_orders")}</h2>
          {data.orders.length === 0 ? <p class="meta">{t("order.empty")}</p> : (
            <ul class="lines plain">
              {data.orders.map((one) => (
                <li class="spread" key={one.id}>
                  <span><a href={orderLink(one, seller)}><bdi>{assetName(one.asset)}</bdi></a><span class="meta block"><StateBadge kind="order" state={one.state} /> <Time at={one.created_at} /></span></span>
                  <span class="num"><Money money={one.total} /></span>
                </li>
              ))}
            </ul>
          )}
          <p><a href={sellPath("/orders", seller)}>{t("sell.all_orders")}</a></p>
        </section>
      </div>
    </>
  );
}

function View({ seller }: { seller: Seller }) {
  const data = useLoad((signal) => load(seller, signal), [], { onFocus: true });
  return (
    <SellPage title={t("nav.sell")} titleText={t("sell.overview")} tab="overview" seller={seller}>
      <Load from={data} skeleton={<Skeleton lines={6} height="3em" />}>{(one) => <Content seller={seller} data={one} />}</Load>
    </SellPage>
  );
}

export function OverviewPage() {
  return <WithSeller title={t("nav.sell")} tab="overview">{(seller) => <View seller={seller} />}</WithSeller>;
}
