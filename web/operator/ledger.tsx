// The trial balance of one currency, what is in an account, transfers of one reference, exports for other programs.
import type { TrialBalance, TrialBalanceRow } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { Badge } from "../components/badge.tsx";
import { Button, LinkButton } from "../components/button.tsx";
import { Notice } from "../components/notice.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Select } from "../components/select.tsx";
import { Table } from "../components/table.tsx";
import { TextField } from "../components/text-field.tsx";
import { useAddress } from "../components/use-address.ts";
import { Money, Name, Time } from "../components/value.tsx";
import { apiPath } from "../api/client.ts";
import { useKept } from "../lib/kept.ts";
import { t, tx } from "../lib/messages.ts";
import { formatMoney, fromDecimal, micros, toDecimal } from "../lib/money.ts";
import { partyOfAccount, sideOf } from "./accounts.ts";
import { AccountPanel } from "./account-panel.tsx";
import { OperatorPage } from "./frame.tsx";
import { Transfers } from "./transfers.tsx";

const formats = ["hledger", "ledger", "beancount"] as const;

function Balance({ book, account, href }: { book: TrialBalance; account: string | undefined; href: (account: string) => string }) {
  const cell = (side: "debit" | "credit") => (one: TrialBalanceRow) => (sideOf(one.account) === side ? <><span class="phone-only meta">{t(side === "debit" ? "term.debit" : "term.credit")} </span><Money money={one.balance} display="none" /></> : null);
  const off = toDecimal(micros(fromDecimal(book.debits.amount) - fromDecimal(book.credits.amount)));
  return (
    <>
      {book.balanced ? null : (
        <Notice tone="bad" live="alert" title={t("operator.not_balanced")}>
          {t("operator.difference", { debits: formatMoney(book.debits, { display: "code" }), credits: formatMoney(book.credits, { display: "code" }), difference: formatMoney({ amount: off, currency: book.currency }, { display: "code", sign: true }) })}
        </Notice>
      )}
      <Table
        caption={t("operator.trial_balance_in", { currency: book.currency })}
        rows={[...book.data].sort((a, b) => a.code - b.code || (a.account < b.account ? -1 : 1))}
        rowKey={(one) => one.account}
        empty={t("operator.no_books")}
        columns={[
          { id: "account", head: t("term.ledger_account"), cell: (one) => <span class="row"><code class="meta">{one.code}</code><a href={href(one.account)} aria-current={one.account === account ? "true" : undefined}><Name>{one.account}</Name></a></span>, foot: book.balanced ? <Badge tone="ok">{t("term.balanced")}</Badge> : <Badge tone="bad">{t("operator.unbalanced")}</Badge> },
          { id: "debit", head: t("term.debit"), num: true, phone: "second", cell: cell("debit"), foot: <Money money={book.debits} display="none" /> },
          { id: "credit", head: t("term.credit"), num: true, cell: cell("credit"), foot: <Money money={book.credits} display="none" /> },
        ]}
      />
    </>
  );
}

function Find({ start, onFind }: { start: string; onFind: (ref: string) => void }) {
  const [typed, setTyped] = useKept("typed", start);
  return (
    <form class="filters" role="search" aria-label={t("operator.find")} onSubmit={(event) => {
      event.preventDefault();
      if (typed.trim()) onFind(typed.trim());
    }}>
      <TextField type="search" label={t("operator.find_transfers")} value={typed} onInput={setTyped} autocomplete="off" spellcheck={false} />
      <Button type="submit">{t("common.search")}</Button>
    </form>
  );
}

export function LedgerPage() {
  const address = useAddress();
  const overview = useLoad((signal) => api.get("/operator/overview", { signal }), []);
  const known = overview.data?.books.map((one) => one.currency) ?? [];
  const currency = address.get("currency") ?? known[0] ?? "USD";
  const ready = address.get("currency") !== undefined || overview.data !== undefined || overview.error !== undefined;
  const account = address.get("account");
  const ref = address.get("ref");
  const book = useLoad(async (signal) => (ready ? api.get("/ledger/trial_balance", { query: { currency }, signal }) : undefined), [currency, ready], { onFocus: true });
  const here = (to: string): string => address.href({ account: to, ref: null });
  return (
    <OperatorPage
      title={t("term.trial_balance")}
      tab="ledger"
      actions={<span class="row"><span class="meta">{t("operator.export")}</span>{formats.map((one) => <LinkButton small key={one} download href={apiPath("/ledger/export", {}, { format: one })}>{one}</LinkButton>)}</span>}
    >
      <div class="filters">
        {known.length > 1 ? <Select label={t("common.currency")} value={currency} options={[...new Set([...known, currency])].map((one) => ({ value: one, label: one }))} onChange={(one) => address.go({ currency: one, account: null, ref: null })} /> : null}
        {book.at ? <span class="meta">{tx("common.as_of", { time: <Time at={book.at.toISOString()} show="full" seconds /> })}</span> : null}
      </div>
      <div class={account ? "layout even" : "stack"}>
        <Load from={book} skeleton={<Skeleton lines={8} height="32px" />} empty={{ when: (one) => one !== undefined && one.data.length === 0, show: <EmptyState title={t("operator.no_books")} /> }}>
          {(one) => (one ? <Balance book={one} account={account} href={here} /> : <Skeleton lines={8} />)}
        </Load>
        {account ? <AccountPanel key={`${account} ${currency}`} account={account} party={partyOfAccount(account)} currency={currency} refHref={(one) => address.href({ ref: one })} closeHref={address.href({ account: null })} /> : null}
      </div>
      <section class="section stack tight" aria-labelledby="transfers-head">
        <h2 id="transfers-head">{t("operator.transfers")}</h2>
        <p class="meta">{t("operator.find_transfers_hint")}</p>
        <Find key={ref ?? ""} start={ref ?? ""} onFind={(one) => address.go({ ref: one })} />
        {ref ? <Transfers key={ref} reference={ref} accountHref={here} /> : null}
      </section>
    </OperatorPage>
  );
}
