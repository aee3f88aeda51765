// What a party sells: a table by state, and the form that starts a listing (?new=model:ns/name).
import type { Listing } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { Badge, StateBadge } from "../components/badge.tsx";
import { LinkButton } from "../components/button.tsx";
import { Pager } from "../components/pager.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { LinkChips } from "../components/tabs.tsx";
import { Name, Time } from "../components/value.tsx";
import { t, tFor } from "../lib/messages.ts";
import { priceText } from "../lib/price-text.ts";
import { assetName, assetPath, changed, param } from "../lib/url.ts";
import { sellPath, SellPage, WithSeller, type Seller } from "./frame.tsx";
import { NewListing } from "./new-listing.tsx";

const states = ["draft", "in_review", "published", "suspended", "retired"] as const;
type State = (typeof states)[number];

/** Prices of a listing's active offers, the first two. */
export function Prices({ listing }: { listing: Listing }) {
  const active = listing.offers.filter((one) => one.state === "active");
  const shown = [...new Set(active.map((one) => priceText(one.plan)))];
  if (shown.length === 0) return <span class="meta">{t("sell.no_price")}</span>;
  return <span>{shown.slice(0, 2).map((one) => <span class="block" key={one}>{one}</span>)}{shown.length > 2 ? <span class="meta">{t("sell.more_offers", { count: shown.length - 2 })}</span> : null}</span>;
}

function List({ seller }: { seller: Seller }) {
  const state = states.find((one) => one === param("state"));
  const cursor = param("cursor");
  const listings = useLoad((signal) => api.get("/listings", { query: { seller: seller.party.id, state, limit: 50, cursor }, signal }), []);
  const tab = (one: State | undefined, label: string) => ({ href: changed({ state: one ?? null, cursor: null }), label, current: one === state });
  return (
    <>
      <LinkChips label={t("common.state")} tabs={[tab(undefined, t("common.all")), ...states.map((one) => tab(one, tFor("state.listing", one)))]} />
      <Load
        from={listings}
        skeleton={<Skeleton lines={6} height="44px" />}
        empty={{
          when: (list) => list.data.length === 0,
          show: state
            ? <EmptyState title={t("sell.none_in_state")} />
            : <EmptyState title={t("sell.no_listings")} action={<LinkButton kind="primary" href={sellPath("/listings", seller, { new: "1" })}>{t("sell.new_listing")}</LinkButton>}>{t("sell.no_listings_how")}</EmptyState>,
        }}
      >
        {(list) => (
          <>
            <Table
              caption={t("sell.listings")}
              hideCaption
              rows={list.data}
              rowKey={(one) => one.id}
              columns={[
                { id: "title", head: t("term.listing"), cell: (one) => (
                  <>
                    <a href={sellPath(`/listings/${one.id}`, seller)}><Name>{one.title}</Name></a>
                    <div class="meta"><a href={assetPath(one.asset)}><bdi>{assetName(one.asset)}</bdi></a></div>
                  </>
                ) },
                { id: "state", head: t("common.state"), cell: (one) => (
                  one.review_note && one.state === "draft" ? <Badge tone="warn">{t("sell.sent_back_short")}</Badge> : <StateBadge kind="listing" state={one.state} />
                ) },
                { id: "price", head: t("sell.price"), phone: "second", cell: (one) => <Prices listing={one} /> },
                { id: "since", head: t("common.created"), phone: "off", num: true, cell: (one) => <Time at={one.published_at ?? one.created_at} /> },
              ]}
            />
            <Pager newer={cursor ? changed({ cursor: null }) : undefined} older={list.next_cursor ? changed({ cursor: list.next_cursor }) : undefined} />
          </>
        )}
      </Load>
    </>
  );
}

export function ListingsPage() {
  const asked = param("new");
  return (
    <WithSeller title={t("sell.listings")} tab="listings">
      {(seller) => (asked !== undefined ? <NewListing seller={seller} asset={asked} /> : (
        <SellPage
          title={t("sell.listings")}
          tab="listings"
          seller={seller}
          actions={<LinkButton kind="primary" href={sellPath("/listings", seller, { new: "1" })}>{t("sell.new_listing")}</LinkButton>}
        >
          <List seller={seller} />
        </SellPage>
      ))}
    </WithSeller>
  );
}
