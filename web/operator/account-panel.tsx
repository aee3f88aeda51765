// One account of the ledger: its totals; of a wallet its movements, each opening to the transfers it came from.
import { api } from "../api/client.ts";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { Money, Name, Time } from "../components/value.tsx";
import { shortId } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { pathOf } from "../lib/url.ts";

export interface AccountPanelProps {
  account: string;
  party: string | undefined;
  currency: string;
  refHref: (ref: string) => string;
  closeHref: string;
}

async function find(account: string, party: string | undefined, currency: string, signal: AbortSignal) {
  // names in answers hold the party's name, as the trial balance has them, or its id
  const id = party ? (await api.get("/parties/{id}", { path: { id: party }, signal }).catch(() => undefined))?.id : undefined;
  const other = id && party ? account.replace(`:${party}`, `:${id}`) : account;
  for (let cursor: string | undefined; ;) {
    const page = await api.get("/ledger/accounts", { query: { currency, party, limit: 100, cursor }, signal });
    const found = page.data.find((one) => one.name === account || one.name === other);
    if (found || !page.next_cursor) return found;
    cursor = page.next_cursor;
  }
}

function WalletMovements({ party, currency, refHref }: { party: string; currency: string; refHref: (ref: string) => string }) {
  const entries = useLoad((signal) => api.get("/wallets/{currency}/entries", { path: { currency }, query: { party, limit: 50 }, signal }), [party, currency]);
  return (
    <Load from={entries} skeleton={<Skeleton lines={5} height="32px" />}>
      {(list) => (
        <Table
          caption={t("operator.movements")}
          rows={list.data}
          rowKey={(one) => one.transfer}
          columns={[
            { id: "at", head: t("common.date"), cell: (one) => <Time at={one.at} show="full" /> },
            { id: "for", head: t("operator.for"), phone: "second", cell: (one) => <>{tFor("wallet.kind", one.kind)} <a href={refHref(one.ref)}><code>{shortId(one.ref)}</code></a></> },
            { id: "amount", head: t("common.amount"), num: true, cell: (one) => <Money money={one.amount} display="none" sign /> },
            { id: "balance", head: t("term.balance"), num: true, phone: "off", cell: (one) => <Money money={one.balance_after} display="none" /> },
          ]}
        />
      )}
    </Load>
  );
}

export function AccountPanel({ account, party, currency, refHref, closeHref }: AccountPanelProps) {
  const one = useLoad((signal) => find(account, party, currency, signal), []);
  return (
    <section class="panel stack" aria-labelledby="account-head">
      <div class="spread"><h2 id="account-head"><Name>{account}</Name></h2><a class="btn btn-quiet small" href={closeHref}>{t("common.close")}</a></div>
      <Load from={one} skeleton={<Skeleton lines={4} />} empty={{ when: (found) => found === undefined, show: <EmptyState title={t("operator.account_empty")} /> }}>
        {(found) => (found ? (
          <dl class="kv">
            <dt>{t("operator.debits_posted")}</dt><dd><Money money={found.debits_posted} /></dd>
            <dt>{t("operator.credits_posted")}</dt><dd><Money money={found.credits_posted} /></dd>
            <dt>{t("operator.debits_pending")}</dt><dd><Money money={found.debits_pending} /></dd>
            <dt>{t("operator.credits_pending")}</dt><dd><Money money={found.credits_pending} /></dd>
            <dt class="total">{t("term.balance")}</dt><dd class="total"><Money money={found.balance} /></dd>
          </dl>
        ) : null)}
      </Load>
      {party ? <p><a href={pathOf("operator", "parties", party)}>{t("operator.show_party")}</a></p> : null}
      {party && account.startsWith("liability:wallet:") ? <WalletMovements party={party} currency={currency} refHref={refHref} /> : null}
    </section>
  );
}
