// One order: its states in lines, what was bought and agreed, refund, evidence. Buyer, seller and operator see the same page; the split only the latter two.
import type { Entitlement, Order } from "../api/answers.ts";
import { api, isApiError } from "../api/client.ts";
import { PartyName } from "../components/avatar.tsx";
import { StateBadge, StateLine, stateText, type StateStep } from "../components/badge.tsx";
import { Button, LinkButton } from "../components/button.tsx";
import { CopyButton } from "../components/copy.tsx";
import { Notice } from "../components/notice.tsx";
import { EmptyState, ErrorPanel, Load, Skeleton, useLoad, type Loaded } from "../components/states.tsx";
import { Time } from "../components/value.tsx";
import { formatDateTime, formatDuration, shortId } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { assetName, assetPath, pathOf } from "../lib/url.ts";
import { useState } from "preact/hooks";
import { AccountPage, type Acting } from "./frame.tsx";
import { useNames } from "./names.ts";
import { OrderAgreed } from "./order-agreed.tsx";
import { OrderEvidence } from "./order-evidence.tsx";
import { OrderLines } from "./order-lines.tsx";
import { RefundDialog, RefundList } from "./order-refund.tsx";
import { finalStates, orderLine, wholeTime } from "./order-state.ts";
import { usePoll } from "./poll.ts";

export interface OrderData {
  order: Order;
  /** what it gave; undefined while nothing was delivered, or to whom it is not visible */
  entitlement: Entitlement | undefined;
}

async function load(id: string, signal: AbortSignal): Promise<OrderData> {
  const order = await api.get("/orders/{id}", { path: { id }, signal });
  const given = order.lines.find((one) => one.entitlement)?.entitlement;
  const entitlement = given ? await api.get("/entitlements/{id}", { path: { id: given }, signal }).catch((error: unknown) => {
    if (isApiError(error) && error.status === 404) return undefined;
    throw error;
  }) : undefined;
  return { order, entitlement };
}

/** The same minute is written once. */
function steps(order: Order, zone: string, reason: string | undefined): StateStep[] {
  let before = "";
  return orderLine(order).map((one) => {
    const minute = one.time ? formatDateTime(one.time, { zone }) : "";
    const shown = minute !== "" && minute !== before;
    if (minute) before = minute;
    return { label: one.state === "placed" ? t("order.placed") : stateText("order", one.state), at: one.at, ...(shown && one.time ? { time: one.time } : {}), ...(one.at === "left" && reason ? { note: reason } : {}) };
  });
}

function fulfilmentOf(order: Order): string {
  const all = new Set(order.lines.map((one) => one.fulfilment));
  for (const one of ["pending", "delivered", "returned", "accepted"]) if (all.has(one as never)) return one;
  return "pending";
}

function Content({ acting, from, id }: { acting: Acting; from: Loaded<OrderData>; id: string }) {
  const data = from.data as OrderData;
  const { order } = data;
  const nameOf = useNames([order.buyer, order.seller]);
  const refunds = useLoad((signal) => api.get("/orders/{id}/refunds", { path: { id }, signal }), [id, order.version]);
  const reason = refunds.data?.data[0]?.reason;
  const took = wholeTime(order);
  return (
    <>
      {acting.address.get("new") ? <Notice tone="ok" live="status" title={t("checkout.bought")} /> : null}
      {from.error ? <ErrorPanel error={from.error} onRetry={from.reload} title={from.at ? t("common.stale_since", { time: formatDateTime(from.at) }) : undefined} /> : null}
      <div class="row parties">
        <a class="thing" href={assetPath(order.asset)}><bdi>{assetName(order.asset)}</bdi></a>
        <span class="one"><span class="meta">{t("term.buyer")}</span> <PartyName name={nameOf(order.buyer)} href={pathOf(nameOf(order.buyer))} /></span>
        <span aria-hidden="true">→</span>
        <span class="one"><span class="meta">{t("term.seller")}</span> <PartyName name={nameOf(order.seller)} href={pathOf(nameOf(order.seller))} /></span>
      </div>
      <section class="stack tight" aria-label={t("common.state")}>
        <StateLine label={t("term.order")} steps={steps(order, acting.zone, reason)} zone={acting.zone} />
        <div class="row axes">
          <span>{t("order.payment")} <StateBadge kind="payment" state={order.payment_status} /></span>
          <span>{t("order.delivery")} <span class={`badge ${fulfilmentOf(order) === "accepted" || fulfilmentOf(order) === "delivered" ? "badge-ok" : "badge-info"}`}>{tFor("order.fulfilment", fulfilmentOf(order))}</span></span>
          {took > 0 ? <span class="meta">{t("common.in_all", { time: formatDuration(took) })}</span> : null}
        </div>
      </section>
      <div class="layout even order-parts">
        <OrderLines order={order} />
        <OrderAgreed acting={acting} data={data} />
      </div>
      <RefundList refunds={refunds} zone={acting.zone} />
      <OrderEvidence order={order} />
    </>
  );
}

function Actions({ acting, from }: { acting: Acting; from: Loaded<OrderData> }) {
  const [asking, setAsking] = useState(false);
  const data = from.data;
  if (!data) return null;
  const { order, entitlement } = data;
  const mine = new Set([acting.me.id, ...acting.me.may_act_for.map((one) => one.id)]);
  const buyer = mine.has(order.buyer);
  const seller = mine.has(order.seller) || (acting.me.is_operator && !buyer);
  const files = buyer && entitlement?.state === "active" && entitlement.rights.includes("download");
  const path = assetPath(order.asset);
  return (
    <>
      {files ? <LinkButton kind="primary" href={`${path}/tree/main`}>{t("order.files")}</LinkButton> : buyer && (order.state === "refunded" || order.state === "cancelled") ? <LinkButton href={`${path}/price`}>{t("order.buy_again")}</LinkButton> : null}
      {order.refund?.possible ? <Button onClick={() => setAsking(true)}>{seller ? t("order.refund_give") : t("order.refund_request")}</Button> : null}
      {order.refund?.possible && order.refund.until ? <span class="meta">{t("order.refund_until")} <Time at={order.refund.until} show="full" zone={acting.zone} /></span> : null}
      <RefundDialog open={asking} data={data} seller={seller} zone={acting.zone} onClose={() => setAsking(false)} onDone={from.reload} />
    </>
  );
}

export function OrderPage({ props }: { props: Record<string, unknown> }) {
  const id = String(props["id"]);
  const from = useLoad((signal) => load(id, signal), [id], { onFocus: true });
  const order = from.data?.order;
  usePoll(order !== undefined && !finalStates.has(order.state), from.reload);
  return (
    <AccountPage
      tab="orders"
      title={`${t("term.order")} ${shortId(id)}`}
      head={<span class="money">{t("term.order")} <code title={id}>{shortId(id)}</code> <CopyButton text={id} what={id}><span class="sr-only">{t("common.copy")}</span></CopyButton></span>}
      actions={(acting) => <Actions acting={acting} from={from} />}
    >
      {(acting) => (
        <Load from={{ ...from, error: from.data ? undefined : from.error }} skeleton={<Skeleton lines={10} />}
          empty={{ when: (one) => one.order.lines.length === 0, show: <EmptyState title={t("common.no_data")} /> }}>
          {() => <Content acting={acting} from={from} id={id} />}
        </Load>
      )}
    </AccountPage>
  );
}
