// Movements of a wallet: period and kind stand in the address, opening and closing balance come from the server, CSV of the whole period.
import { useState } from "preact/hooks";
import type { List, Wallet, WalletEntry } from "../api/answers.ts";
import { allRows, api } from "../api/client.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { Pager } from "../components/pager.tsx";
import { Select } from "../components/select.tsx";
import { EmptyState, ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { Money, Time } from "../components/value.tsx";
import { saveFile } from "../lib/files.ts";
import { shortId } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { difference, isZero } from "../lib/money.ts";
import { assetName } from "../lib/url.ts";
import { useAssets } from "./assets.ts";
import type { Acting } from "./frame.tsx";
import { entriesCsv, kinds, referencePage } from "./ledger-rows.ts";
import { usePaging } from "../components/use-paging.ts";
import { PeriodFields, periodOf } from "./period.tsx";

const pageSize = 50;
/** movements looked through for one kind, and written into one CSV */
const most = 5_000;

interface Answer extends List<WalletEntry> {
  /** not everything of the period was looked at */
  cut?: boolean;
}

export function WalletEntries({ acting, wallet }: { acting: Acting; wallet: Wallet }) {
  const { address, party, zone } = acting;
  const { currency } = wallet;
  const period = periodOf(address, acting.today, zone);
  const kind = kinds.find((one) => one === address.get("kind"));
  const cursor = address.get("cursor");
  const path = { currency };
  const within = { party, from: period.range.from, to: period.range.to };
  const every = (): Promise<WalletEntry[]> => allRows("/wallets/{currency}/entries", { path, query: { ...within, limit: 100 } }, most);

  const entries = useLoad<Answer>(async (signal) => {
    if (!kind) return api.get("/wallets/{currency}/entries", { path, query: { ...within, limit: pageSize, cursor }, signal });
    const all = await every();
    return { object: "list", data: all.filter((one) => one.kind === kind), has_more: false, next_cursor: null, cut: all.length >= most };
  }, [currency, party, period.range.from, period.range.to, kind, cursor], { onFocus: true });

  // the balance after the last movement before an instant
  const balanceAt = async (to: string, signal: AbortSignal) => (await api.get("/wallets/{currency}/entries", { path, query: { party, to, limit: 1 }, signal })).data[0]?.balance_after ?? { amount: "0.00", currency };
  const sums = useLoad(async (signal) => {
    const [opening, closing] = await Promise.all([balanceAt(period.range.from, signal), balanceAt(period.range.to, signal)]);
    return { opening, closing };
  }, [currency, party, period.range.from, period.range.to], { onFocus: true });

  const rows = entries.data?.data ?? [];
  const assetOf = useAssets(rows.map((one) => one.ref), party);
  const paging = usePaging(address, kind ? null : entries.data?.next_cursor, entries.error);
  const [csv, setCsv] = useState<{ busy?: boolean; error?: unknown }>({});
  const nameOf = (ref: string): string => (assetOf(ref) ? assetName(assetOf(ref) ?? "") : "");

  const download = async (): Promise<void> => {
    setCsv({ busy: true });
    try {
      const all = await every();
      saveFile(`wallet-${acting.name}-${currency}-${period.from}-${period.to}.csv`, "text/csv;charset=utf-8", entriesCsv(kind ? all.filter((one) => one.kind === kind) : all, nameOf));
      setCsv({});
    } catch (error) {
      setCsv({ error });
    }
  };

  const what = (one: WalletEntry) => {
    const page = referencePage(one.ref);
    const name = nameOf(one.ref) || (one.kind === "top_up" ? t("term.bank_transfer") : shortId(one.ref));
    return (
      <>
        <span class="phone-only meta">{tFor("wallet.kind", one.kind)}</span>
        {page ? <a href={acting.to(page.path, page.query)}><bdi>{name}</bdi></a> : <bdi>{name}</bdi>}
      </>
    );
  };
  const nothingEver = rows.length === 0 && !kind && isZero(wallet.balance) && sums.data && isZero(sums.data.closing) && isZero(sums.data.opening);

  return (
    <section class="stack" aria-labelledby="movements">
      <h2 id="movements">{t("wallet.movements")}</h2>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <PeriodFields address={address} period={period} zone={zone} today={acting.today} />
        <Select label={t("wallet.kind_word")} value={kind ?? ""} onChange={(value) => address.go({ kind: value || null, before: null })}
          options={[{ value: "", label: t("common.all") }, ...kinds.map((one) => ({ value: one, label: tFor("wallet.kind", one) }))]} />
        <div class="end"><Button busy={csv.busy ?? false} onClick={() => void download()}>{t("common.download_csv")}</Button></div>
      </form>
      {csv.error ? <ErrorPanel error={csv.error} onRetry={() => void download()} /> : null}
      <Load from={entries} skeleton={<Skeleton lines={8} height="2.4em" />}>
        {(list) => (nothingEver ? (
          <EmptyState title={t("wallet.empty")} action={<LinkButton href={acting.to("/account/top-ups", { currency })}>{t("wallet.top_up")}</LinkButton>}>{t("wallet.empty_why")}</EmptyState>
        ) : (
          <>
            <Table
              caption={t("wallet.movements_of", { currency, zone })}
              rows={list.data}
              rowKey={(one) => one.transfer}
              empty={t("wallet.none_in_period")}
              columns={[
                { id: "at", head: t("common.date"), cell: (one) => <Time at={one.at} show="full" zone={zone} />, phone: "second" },
                { id: "kind", head: t("wallet.kind_word"), cell: (one) => tFor("wallet.kind", one.kind), phone: "off" },
                { id: "for", head: t("wallet.for"), cell: what },
                { id: "amount", head: t("common.amount"), cell: (one) => <Money money={one.amount} display="none" sign />, num: true },
                { id: "balance", head: t("term.balance"), cell: (one) => <Money money={one.balance_after} display="none" />, num: true, phone: "second" },
              ]}
            />
            {list.cut ? <p class="meta">{t("wallet.cut", { count: most })}</p> : null}
            <Pager newer={paging.newer} older={paging.older} onGo={paging.onGo} />
          </>
        ))}
      </Load>
      {nothingEver || !sums.data ? null : (
        <dl class="sums">
          <div><dt>{t("wallet.opening")}</dt><dd><Money money={sums.data.opening} /></dd></div>
          <div><dt>{t("wallet.change")}</dt><dd><Money money={difference(sums.data.opening, sums.data.closing)} sign /></dd></div>
          <div><dt>{t("wallet.closing")}</dt><dd><Money money={sums.data.closing} /></dd></div>
        </dl>
      )}
    </section>
  );
}
