// Orders from the seller's side: what waits for delivery first, the rest by state; each opens to the order's own page (refund, evidence, split).
import { useState } from "preact/hooks";
import type { Order } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { usePartyNames } from "../api/use-parties.ts";
import { StateBadge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Pager } from "../components/pager.tsx";
import { EmptyState, ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { LinkChips } from "../components/tabs.tsx";
import { Money, Time } from "../components/value.tsx";
import { shortId } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { uuid } from "../lib/random.ts";
import { assetName, changed, param, withQuery } from "../lib/url.ts";
import { SellPage, WithSeller, type Seller } from "./frame.tsx";

const states = ["confirmed", "delivered", "completed", "disputed", "cancelled", "refunded"] as const;

export const orderLink = (order: Order, seller: Seller): string => withQuery(`/account/orders/${order.id}`, { party: seller.query });

/** What of it is the seller's, after the fee. */
export function shareOf(order: Order, seller: Seller) {
  return order.split?.find((one) => one.role === "seller" && one.party === seller.party.id)?.amount;
}

function Deliver({ order, onClose, onDone }: { order: Order; onClose: () => void; onDone: () => void }) {
  const [key] = useState(uuid);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const deliver = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await api.post("/orders/{id}/deliver", { path: { id: order.id }, body: {}, key });
      onDone();
      onClose();
    } catch (fault) {
      setError(fault);
      setBusy(false);
    }
  };
  return (
    <Dialog open title={t("sell.deliver_ask")} locked={busy} onClose={onClose} footer={<><Button onClick={onClose}>{t("common.cancel")}</Button><Button kind="primary" busy={busy} onClick={() => void deliver()}>{t("sell.deliver")}</Button></>}>
      <div class="stack">
        <p><bdi>{assetName(order.asset)}</bdi> · <code>{shortId(order.id)}</code> · <Money money={order.total} /></p>
        <p>{t("sell.deliver_effect")}</p>
        {error ? <ErrorPanel error={error} /> : null}
      </div>
    </Dialog>
  );
}

function List({ seller }: { seller: Seller }) {
  const state = states.find((one) => one === param("state"));
  const cursor = param("cursor");
  const orders = useLoad((signal) => api.get("/orders", { query: { role: "seller", party: seller.query, state, limit: 50, cursor }, signal }), [], { onFocus: true });
  const names = usePartyNames(orders.data?.data.map((one) => one.buyer) ?? []);
  const [delivering, setDelivering] = useState<Order | undefined>();
  return (
    <>
      <LinkChips
        label={t("common.state")}
        tabs={[{ href: changed({ state: null, cursor: null }), label: t("common.all"), current: !state }, ...states.map((one) => ({ href: changed({ state: one, cursor: null }), label: tFor("state.order", one), current: one === state }))]}
      />
      <Load
        from={orders}
        skeleton={<Skeleton lines={6} height="44px" />}
        empty={{ when: (list) => list.data.length === 0, show: state ? <EmptyState title={t("sell.none_in_state")} /> : <EmptyState title={t("order.empty")}>{t("sell.no_orders_why")}</EmptyState> }}
      >
        {(list) => (
          <>
            <Table
              caption={t("nav.orders")}
              hideCaption
              rows={list.data}
              rowKey={(one) => one.id}
              columns={[
                { id: "order", head: t("term.order"), cell: (one) => (
                  <>
                    <a href={orderLink(one, seller)}><bdi>{assetName(one.asset)}</bdi></a>
                    <div class="meta"><code>{shortId(one.id)}</code> · <Time at={one.created_at} show="full" zone={seller.zone} /></div>
                  </>
                ) },
                { id: "buyer", head: t("term.buyer"), phone: "off", cell: (one) => <bdi>{names(one.buyer)}</bdi> },
                { id: "state", head: t("common.state"), phone: "second", cell: (one) => (
                  <span class="row">
                    <StateBadge kind="order" state={one.state} />
                    {one.state === "confirmed" ? <Button small onClick={() => setDelivering(one)}>{t("sell.deliver")}</Button> : null}
                    {one.payment_status === "partially_refunded" ? <StateBadge kind="payment" state={one.payment_status} /> : null}
                  </span>
                ) },
                { id: "total", head: t("common.total"), num: true, cell: (one) => <Money money={one.total} /> },
                { id: "share", head: t("sell.you_keep"), num: true, phone: "off", cell: (one) => {
                  const share = shareOf(one, seller);
                  return share ? <Money money={share} /> : "–";
                } },
              ]}
            />
            <Pager newer={cursor ? changed({ cursor: null }) : undefined} older={list.next_cursor ? changed({ cursor: list.next_cursor }) : undefined} />
          </>
        )}
      </Load>
      {delivering ? <Deliver order={delivering} onClose={() => setDelivering(undefined)} onDone={orders.reload} /> : null}
    </>
  );
}

export function OrdersPage() {
  return <WithSeller title={t("nav.orders")} tab="orders">{(seller) => <SellPage title={t("nav.orders")} tab="orders" seller={seller}><List seller={seller} /></SellPage>}</WithSeller>;
}
