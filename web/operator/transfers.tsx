// All transfers that one order, top-up, refund or call made, in the order of the journal.
import { api } from "../api/client.ts";
import { CopyButton } from "../components/copy.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { Money, Name, Time } from "../components/value.tsx";
import { shortHash } from "../lib/format.ts";
import { t } from "../lib/messages.ts";

export function Transfers({ reference, accountHref }: { reference: string; accountHref: (account: string) => string }) {
  const transfers = useLoad((signal) => api.get("/ledger/transfers", { query: { ref: reference }, signal }), [reference]);
  return (
    <Load from={transfers} skeleton={<Skeleton lines={4} height="32px" />} empty={{ when: (list) => list.data.length === 0, show: <EmptyState title={t("operator.no_transfers")} /> }}>
      {(list) => (
        <Table
          caption={t("operator.transfers_of", { ref: reference })}
          rows={list.data}
          rowKey={(one) => one.id}
          scroll
          columns={[
            { id: "seq", head: "#", num: true, cell: (one) => (one.seq === null ? "–" : String(one.seq)) },
            { id: "at", head: t("common.date"), cell: (one) => <Time at={one.at} show="full" seconds /> },
            { id: "kind", head: t("operator.kind"), cell: (one) => <><code>{one.kind}</code>{one.flags.length > 0 ? <span class="meta"> {one.flags.join(", ")}</span> : null}</> },
            { id: "debit", head: t("term.debit"), cell: (one) => <a href={accountHref(one.debit)}><Name>{one.debit}</Name></a> },
            { id: "credit", head: t("term.credit"), cell: (one) => <a href={accountHref(one.credit)}><Name>{one.credit}</Name></a> },
            { id: "amount", head: t("common.amount"), num: true, cell: (one) => <Money money={one.amount} /> },
            { id: "id", head: t("common.id"), cell: (one) => <span class="money"><code title={one.id}>{shortHash(one.id)}</code><CopyButton text={one.id} what={one.id}><span class="sr-only">{t("common.copy")}</span></CopyButton></span> },
          ]}
        />
      )}
    </Load>
  );
}
