// One top-up: what to write into the bank's form, how long it waits, whether the money has come; and the way back to a checkout.
import type { ComponentChildren } from "preact";
import type { TopUp } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { StateLine, type StateStep } from "../components/badge.tsx";
import { LinkButton } from "../components/button.tsx";
import { CopyButton } from "../components/copy.tsx";
import { Notice } from "../components/notice.tsx";
import { Load, Skeleton, useLoad } from "../components/states.tsx";
import { Money, Time } from "../components/value.tsx";
import { formatDateTime, shortId } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { difference, formatMoney, isZero } from "../lib/money.ts";
import { safeNext } from "../lib/url.ts";
import { AccountPage, type Acting } from "./frame.tsx";
import { usePoll } from "./poll.ts";

function steps(one: TopUp, zone: string): StateStep[] {
  const asked: StateStep = { label: t("account.top_up_asked"), at: "done", time: one.created_at };
  const waiting = (at: StateStep["at"]): StateStep => ({ label: t("account.top_up_waiting"), at, ...(at === "now" ? { note: t("account.until_time", { time: formatDateTime(one.expires_at, { zone, named: true }) }) } : {}) });
  const received = (at: StateStep["at"]): StateStep => ({ label: t("state.topup.succeeded"), at });
  switch (one.state) {
    case "succeeded": return [asked, waiting("done"), received("now")];
    case "expired": return [asked, { label: t("state.topup.expired"), at: "left", time: one.expires_at }];
    case "partially_paid": return [asked, { label: t("state.topup.partially_paid"), at: "now", note: formatMoney(one.received, { display: "code" }) }, received("ahead")];
    default: return [asked, waiting("now"), received("ahead")];
  }
}

function Row({ label, copy, strong = false, children }: { label: string; copy?: string; strong?: boolean; children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd class={strong ? "strong" : undefined}>{children}</dd>
      {copy === undefined ? null : <dd class="do"><CopyButton text={copy} what={label}><span>{t("common.copy")}</span></CopyButton></dd>}
    </div>
  );
}

function View({ acting, id }: { acting: Acting; id: string }) {
  const found = useLoad((signal) => api.get("/top_ups/{id}", { path: { id }, signal }), [id], { onFocus: true });
  const state = found.data?.state;
  usePoll(state === "requires_action" || state === "partially_paid", found.reload);
  const next = acting.address.get("next");
  const back = next && safeNext(next) === next ? next : undefined;
  return (
    <Load from={found} skeleton={<Skeleton lines={6} height="2.4em" />}>
      {(one) => {
        const open = one.state === "requires_action" || one.state === "partially_paid";
        return (
          <>
            <StateLine label={t("common.state")} steps={steps(one, acting.zone)} zone={acting.zone} />
            {one.state === "succeeded" ? (
              <Notice tone="ok" live="status" title={t("account.top_up_received", { amount: formatMoney(one.received, { display: "code" }) })}
                actions={back ? <LinkButton kind="primary" href={back}>{t("account.back_to_purchase")}</LinkButton> : <LinkButton href={acting.to("/account/wallet", { currency: one.amount.currency })}>{t("nav.wallet")}</LinkButton>} />
            ) : one.state === "expired" ? (
              <Notice tone="warn" title={t("account.top_up_expired")} actions={<LinkButton kind="primary" href={acting.to("/account/top-ups", { amount: one.amount.amount, currency: one.amount.currency, next })}>{t("account.top_up_again")}</LinkButton>}>{t("account.top_up_expired_why")}</Notice>
            ) : one.state === "partially_paid" ? (
              <Notice tone="warn" title={t("account.top_up_partly", { received: formatMoney(one.received, { display: "code" }), missing: formatMoney(difference(one.received, one.amount), { display: "code" }) })} />
            ) : null}
            <section class="stack" aria-labelledby="transfer">
              <h2 id="transfer">{open ? t("account.bank_form") : t("common.details")}</h2>
              {open ? <p>{t("account.bank_form_why")}</p> : null}
              <dl class="bank">
                <Row label={t("common.amount")} strong copy={one.amount.amount}><Money money={one.amount} /></Row>
                <Row label={t("term.payment_reference")} strong copy={one.reference}><code>{one.reference}</code></Row>
                <Row label={t("account.beneficiary")} copy={one.bank_details.beneficiary}><bdi>{one.bank_details.beneficiary}</bdi></Row>
                {one.bank_details.bank ? <Row label={t("account.bank_name")} copy={one.bank_details.bank}><bdi>{one.bank_details.bank}</bdi></Row> : null}
                {one.bank_details.account ? <Row label={t("account.bank_account")} copy={one.bank_details.account}><code>{one.bank_details.account}</code></Row> : null}
                {one.bank_details.bic ? <Row label={t("account.bank_bic")} copy={one.bank_details.bic}><code>{one.bank_details.bic}</code></Row> : null}
                {isZero(one.received) ? null : <Row label={t("account.received_so_far")}><Money money={one.received} /></Row>}
                <Row label={open ? t("account.waits_until") : t("common.created")}><Time at={open ? one.expires_at : one.created_at} show="full" zone={acting.zone} /></Row>
              </dl>
              {open && !one.bank_details.account ? <Notice tone="info" title={t("account.bank_unknown")} /> : null}
              {open ? <p class="meta">{t("account.poll_note")}</p> : null}
              {open && back ? <div><LinkButton href={back}>{t("account.back_to_purchase")}</LinkButton></div> : null}
            </section>
          </>
        );
      }}
    </Load>
  );
}

export function TopUpPage({ props }: { props: Record<string, unknown> }) {
  const id = String(props["id"]);
  return (
    <AccountPage tab="top-ups" title={t("term.top_up")} titleText={`${t("term.top_up")} ${shortId(id)}`}>
      {(acting) => <div class="stack narrow-form"><View acting={acting} id={id} /></div>}
    </AccountPage>
  );
}
