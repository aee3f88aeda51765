// The overview: wallet, this month's usage, latest orders, what may be used now. Each part loads and fails by itself.
import type { ComponentChildren } from "preact";
import { api } from "../api/client.ts";
import { LinkButton } from "../components/button.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { Money, NumberText } from "../components/value.tsx";
import { formatDate } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { isZero } from "../lib/money.ts";
import { assetName, assetPath } from "../lib/url.ts";
import { monthEnd, monthStart, rangeOf } from "../lib/days.ts";
import { EntitlementCard } from "./entitlements.tsx";
import { AccountPage, type Acting } from "./frame.tsx";
import { OrderTable } from "./orders.tsx";
import { currenciesOf, total, usageRows } from "./usage-rows.ts";

const latest = 5;
const newestEntitlements = 4;
const busiest = 5;

function Part({ title, href, children }: { title: string; href: string; children: ComponentChildren }) {
  return (
    <section class="stack part" aria-label={title}>
      <div class="spread">
        <h2>{title}</h2>
        <a href={href}>{t("common.show_all")}<span aria-hidden="true"> →</span></a>
      </div>
      {children}
    </section>
  );
}

function WalletFigures({ acting }: { acting: Acting }) {
  const { party } = acting;
  const wallets = useLoad((signal) => api.get("/wallets", { query: { party }, signal }), [party], { onFocus: true });
  return (
    <Load from={wallets} skeleton={<Skeleton lines={1} height="7em" />}>
      {({ data }) => (
        <div class="figures">
          {[...data].sort((a, b) => Number(b.currency === acting.currency) - Number(a.currency === acting.currency)).map((one) => (
            <div class="panel" key={one.currency}>
              <span class="label">{t("account.available_in", { currency: one.currency })}</span>
              <a class="figure plain" href={acting.to("/account/wallet", { currency: one.currency })}><Money money={one.available} display="none" /> <small>{one.currency}</small></a>
              <span class="meta">{isZero(one.held) ? t("account.nothing_held") : <>{t("term.held")} <Money money={one.held} /></>}</span>
            </div>
          ))}
        </div>
      )}
    </Load>
  );
}

function MonthUsage({ acting }: { acting: Acting }) {
  const { party, today, zone } = acting;
  const [from, to] = [monthStart(today), monthEnd(today)];
  const usage = useLoad((signal) => api.get("/usage", { query: { party, role: "buyer", group_by: "asset", ...rangeOf(from, to, zone) }, signal }), [party, from], { onFocus: true });
  return (
    <Part title={t("account.usage_month")} href={acting.to("/account/usage")}>
      <Load from={usage} skeleton={<Skeleton lines={3} />} empty={{ when: (one) => one.data.length === 0, show: <p class="muted">{t("account.usage_none")}</p> }}>
        {({ data }) => (
          <>
            {currenciesOf(data).map((currency) => {
              const rows = usageRows(data, "asset", currency, from, to);
              const all = total(rows, currency);
              return (
                <Table
                  key={currency}
                  caption={formatDate(`${from}T12:00:00Z`, "UTC") + " – " + formatDate(`${to}T12:00:00Z`, "UTC")}
                  rows={rows.slice(0, busiest)}
                  rowKey={(one) => one.key}
                  columns={[
                    { id: "key", head: t("account.by.asset"), cell: (one) => <a href={assetPath(one.key)}><bdi>{assetName(one.key)}</bdi></a>, foot: t("term.total") },
                    { id: "quantity", head: t("common.quantity"), cell: (one) => <><span class="phone-only">{t("common.quantity")}</span><NumberText value={one.quantity} /></>, num: true, phone: "second", foot: <NumberText value={all.quantity} /> },
                    { id: "charged", head: t("account.charged"), cell: (one) => <Money money={one.charged} />, num: true, foot: <Money money={all.charged} /> },
                  ]}
                />
              );
            })}
          </>
        )}
      </Load>
    </Part>
  );
}

function LatestOrders({ acting }: { acting: Acting }) {
  const { party } = acting;
  const orders = useLoad((signal) => api.get("/orders", { query: { role: "buyer", party, limit: latest }, signal }), [party], { onFocus: true });
  return (
    <Part title={t("account.latest_orders")} href={acting.to("/account/orders")}>
      <Load from={orders} skeleton={<Skeleton lines={5} />} empty={{ when: (one) => one.data.length === 0, show: <EmptyState title={t("order.empty")} action={<LinkButton href="/market">{t("account.browse_market")}</LinkButton>} /> }}>
        {({ data }) => <OrderTable acting={acting} orders={data} />}
      </Load>
    </Part>
  );
}

function ActiveEntitlements({ acting }: { acting: Acting }) {
  const { party } = acting;
  const list = useLoad((signal) => api.get("/entitlements", { query: { party, state: "active", limit: newestEntitlements }, signal }), [party], { onFocus: true });
  if (list.data?.data.length === 0) return null;
  return (
    <Part title={t("account.active_entitlements")} href={acting.to("/account/entitlements")}>
      <Load from={list} skeleton={<Skeleton lines={2} height="6em" />}>
        {({ data }) => <div class="card-grid wide-cards">{data.map((one) => <EntitlementCard key={one.id} acting={acting} one={one} heading="h3" />)}</div>}
      </Load>
    </Part>
  );
}

export function OverviewPage() {
  return (
    <AccountPage tab="" title={t("nav.account")} titleText={t("account.overview")} actions={(acting) => <LinkButton kind="primary" href={acting.to("/account/top-ups")}>{t("wallet.top_up")}</LinkButton>}>
      {(acting) => (
        <div class="stack loose" key={acting.id}>
          <WalletFigures acting={acting} />
          <LatestOrders acting={acting} />
          <MonthUsage acting={acting} />
          <ActiveEntitlements acting={acting} />
        </div>
      )}
    </AccountPage>
  );
}
