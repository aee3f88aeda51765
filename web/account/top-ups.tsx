// Top-ups: ask for one by amount, and the list. ?amount=&currency=&next= come from a checkout that lacked money.
import { useMemo, useState } from "preact/hooks";
import { api, isApiError } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { FormSummary, Notice } from "../components/notice.tsx";
import { Pager } from "../components/pager.tsx";
import { Select } from "../components/select.tsx";
import { EmptyState, ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { StateBadge } from "../components/badge.tsx";
import { Table } from "../components/table.tsx";
import { amountError, MoneyField } from "../components/text-field.tsx";
import { Money, Time } from "../components/value.tsx";
import { useKept } from "../lib/kept.ts";
import { t } from "../lib/messages.ts";
import { currencyDigits, formatMoney, fromDecimal, micros, parseMoney } from "../lib/money.ts";
import { uuid } from "../lib/random.ts";
import { AccountPage, type Acting } from "./frame.tsx";
import { usePaging } from "../components/use-paging.ts";

// what the ledger keeps books in
const currencies = ["USD", "EUR", "CNY", "JPY", "KWD"];

/** The decimal string of ?amount=, or nothing. */
function asked(text: string | undefined): string | undefined {
  try {
    return text !== undefined && fromDecimal(text) > micros(0n) ? text : undefined;
  } catch {
    return undefined;
  }
}

function Form({ acting }: { acting: Acting }) {
  const { address } = acting;
  const wanted = address.get("currency") ?? "";
  const [currency, setCurrency] = useKept("top-up.currency", currencies.includes(wanted) ? wanted : acting.currency);
  const amount = asked(address.get("amount"));
  const [value, setValue] = useKept("top-up.amount", amount ? formatMoney({ amount, currency }, { display: "none" }) : "");
  const [fault, setFault] = useState<string | undefined>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  // one key for one form and its contents
  const key = useMemo(uuid, [value, currency]);
  const next = address.get("next");

  const send = async (): Promise<void> => {
    const parsed = parseMoney(value);
    const bad = parsed.ok ? undefined : (amountError(parsed) ?? t("error.field_required"));
    setFault(bad);
    if (!parsed.ok || bad) return;
    setBusy(true);
    setError(undefined);
    try {
      const made = await api.post("/top_ups", { key, body: { amount: { amount: parsed.amount, currency }, method: "bank_transfer", ...(acting.party ? { party: acting.party } : {}) } });
      location.assign(acting.to(`/account/top-ups/${made.id}`, { next }));
    } catch (refused) {
      if (isApiError(refused) && refused.code === "invalid_amount") setFault(t("account.amount_coin", { coin: formatMoney({ amount: currencyDigits(currency) === 0 ? "1" : `0.${"1".padStart(currencyDigits(currency), "0")}`, currency }) }));
      else setError(refused);
      setBusy(false);
    }
  };
  return (
    <form class="panel stack" noValidate onSubmit={(event) => {
      event.preventDefault();
      if (!busy) void send();
    }}>
      <h2>{t("account.top_up_new")}</h2>
      {next && amount ? <Notice tone="info">{t("account.top_up_for_order")}</Notice> : null}
      {error ? <ErrorPanel error={error} /> : null}
      {fault && error ? <FormSummary faults={[{ id: "amount", text: fault }]} /> : null}
      <div class="form-row">
        <MoneyField id="amount" label={t("common.amount")} currency={currency} value={value} onInput={(text) => {
          setValue(text);
          setFault(undefined);
        }} error={fault} required />
        <Select label={t("common.currency")} value={currency} onChange={setCurrency} options={currencies.map((one) => ({ value: one, label: one }))} />
      </div>
      <p class="meta">{t("account.top_up_how")}</p>
      <div class="form-foot"><Button kind="primary" type="submit" busy={busy}>{t("account.top_up_ask")}</Button></div>
    </form>
  );
}

function Past({ acting }: { acting: Acting }) {
  const { address, party, zone } = acting;
  const cursor = address.get("cursor");
  const list = useLoad((signal) => api.get("/top_ups", { query: { party, limit: 20, cursor }, signal }), [party, cursor], { onFocus: true });
  const paging = usePaging(address, list.data?.next_cursor, list.error);
  return (
    <section class="stack" aria-labelledby="past">
      <h2 id="past">{t("account.top_ups_past")}</h2>
      <Load from={list} skeleton={<Skeleton lines={4} height="2.4em" />} empty={{ when: (one) => one.data.length === 0 && !cursor, show: <EmptyState title={t("account.top_ups_none")}>{t("account.top_ups_none_why")}</EmptyState> }}>
        {(one) => (
          <>
            <Table
              caption={t("account.top_ups_past")}
              hideCaption
              rows={one.data}
              rowKey={(row) => row.id}
              columns={[
                { id: "reference", head: t("term.payment_reference"), cell: (row) => <a href={acting.to(`/account/top-ups/${row.id}`)}><code>{row.reference}</code></a> },
                { id: "at", head: t("common.date"), cell: (row) => <Time at={row.created_at} show="full" zone={zone} />, phone: "second" },
                { id: "state", head: t("common.state"), cell: (row) => <StateBadge kind="topup" state={row.state} />, phone: "second" },
                { id: "amount", head: t("common.amount"), cell: (row) => <Money money={row.amount} />, num: true },
              ]}
            />
            <Pager newer={paging.newer} older={paging.older} onGo={paging.onGo} />
          </>
        )}
      </Load>
    </section>
  );
}

export function TopUpsPage() {
  return (
    <AccountPage tab="top-ups" title={t("account.top_ups")}>
      {(acting) => (
        <div class="stack loose" key={acting.id}>
          <Form acting={acting} />
          <Past acting={acting} />
        </div>
      )}
    </AccountPage>
  );
}
