// The frame of an account page: who acts, tabs, and what every view needs to know of the acting party.
import type { ComponentChildren } from "preact";
import type { Me } from "../api/answers.ts";
import { api, wire } from "../api/client.ts";
import { Page } from "../components/page.tsx";
import { PartySwitch } from "../components/party-switch.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { useAddress, type Address } from "../components/use-address.ts";
import { context } from "../lib/context.ts";
import { dayOf } from "../lib/days.ts";
import { t } from "../lib/messages.ts";
import { withQuery } from "../lib/url.ts";

export interface Acting {
  me: Me;
  /** id and name of the acting party */
  id: string;
  name: string;
  /** for queries: undefined for oneself */
  party: string | undefined;
  /** where its days begin */
  zone: string;
  currency: string;
  /** business time when the page opened, and its day */
  now: Date;
  today: string;
  /** a path of this section with the party kept */
  to: (path: string, query?: Record<string, string | undefined>) => string;
  address: Address;
}

/** Under a test clock the days of the books are not the browser's. */
async function businessNow(): Promise<Date> {
  if (!context.test_clock) return new Date();
  return wire<{ now: string }>("get", "/api/v1/test_clock").then((one) => new Date(one.now), () => new Date());
}

async function load(signal: AbortSignal, asked: string | undefined) {
  const [me, clock] = await Promise.all([
    api.get("/me", { signal }),
    businessNow(),
  ]);
  const other = asked && asked !== me.name && asked !== me.id ? me.may_act_for.find((one) => one.name === asked || one.id === asked) : undefined;
  if (asked && asked !== me.name && asked !== me.id && !other) return { me, missing: asked };
  const organisation = other ? await api.get("/organisations/{name}", { path: { name: other.name }, signal }) : undefined;
  const zone = (organisation ?? me).billing_tz || "UTC";
  return { me, clock, zone, currency: (organisation ?? me).default_currency, id: other?.id ?? me.id, name: other?.name ?? me.name, party: other?.name };
}

export interface AccountPageProps {
  /** name of the tab: "" for the overview */
  tab: "" | "wallet" | "top-ups" | "orders" | "entitlements" | "usage";
  title: string;
  /** of the thing, where it differs from the h1 */
  titleText?: string;
  head?: ComponentChildren;
  lead?: ComponentChildren;
  actions?: (acting: Acting) => ComponentChildren;
  children: (acting: Acting) => ComponentChildren;
}

export function AccountPage(props: AccountPageProps) {
  const address = useAddress();
  const asked = address.get("party");
  const found = useLoad((signal) => load(signal, asked), [asked]);
  const data = found.data;
  const acting: Acting | undefined = data && !("missing" in data)
    ? { ...data, now: data.clock, today: dayOf(data.clock, data.zone), address, to: (path, query = {}) => withQuery(path, { party: data.party, ...query }) }
    : undefined;
  const tab = (name: AccountPageProps["tab"], label: string) => ({ href: withQuery(name ? `/account/${name}` : "/account", { party: acting?.party }), label, current: props.tab === name });
  return (
    <Page
      title={props.head ?? props.title}
      titleText={props.titleText ?? props.title}
      section={t("nav.account")}
      lead={props.lead}
      actions={acting ? (
        <>
          <PartySwitch me={acting.me} current={acting.name} onSelect={(name) => address.go({ party: name === acting.me.name ? null : name })} />
          {props.actions?.(acting)}
        </>
      ) : null}
      tabs={[tab("", t("account.overview")), tab("wallet", t("nav.wallet")), tab("top-ups", t("account.top_ups")), tab("orders", t("nav.orders")), tab("entitlements", t("nav.entitlements")), tab("usage", t("nav.usage"))]}
    >
      <Load from={found} skeleton={<Skeleton lines={6} />}>
        {(one) => ("missing" in one || !acting
          ? <EmptyState title={t("error.no_permission")} action={<a href="/account">{t("account.own")}</a>}>{t("error.page_not_found")}</EmptyState>
          : props.children(acting))}
      </Load>
    </Page>
  );
}
