// Bank transfers that are expected, of all parties, page by page; find one by its id or those of a party.
import type { TopUp } from "../api/answers.ts";
import { usePaging } from "../components/use-paging.ts";
import { api, isApiError } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Pager } from "../components/pager.tsx";
import { LinkChips } from "../components/tabs.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { TextField } from "../components/text-field.tsx";
import { useAddress } from "../components/use-address.ts";
import { useKept } from "../lib/kept.ts";
import { t } from "../lib/messages.ts";
import { OperatorPage } from "./frame.tsx";
import { isOpen, TopUpTable, type FirstApproval } from "./top-up-table.tsx";

const most = 100, pageSize = 20;

interface Data {
  rows: TopUp[];
  next: string | null;
  first: Map<string, FirstApproval>;
}

async function load(asked: string, all: boolean, cursor: string | undefined, signal: AbortSignal): Promise<Data> {
  const approvals = await api.get("/admin/audit", { query: { action: "top_up.first_approval", limit: most }, signal });
  const first = new Map(approvals.data.map((one): [string, FirstApproval] => [one.item, { party: one.actor, at: one.at }]).reverse());
  if (asked.startsWith("pay_")) return { rows: [await api.get("/top_ups/{id}", { path: { id: asked }, signal })], next: null, first };
  const list = await api.get("/top_ups", { query: asked ? { party: asked, cursor, limit: pageSize } : { scope: "all" as const, state: all ? ("any" as const) : ("open" as const), cursor, limit: pageSize }, signal });
  return { rows: list.data, next: list.next_cursor, first };
}

export function TopUpsPage() {
  const address = useAddress();
  const asked = address.get("q") ?? "";
  const all = address.get("show") === "all";
  const [typed, setTyped] = useKept("typed", asked);
  const cursor = address.get("cursor");
  const data = useLoad((signal) => load(asked, all, cursor, signal).catch((error: unknown): Data => {
    if (isApiError(error) && error.status === 404) return { rows: [], next: null, first: new Map() };
    throw error;
  }), [asked, all, cursor], { onFocus: true });
  const paging = usePaging(address, data.data?.next, data.error);
  const shown = (one: Data): TopUp[] => (asked && !all ? one.rows.filter(isOpen) : one.rows);
  return (
    <OperatorPage title={t("operator.top_ups")} tab="top-ups" lead={t("operator.top_ups_lead")}>
      <form class="filters" role="search" aria-label={t("operator.find")} onSubmit={(event) => {
        event.preventDefault();
        address.go({ q: typed.trim() || null, cursor: null });
      }}>
        <TextField type="search" label={t("operator.find_top_up")} value={typed} onInput={setTyped} autocomplete="off" spellcheck={false} />
        <Button type="submit">{t("common.search")}</Button>
      </form>
      <LinkChips label={t("common.state")} tabs={[{ href: address.href({ show: null, cursor: null }), label: t("operator.open_ones"), current: !all }, { href: address.href({ show: "all", cursor: null }), label: t("common.all"), current: all }]} />
      <Load from={data} skeleton={<Skeleton lines={6} height="32px" />} empty={{ when: (one) => one.rows.length === 0, show: <EmptyState title={asked ? t("common.no_match") : all ? t("operator.no_top_ups") : t("operator.none_open")} /> }}>
        {(one) => <TopUpTable rows={shown(one)} first={one.first} onChange={data.reload} empty={t("operator.none_open")} />}
      </Load>
      <Pager newer={paging.newer} older={paging.older} onGo={paging.onGo} />
    </OperatorPage>
  );
}
