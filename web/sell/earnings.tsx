// What a month brought: balances, a chart by day and listing, the same as a table, the statement that equals the ledger, CSV.
import { useState } from "preact/hooks";
import type { Balance, Earning, Statement } from "../api/answers.ts";
import { api, call } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { StackedBars } from "../components/charts.tsx";
import { ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Select } from "../components/select.tsx";
import { Table } from "../components/table.tsx";
import { useAddress } from "../components/use-address.ts";
import { Money, NumberText, Time } from "../components/value.tsx";
import { addMonths, monthEnd } from "../lib/days.ts";
import { saveFile } from "../lib/files.ts";
import { formatDate, shortId } from "../lib/format.ts";
import { t, tFor, tx } from "../lib/messages.ts";
import { formatMoney } from "../lib/money.ts";
import { context } from "../lib/context.ts";
import { assetName } from "../lib/url.ts";
import { businessDay } from "./business-day.ts";
import { byListing, points } from "./earnings-data.ts";
import { sellPath, SellPage, WithSeller, type Seller } from "./frame.tsx";

const monthName = (month: string): string => new Intl.DateTimeFormat(context.tag, { year: "numeric", month: "long", timeZone: "UTC" }).format(new Date(`${month}-01T00:00:00Z`));
const dayLabel = (day: string): string => new Intl.DateTimeFormat(context.tag, { month: "short", day: "numeric", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));

interface MonthData {
  earnings: Earning[];
  statement: Statement;
  balances: Balance[];
}

async function load(seller: Seller, month: string, currency: string, signal: AbortSignal): Promise<MonthData> {
  const query = { party: seller.query, currency, month };
  const [earnings, statement, balances] = await Promise.all([
    api.get("/earnings", { query: { ...query, group_by: "day,listing" }, signal }),
    api.get("/statements", { query, signal }),
    api.get("/balances", { query: { party: seller.query }, signal }),
  ]);
  return { earnings: earnings.data, statement, balances: balances.data };
}

/** Where the money stands now; it does not depend on the month. */
export function BalanceFigures({ balance, zone }: { balance: Balance; zone: string }) {
  return (
    <div class="figures">
      <div class="panel"><span class="label">{t("term.available_earnings")}</span><span class="figure"><Money money={balance.available} /></span></div>
      <div class="panel">
        <span class="label">{t("sell.pending")}</span>
        <span class="figure"><Money money={balance.pending} /></span>
        {balance.next_clearing_at ? <span class="meta">{tx("sell.clears_at", { time: <Time at={balance.next_clearing_at} show="full" zone={zone} /> })}</span> : null}
      </div>
      <div class="panel"><span class="label">{t("term.reserve")}</span><span class="figure"><Money money={balance.reserve} /></span></div>
    </div>
  );
}

function Equation({ statement }: { statement: Statement }) {
  const { gross, platform_fee, commissions, refunds, net } = statement.totals;
  const zero = /^-?0(\.0*)?$/.test(commissions.amount);
  return (
    <p class="equation">
      {t("term.gross")} <Money money={gross} display="none" /> − {t("term.fee")} <Money money={platform_fee} display="none" />
      {zero ? null : <> − {t("sell.commissions")} <Money money={commissions} display="none" /></>} − {t("sell.refunds")} <Money money={refunds} display="none" /> = <strong>{t("term.net")} <Money money={net} /></strong>
    </p>
  );
}

function StatementTable({ statement, seller, zone }: { statement: Statement; seller: Seller; zone: string }) {
  const money = (one: { amount: string; currency: string }) => <Money money={one} display="none" sign />;
  return (
    <section class="section" aria-labelledby="statement-head">
      <h2 id="statement-head">{t("term.statement_seller")}</h2>
      <dl class="kv narrow">
        <dt>{t("sell.opening")}</dt><dd><Money money={statement.opening} /></dd>
        <dt>{t("sell.closing")}</dt><dd><Money money={statement.closing} /></dd>
      </dl>
      <Table
        caption={t("sell.statement_in", { currency: statement.currency, zone })}
        rows={statement.entries}
        rowKey={(one) => `${one.at} ${one.kind} ${one.ref}`}
        empty={t("sell.no_entries")}
        columns={[
          { id: "at", head: t("common.date"), cell: (one) => <Time at={one.at} show="full" zone={zone} /> },
          { id: "kind", head: t("sell.for"), phone: "second", cell: (one) => <>{tFor("sell.entry", one.kind.replace(/\..*/, ""))} {one.ref.startsWith("ord_") ? <a href={`/account/orders/${one.ref}${seller.query ? `?party=${encodeURIComponent(seller.query)}` : ""}`}><code>{shortId(one.ref)}</code></a> : one.ref ? <code>{shortId(one.ref)}</code> : null}</> },
          { id: "gross", head: t("term.gross"), num: true, phone: "off", cell: (one) => money(one.gross), foot: <Money money={statement.totals.gross} display="none" /> },
          { id: "fee", head: t("term.fee"), num: true, phone: "off", cell: (one) => <Money money={one.fee} display="none" />, foot: <Money money={statement.totals.platform_fee} display="none" /> },
          { id: "net", head: t("term.net"), num: true, cell: (one) => money(one.net), foot: <Money money={statement.totals.net} display="none" /> },
        ]}
      />
    </section>
  );
}

function Month({ seller, month, currency, data }: { seller: Seller; month: string; currency: string; data: MonthData }) {
  const totals = byListing(data.earnings);
  const text = (amount: string): string => formatMoney({ amount, currency }, { display: "none" });
  const nameOf = (listing: string): string => {
    const asset = totals.find((one) => one.listing === listing)?.asset ?? "";
    return asset ? assetName(asset) : t("sell.no_listing");
  };
  const chart = points(data.earnings, totals, `${month}-01`, monthEnd(`${month}-01`), dayLabel, text);
  const money = (amount: string) => <Money money={{ amount, currency }} display="none" />;
  const sum = data.statement.totals;
  return (
    <>
      <Equation statement={data.statement} />
      {totals.length > 0 ? (
        <StackedBars title={t("sell.chart", { month: monthName(month), currency })} series={[...chart.listings.map(nameOf), ...(chart.rest ? [t("sell.other_listings")] : [])]} points={chart.points} />
      ) : null}
      <Table
        caption={t("sell.by_listing", { currency })}
        rows={totals}
        rowKey={(one) => one.listing}
        empty={t("sell.no_earnings")}
        columns={[
          { id: "listing", head: t("term.listing"), cell: (one) => (one.listing ? <a href={sellPath(`/listings/${one.listing}`, seller)}><bdi>{nameOf(one.listing)}</bdi></a> : nameOf("")), foot: t("common.total") },
          { id: "gross", head: t("term.gross"), num: true, phone: "second", cell: (one) => money(one.gross), foot: <Money money={sum.gross} display="none" /> },
          { id: "fee", head: t("term.fee"), num: true, phone: "off", cell: (one) => money(one.fee), foot: <Money money={sum.platform_fee} display="none" /> },
          { id: "net", head: t("term.net"), num: true, cell: (one) => money(one.net), foot: <Money money={sum.net} display="none" /> },
          { id: "orders", head: t("nav.orders"), num: true, phone: "off", cell: (one) => <NumberText value={one.orders} /> },
          { id: "units", head: t("sell.units"), num: true, phone: "off", cell: (one) => <NumberText value={one.quantity} /> },
          { id: "failed", head: t("sell.failed"), num: true, phone: "off", cell: (one) => <NumberText value={one.failed} /> },
        ]}
      />
      <StatementTable statement={data.statement} seller={seller} zone={seller.zone} />
    </>
  );
}

function View({ seller, today }: { seller: Seller; today: string }) {
  const address = useAddress();
  const asked = address.get("month") ?? "";
  const month = /^\d{4}-(0[1-9]|1[0-2])$/.test(asked) ? asked : today.slice(0, 7);
  const currency = address.get("currency") ?? seller.currency;
  const data = useLoad((signal) => load(seller, month, currency, signal), [month, currency]);
  const [csv, setCsv] = useState<{ busy: boolean; error?: unknown }>({ busy: false });
  const months = [...new Set([...Array.from({ length: 24 }, (_, i) => addMonths(`${today.slice(0, 7)}-01`, -i).slice(0, 7)), month])].sort().reverse();
  const balances = data.data?.balances ?? [];
  const balance = balances.find((one) => one.currency === currency);
  const currencies = [...new Set([...balances.map((one) => one.currency), currency, seller.currency])].sort();
  const download = async (): Promise<void> => {
    setCsv({ busy: true });
    try {
      const answer = await call("get", "/statements", { query: { party: seller.query, currency, month }, accept: "text/csv" });
      saveFile(`statement-${seller.party.name}-${currency}-${month}.csv`, "text/csv;charset=utf-8", answer.data as unknown as string);
      setCsv({ busy: false });
    } catch (error) {
      setCsv({ busy: false, error });
    }
  };
  return (
    <SellPage title={t("term.earnings")} titleText={`${t("term.earnings")} ${monthName(month)}`} tab="earnings" seller={seller}>
      {balance ? <BalanceFigures balance={balance} zone={seller.zone} /> : null}
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Select label={t("sell.month")} value={month} options={months.map((one) => ({ value: one, label: monthName(one) }))} onChange={(one) => address.go({ month: one })} />
        {currencies.length > 1 ? <Select label={t("common.currency")} value={currency} options={currencies.map((one) => ({ value: one, label: one }))} onChange={(one) => address.go({ currency: one })} /> : null}
        <span class="meta">{data.at ? tx("common.as_of", { time: formatDate(`${today}T12:00:00Z`, "UTC") }) : null} · {seller.zone}</span>
        <div class="end"><Button busy={csv.busy} onClick={() => void download()}>{t("common.download_csv")}</Button></div>
      </form>
      {csv.error ? <ErrorPanel error={csv.error} onRetry={() => void download()} /> : null}
      <Load from={data} skeleton={<Skeleton lines={8} height="2.4em" />}>{(one) => <Month seller={seller} month={month} currency={currency} data={one} />}</Load>
    </SellPage>
  );
}

function Loaded({ seller }: { seller: Seller }) {
  const today = useLoad((signal) => businessDay(seller.zone, signal), []);
  if (!today.data) return <SellPage title={t("term.earnings")} tab="earnings" seller={seller}><Load from={today}>{() => null}</Load></SellPage>;
  return <View seller={seller} today={today.data} />;
}

export function EarningsPage() {
  return <WithSeller title={t("term.earnings")} tab="earnings">{(seller) => <Loaded seller={seller} />}</WithSeller>;
}
