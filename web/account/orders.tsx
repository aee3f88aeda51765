// The orders of a party as buyer, newest first; the state stands in the address.
import { api } from "../api/client.ts";
import { StateBadge } from "../components/badge.tsx";
import { LinkButton } from "../components/button.tsx";
import { Pager } from "../components/pager.tsx";
import { Select } from "../components/select.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { Money, Time } from "../components/value.tsx";
import type { Order } from "../api/answers.ts";
import { shortId } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { isZero } from "../lib/money.ts";
import { assetName } from "../lib/url.ts";
import { AccountPage, type Acting } from "./frame.tsx";
import { useNames } from "./names.ts";
import { usePaging } from "../components/use-paging.ts";

const states = ["confirmed", "delivered", "completed", "disputed", "cancelled", "refunded"] as const;
const pageSize = 20;

export function OrderTable({ acting, orders }: { acting: Acting; orders: Order[] }) {
  const nameOf = useNames(orders.map((one) => one.seller));
  return (
    <Table
      caption={t("nav.orders")}
      hideCaption
      rows={orders}
      rowKey={(one) => one.id}
      empty={t("common.no_match")}
      columns={[
        { id: "what", head: t("term.order"), cell: (one) => <><a href={acting.to(`/account/orders/${one.id}`)}><bdi>{assetName(one.asset)}</bdi></a> <code class="meta" title={one.id}>{shortId(one.id)}</code></> },
        { id: "seller", head: t("term.seller"), cell: (one) => <bdi>{nameOf(one.seller)}</bdi>, phone: "off" },
        { id: "at", head: t("common.date"), cell: (one) => <Time at={one.created_at} show="full" zone={acting.zone} />, phone: "second" },
        { id: "state", head: t("common.state"), cell: (one) => <StateBadge kind="order" state={one.state === "completed" && one.payment_status === "partially_refunded" ? "partially_refunded" : one.state} />, phone: "second" },
        { id: "total", head: t("term.total"), cell: (one) => (isZero(one.total) ? t("common.free") : <Money money={one.total} />), num: true },
      ]}
    />
  );
}

function View({ acting }: { acting: Acting }) {
  const { address, party } = acting;
  const cursor = address.get("cursor");
  const state = states.find((one) => one === address.get("state"));
  const list = useLoad((signal) => api.get("/orders", { query: { role: "buyer", party, state, cursor, limit: pageSize }, signal }), [party, state, cursor], { onFocus: true });
  const paging = usePaging(address, list.data?.next_cursor, list.error);
  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Select label={t("common.state")} value={state ?? ""} onChange={(value) => address.go({ state: value || null, before: null })}
          options={[{ value: "", label: t("common.all") }, ...states.map((one) => ({ value: one, label: tFor("state.order", one) }))]} />
      </form>
      <Load from={list} skeleton={<Skeleton lines={8} height="2.4em" />}
        empty={{ when: (one) => one.data.length === 0 && !state && !cursor, show: <EmptyState title={t("order.empty")} action={<LinkButton kind="primary" href="/market">{t("account.browse_market")}</LinkButton>}>{t("account.orders_none_why")}</EmptyState> }}>
        {(one) => (
          <>
            <OrderTable acting={acting} orders={one.data} />
            <Pager newer={paging.newer} older={paging.older} onGo={paging.onGo} />
          </>
        )}
      </Load>
    </>
  );
}

export function OrdersPage() {
  return (
    <AccountPage tab="orders" title={t("nav.orders")}>
      {(acting) => <View acting={acting} />}
    </AccountPage>
  );
}
