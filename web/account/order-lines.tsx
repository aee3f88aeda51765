// What was bought and what it came to; how it was split, for those who may see it.
import type { Order, OrderLine } from "../api/answers.ts";
import { Table } from "../components/table.tsx";
import { Money } from "../components/value.tsx";
import { formatNumber } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { isZero } from "../lib/money.ts";
import { useNames } from "./names.ts";

function Split({ order }: { order: Order }) {
  const split = order.split ?? [];
  const nameOf = useNames(split.map((one) => one.party));
  if (split.length === 0) return null;
  return (
    <>
      <h3>{t("order.split")}</h3>
      <dl class="kv">
        {split.map((one) => [
          <dt key={one.role}>{tFor("term.role", one.role)}{one.role === "fee" ? null : <> · <bdi>{nameOf(one.party)}</bdi></>}</dt>,
          <dd key={`${one.role}=`}><Money money={one.amount} /></dd>,
        ])}
      </dl>
    </>
  );
}

export function OrderLines({ order }: { order: Order }) {
  // what is charged by use has no amount here
  const byUse = (one: OrderLine): boolean => one.quantity === 0;
  return (
    <section class="panel" aria-labelledby="lines">
      <h2 id="lines">{t("order.lines")}</h2>
      <Table
        caption={t("order.lines")}
        hideCaption
        rows={order.lines}
        rowKey={(one) => one.component}
        columns={[
          { id: "component", head: t("term.component"), cell: (one) => <bdi>{tFor("component", one.component)}</bdi> },
          { id: "quantity", head: t("common.quantity"), cell: (one) => (byUse(one) ? "" : formatNumber(one.quantity)), num: true, phone: "off" },
          { id: "amount", head: t("common.amount"), cell: (one) => (byUse(one) ? <span class="meta">{t("order.by_use")}</span> : <Money money={one.amount} />), num: true },
        ]}
      />
      <dl class="kv sum">
        <dt>{t("term.subtotal")}</dt>
        <dd><Money money={order.subtotal} /></dd>
        <dt>{t("term.tax")}</dt>
        <dd><Money money={order.tax} /></dd>
        <dt class="total">{t("term.total")}</dt>
        <dd class="total"><Money money={order.total} /></dd>
        {isZero(order.refunded) ? null : <><dt>{t("term.refunded")}</dt><dd><Money money={{ ...order.refunded, amount: `-${order.refunded.amount}` }} /></dd></>}
      </dl>
      <Split order={order} />
    </section>
  );
}
