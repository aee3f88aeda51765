// What was agreed: frozen versions, the licence's hash, rights, and why it cannot be given back.
import { Hash, Id } from "../components/copy.tsx";
import { StateBadge } from "../components/badge.tsx";
import { formatDateTime, formatList } from "../lib/format.ts";
import { hasMessage, t, tFor } from "../lib/messages.ts";
import type { Acting } from "./frame.tsx";
import type { OrderData } from "./order.tsx";

/** The sentence for a refund that is refused; `touched` names the day. */
export function refusedText(reason: string, touchedAt: string | null | undefined, zone: string): string {
  if (reason === "touched" && touchedAt) return t("order.refund_refused", { date: formatDateTime(touchedAt, { zone, named: true }) });
  return hasMessage("order.refuse", reason) ? tFor("order.refuse", reason) : t("error.invalid_state");
}

export function OrderAgreed({ acting, data }: { acting: Acting; data: OrderData }) {
  const { order, entitlement } = data;
  const refused = order.refund?.reason;
  return (
    <section class="panel" aria-labelledby="agreed">
      <h2 id="agreed">{t("order.agreed")}</h2>
      <dl class="dl">
        <dt>{t("term.offer")}</dt>
        <dd><Id id={order.offer} href={`/market/offers/${order.offer}`} /> {t("order.version_n", { n: order.offer_version })}</dd>
        <dt>{t("term.plan")}</dt>
        <dd><Id id={order.plan} /> {t("order.version_n", { n: order.plan_version })}</dd>
        <dt>{t("order.licence_text")}</dt>
        <dd><Hash hash={order.licence_text_hash} length={16} /></dd>
        {entitlement ? (
          <>
            <dt>{t("term.entitlement")}</dt>
            <dd><a href={acting.to("/account/entitlements", { id: entitlement.id })}><StateBadge kind="entitlement" state={entitlement.state} /></a></dd>
            <dt>{t("term.rights")}</dt>
            <dd>{formatList(entitlement.rights.map((one) => tFor("right", one)))}</dd>
          </>
        ) : null}
        <dt>{t("term.refund_word")}</dt>
        <dd class="stack tight">
          <span>{hasMessage("price.refund_", order.refund_policy) ? tFor("price.refund_", order.refund_policy) : order.refund_policy}</span>
          {refused ? <span class="meta">{refusedText(refused, entitlement?.touched_at, acting.zone)}</span> : null}
        </dd>
      </dl>
    </section>
  );
}
