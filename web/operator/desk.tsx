// The operator's first page: what needs a person, what happened today, whether the books are right; each figure leads to its page.
import type { ComponentChildren } from "preact";
import type { Money as MoneyValue, OperatorOverview } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { Badge } from "../components/badge.tsx";
import { Notice } from "../components/notice.tsx";
import { Load, Skeleton, useLoad } from "../components/states.tsx";
import { Money, NumberText, Time } from "../components/value.tsx";
import { t, tx } from "../lib/messages.ts";
import { OperatorPage } from "./frame.tsx";

function Figure({ label, href, children, note }: { label: string; href: string; children: ComponentChildren; note?: ComponentChildren }) {
  return (
    <a class="panel figure-link" href={href}>
      <span class="label">{label}</span>
      <span class="figure">{children}</span>
      <span class="meta">{note}</span>
    </a>
  );
}

const sums = (list: MoneyValue[]): ComponentChildren => list.map((one, i) => <span key={one.currency}>{i > 0 ? " · " : ""}<Money money={one} /></span>);

function Alert({ alert }: { alert: OperatorOverview["alerts"][number] }) {
  const { code, count } = alert;
  if (code === "books_unbalanced") return <Notice tone="bad" live="alert" title={t("operator.alert_books", { count })}><a href="/operator/ledger">{t("operator.open_ledger")}</a></Notice>;
  if (code === "orders_disputed") return <Notice tone="warn"><a href="/operator/audit?action=order.change">{t("operator.alert_disputed", { count })}</a></Notice>;
  if (code === "review_waits_a_day") return <Notice tone="warn"><a href="/operator/review">{t("operator.alert_review")}</a></Notice>;
  return <Notice tone="warn"><a href="/operator/top-ups">{t("operator.alert_second", { count })}</a></Notice>;
}

function Content({ one }: { one: OperatorOverview }) {
  const off = one.books.filter((book) => !book.balanced);
  const behind = one.trade_log.size - one.trade_log.checkpoint_size;
  return (
    <>
      {one.alerts.map((alert) => <Alert key={alert.code} alert={alert} />)}
      <div class="figures">
        <Figure label={t("operator.to_review")} href="/operator/review" note={one.listings.oldest_in_review_at ? tx("operator.oldest", { time: <Time at={one.listings.oldest_in_review_at} /> }) : t("operator.nothing_waits")}>
          <NumberText value={one.listings.in_review} />
        </Figure>
        <Figure label={t("operator.top_ups_waiting")} href="/operator/top-ups" note={one.top_ups.needs_second_person > 0 ? t("operator.second_person", { count: one.top_ups.needs_second_person }) : one.top_ups.partially_paid > 0 ? t("operator.partly_paid", { count: one.top_ups.partially_paid }) : undefined}>
          <NumberText value={one.top_ups.requires_action + one.top_ups.partially_paid} />
        </Figure>
        <Figure label={t("operator.orders_today")} href="/operator/audit?action=order.place" note={sums(one.orders.total_today)}><NumberText value={one.orders.today} /></Figure>
        <Figure label={t("operator.runs_today")} href="/operator/ledger" note={<>{sums(one.usage.charged_today)}{one.usage.failed_today > 0 ? ` · ${t("operator.failed_today", { count: one.usage.failed_today })}` : ""}</>}><NumberText value={one.usage.records_today} /></Figure>
      </div>
      <div class="layout even">
        <section class="panel" aria-labelledby="house-head">
          <h2 id="house-head">{t("operator.house")}</h2>
          <dl class="kv">
            <dt><a href="/operator/parties">{t("operator.people")}</a></dt><dd><NumberText value={one.parties.people} />{one.parties.new_today > 0 ? <span class="meta"> · {t("operator.new_today", { count: one.parties.new_today })}</span> : null}</dd>
            <dt>{t("operator.organisations")}</dt><dd><NumberText value={one.parties.organisations} /></dd>
            <dt><a href="/market">{t("operator.listings_published")}</a></dt><dd><NumberText value={one.listings.published} /></dd>
            <dt>{t("operator.listings_suspended")}</dt><dd><NumberText value={one.listings.suspended} /></dd>
            <dt>{t("operator.repositories")}</dt><dd>{t("operator.repositories_count", { models: one.repositories.models, datasets: one.repositories.datasets, spaces: one.repositories.spaces })}</dd>
          </dl>
        </section>
        <section class="panel" aria-labelledby="books-head">
          <h2 id="books-head">{t("operator.books")}</h2>
          <dl class="kv">
            {one.books.map((book) => (
              <>
                <dt><a href={`/operator/ledger?currency=${book.currency}`}>{t("operator.trial_balance_in", { currency: book.currency })}</a></dt>
                <dd>{book.balanced ? <Badge tone="ok">{t("term.balanced")}</Badge> : <Badge tone="bad">{t("operator.unbalanced")}</Badge>}</dd>
              </>
            ))}
            <dt><a href="/trade-log">{t("term.trade_log")}</a></dt><dd>{t("operator.log_entries", { count: one.trade_log.size })}</dd>
            <dt>{t("operator.not_in_checkpoint")}</dt><dd><NumberText value={Math.max(0, behind)} /></dd>
            <dt>{t("operator.orders_open")}</dt><dd><NumberText value={one.orders.confirmed + one.orders.delivered} /></dd>
            <dt>{t("operator.holds_open")}</dt><dd><NumberText value={one.usage.holds_open} /></dd>
          </dl>
          {one.books.length === 0 && off.length === 0 ? <p class="meta">{t("operator.no_books")}</p> : null}
        </section>
      </div>
      <p class="meta">{tx("operator.as_of_today", { time: <Time at={one.at} show="full" />, from: <Time at={one.today_from} show="full" /> })}</p>
    </>
  );
}

export function DeskPage() {
  const overview = useLoad((signal) => api.get("/operator/overview", { signal }), [], { onFocus: true });
  return (
    <OperatorPage title={t("operator.desk")} tab="desk">
      <Load from={overview} skeleton={<Skeleton lines={6} height="3em" />}>{(one) => <Content one={one} />}</Load>
    </OperatorPage>
  );
}
