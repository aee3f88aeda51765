// Bank transfers that are expected: the last hundred requests as the audit log knows them, open ones first; find one by id or party.
import type { TopUp } from "../api/answers.ts";
import { api, isApiError } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { LinkChips } from "../components/tabs.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { TextField } from "../components/text-field.tsx";
import { useAddress } from "../components/use-address.ts";
import { useKept } from "../lib/kept.ts";
import { t } from "../lib/messages.ts";
import { OperatorPage } from "./frame.tsx";
import { isOpen, TopUpTable, type FirstApproval } from "./top-up-table.tsx";

const most = 100;

interface Data {
  rows: TopUp[];
  first: Map<string, FirstApproval>;
}

/** Asked for by id, a few at a time. */
async function read(ids: string[], signal: AbortSignal): Promise<TopUp[]> {
  const out: TopUp[] = [];
  for (let i = 0; i < ids.length; i += 10) {
    out.push(...(await Promise.all(ids.slice(i, i + 10).map((id) => api.get("/top_ups/{id}", { path: { id }, signal })))));
  }
  return out;
}

async function load(asked: string, signal: AbortSignal): Promise<Data> {
  const approvals = await api.get("/admin/audit", { query: { action: "top_up.first_approval", limit: most }, signal });
  const first = new Map(approvals.data.map((one): [string, FirstApproval] => [one.item, { party: one.actor, at: one.at }]).reverse());
  if (asked.startsWith("pay_")) return { rows: [await api.get("/top_ups/{id}", { path: { id: asked }, signal })], first };
  if (asked) return { rows: (await api.get("/top_ups", { query: { party: asked, limit: most }, signal })).data, first };
  const made = await api.get("/admin/audit", { query: { action: "top_up.create", limit: most }, signal });
  return { rows: await read([...new Set(made.data.map((one) => one.item))], signal), first };
}

export function TopUpsPage() {
  const address = useAddress();
  const asked = address.get("q") ?? "";
  const all = address.get("show") === "all";
  const [typed, setTyped] = useKept("typed", asked);
  const data = useLoad((signal) => load(asked, signal).catch((error: unknown): Data => {
    if (isApiError(error) && error.status === 404) return { rows: [], first: new Map() };
    throw error;
  }), [asked], { onFocus: true });
  const open = data.data?.rows.filter(isOpen) ?? [];
  return (
    <OperatorPage title={t("operator.top_ups")} tab="top-ups" lead={t("operator.top_ups_lead")}>
      <form class="filters" role="search" aria-label={t("operator.find")} onSubmit={(event) => {
        event.preventDefault();
        address.go({ q: typed.trim() || null });
      }}>
        <TextField type="search" label={t("operator.find_top_up")} value={typed} onInput={setTyped} autocomplete="off" spellcheck={false} />
        <Button type="submit">{t("common.search")}</Button>
      </form>
      <LinkChips label={t("common.state")} tabs={[{ href: address.href({ show: null }), label: t("operator.open_ones"), current: !all, count: data.data ? open.length : undefined }, { href: address.href({ show: "all" }), label: t("common.all"), current: all, count: data.data?.rows.length }]} />
      <Load from={data} skeleton={<Skeleton lines={6} height="32px" />} empty={{ when: (one) => one.rows.length === 0, show: <EmptyState title={asked ? t("common.no_match") : t("operator.no_top_ups")} /> }}>
        {(one) => <TopUpTable rows={all ? one.rows : open} first={one.first} onChange={data.reload} empty={t("operator.none_open")} />}
      </Load>
    </OperatorPage>
  );
}
