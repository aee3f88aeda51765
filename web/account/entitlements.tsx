// What a party may use: state, rights, free units left, the order it came from. ?state= ?asset= ?id= stand in the address.
import type { Entitlement, List } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { StateBadge } from "../components/badge.tsx";
import { LinkButton } from "../components/button.tsx";
import { Id } from "../components/copy.tsx";
import { Pager } from "../components/pager.tsx";
import { Select } from "../components/select.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Money, NumberText, Time } from "../components/value.tsx";
import { formatList } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { isZero } from "../lib/money.ts";
import { assetName, assetPath } from "../lib/url.ts";
import { AccountPage, type Acting } from "./frame.tsx";
import { usePaging } from "../components/use-paging.ts";

const states = ["active", "expired", "suspended", "revoked"] as const;
const pageSize = 20;

function Counters({ one }: { one: Entitlement }) {
  if (one.counters.length === 0) return null;
  return (
    <dl class="kv">
      {one.counters.map((row) => [
        <dt key={row.component}><bdi>{tFor("component", row.component)}</bdi></dt>,
        <dd key={`${row.component}=`}>
          <NumberText value={row.quantity} />
          {row.free_left > 0 ? <> · <span class="mark-free">{t("account.free_left", { count: row.free_left })}</span></> : null}
          {isZero(row.charged) ? null : <> · <Money money={row.charged} /></>}
        </dd>,
      ])}
    </dl>
  );
}

export function EntitlementCard({ acting, one, heading = "h2" }: { acting: Acting; one: Entitlement; heading?: "h2" | "h3" }) {
  const Heading = heading;
  const active = one.state === "active";
  return (
    <article class="panel entitlement">
      <div class="spread">
        <Heading><a href={assetPath(one.asset)}><bdi>{assetName(one.asset)}</bdi></a></Heading>
        <StateBadge kind="entitlement" state={one.state} />
      </div>
      <p class="meta">{formatList(one.rights.map((right) => tFor("right", right)))}</p>
      <Counters one={one} />
      <div class="meta row">
        <span>{t("account.since")} <Time at={one.valid_from} show="date" zone={acting.zone} /></span>
        {one.valid_to ? <span>{t("account.valid_until")} <Time at={one.valid_to} show="date" zone={acting.zone} /></span> : null}
        {one.touched_at ? <span>{t("account.touched")} <Time at={one.touched_at} show="date" zone={acting.zone} /></span> : null}
      </div>
      <div class="row">
        {active && one.rights.includes("download") ? <LinkButton small href={`${assetPath(one.asset)}/tree/main`}>{t("order.files")}</LinkButton> : null}
        {active && one.rights.includes("run") ? <LinkButton small href={`${assetPath(one.asset)}/try`}>{t("account.try")}</LinkButton> : null}
        <LinkButton small kind="quiet" href={acting.to(`/account/orders/${one.order}`)}>{t("term.order")}</LinkButton>
        <LinkButton small kind="quiet" href={acting.to("/account/usage", { asset: one.asset })}>{t("nav.usage")}</LinkButton>
        <span class="meta"><Id id={one.id} /></span>
      </div>
    </article>
  );
}

function View({ acting }: { acting: Acting }) {
  const { address, party } = acting;
  const cursor = address.get("cursor");
  const state = states.find((one) => one === address.get("state"));
  const asset = address.get("asset");
  const id = address.get("id");
  const list = useLoad<List<Entitlement>>(async (signal) => {
    if (id) return { object: "list", data: [await api.get("/entitlements/{id}", { path: { id }, signal })], has_more: false, next_cursor: null };
    return api.get("/entitlements", { query: { party, state, asset, cursor, limit: pageSize }, signal });
  }, [party, state, asset, cursor, id], { onFocus: true });
  const paging = usePaging(address, list.data?.next_cursor, list.error);
  const filtered = Boolean(state || asset || id || cursor);
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Select label={t("common.state")} value={state ?? ""} onChange={(value) => address.go({ state: value || null, before: null, id: null })}
          options={[{ value: "", label: t("common.all") }, ...states.map((one) => ({ value: one, label: tFor("state.entitlement", one) }))]} />
        {asset || id ? (
          <ul class="chips"><li><button type="button" class="chip" onClick={() => address.go({ asset: null, id: null })} aria-label={t("common.remove_what", { what: asset ?? id ?? "" })}>
            <bdi>{asset ? assetName(asset) : id}</bdi> <span aria-hidden="true">✕</span>
          </button></li></ul>
        ) : null}
      </form>
      <Load from={list} skeleton={<Skeleton lines={4} height="7em" />} empty={{ when: (one) => one.data.length === 0, show: filtered
        ? <EmptyState title={t("common.no_match")} action={<a href={address.href({ state: null, asset: null, id: null, cursor: null, before: null })}>{t("common.clear_all")}</a>} />
        : <EmptyState title={t("account.entitlements_none")} action={<LinkButton kind="primary" href="/market">{t("account.browse_market")}</LinkButton>}>{t("account.entitlements_none_why")}</EmptyState> }}>
        {(one) => (
          <>
            <div class="card-grid wide-cards">{one.data.map((row) => <EntitlementCard key={row.id} acting={acting} one={row} />)}</div>
            <Pager newer={paging.newer} older={paging.older} onGo={paging.onGo} />
          </>
        )}
      </Load>
    </>
  );
}

export function EntitlementsPage() {
  return (
    <AccountPage tab="entitlements" title={t("nav.entitlements")}>
      {(acting) => <View acting={acting} />}
    </AccountPage>
  );
}
