// What all selling pages share: the acting party (in the address), its currency and time zone, tabs, no-permission state.
import type { ComponentChildren } from "preact";
import type { Me, PartyRef } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { Page } from "../components/page.tsx";
import { PartySwitch } from "../components/party-switch.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { t } from "../lib/messages.ts";
import { changed, param, withQuery } from "../lib/url.ts";

/** Who sells here. */
export interface Seller {
  me: Me;
  party: PartyRef;
  /** "" for oneself: left out of addresses */
  query: string | undefined;
  currency: string;
  zone: string;
}

/** Selling takes the admin role in an organisation. */
export const maySell = (party: PartyRef): boolean => party.kind === "person" || (party.roles ?? []).includes("admin");

async function loadSeller(signal: AbortSignal): Promise<Seller> {
  const me = await api.get("/me", { signal });
  const name = param("party");
  if (!name || name === me.name || name === me.id) {
    return { me, party: { id: me.id, name: me.name, kind: "person" }, query: undefined, currency: me.default_currency, zone: me.billing_tz };
  }
  const party = me.may_act_for.find((one) => one.name === name || one.id === name);
  if (!party) return { me, party: { id: "", name, kind: "organisation", roles: [] }, query: name, currency: me.default_currency, zone: me.billing_tz };
  const organisation = await api.get("/organisations/{name}", { path: { name: party.name }, signal });
  return { me, party, query: party.name, currency: organisation.default_currency, zone: organisation.billing_tz };
}

export type SellTab = "overview" | "listings" | "earnings" | "orders" | "deployments";

export const sellPath = (path: string, seller: Seller, more: Record<string, string | undefined> = {}): string => withQuery(`/sell${path}`, { ...more, party: seller.query });

function tabsOf(seller: Seller, current: SellTab) {
  const tab = (id: SellTab, path: string, label: string) => ({ href: sellPath(path, seller), label, current: id === current });
  return [
    tab("overview", "", t("sell.overview")),
    tab("listings", "/listings", t("sell.listings")),
    tab("earnings", "/earnings", t("term.earnings")),
    tab("orders", "/orders", t("nav.orders")),
    tab("deployments", "/deployments", t("sell.deployments")),
  ];
}

export interface SellPageProps {
  title: ComponentChildren;
  titleText?: string;
  tab: SellTab;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  seller: Seller;
  children: ComponentChildren;
}

export function SellPage(props: SellPageProps) {
  const { seller } = props;
  return (
    <Page
      title={props.title}
      {...(props.titleText ? { titleText: props.titleText } : {})}
      section={t("nav.sell")}
      lead={props.lead}
      tabs={tabsOf(seller, props.tab)}
      actions={
        <>
          <PartySwitch me={seller.me} current={seller.party.name} filter={maySell} onSelect={(name) => location.assign(changed({ party: name === seller.me.name ? null : name, cursor: null }))} />
          {props.actions}
        </>
      }
    >
      {props.children}
    </Page>
  );
}

/** Loads the seller, then draws the page; a party without the right to sell sees why. */
export function WithSeller({ title, tab, children }: { title: string; tab: SellTab; children: (seller: Seller) => ComponentChildren }) {
  const seller = useLoad(loadSeller, []);
  if (!seller.data) return <Page title={title} section={t("nav.sell")}><Load from={seller} skeleton={<Skeleton lines={6} />}>{() => null}</Load></Page>;
  if (!maySell(seller.data.party)) {
    return (
      <SellPage title={title} tab={tab} seller={seller.data}>
        <EmptyState title={t("error.no_permission")}>{t("sell.no_right", { name: seller.data.party.name })}</EmptyState>
      </SellPage>
    );
  }
  return <>{children(seller.data)}</>;
}
