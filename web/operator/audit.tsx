// Who did what: newest first, by person, action and day. The filter stands in the address.
import { api, isApiError } from "../api/client.ts";
import { usePartyNames } from "../api/use-parties.ts";
import { Button } from "../components/button.tsx";
import { CopyButton } from "../components/copy.tsx";
import { Pager } from "../components/pager.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Select } from "../components/select.tsx";
import { Table } from "../components/table.tsx";
import { TextField } from "../components/text-field.tsx";
import { useAddress } from "../components/use-address.ts";
import { Name, Time } from "../components/value.tsx";
import { isDay } from "../lib/days.ts";
import { shortId } from "../lib/format.ts";
import { useKept } from "../lib/kept.ts";
import { t } from "../lib/messages.ts";
import { OperatorPage } from "./frame.tsx";

// what the server writes down; an action that is not here can be typed into the address
const actions = [
  "account.change", "account.create", "account.password", "account.sign_up", "deployment.change", "invite.create", "kyc.set", "listing.change", "listing.create", "listing.published", "listing.reinstated", "listing.rejected",
  "listing.retired", "listing.submitted", "listing.suspended", "offer.create", "offer.withdraw", "order.change", "order.place", "organisation.change", "organisation.create", "organisation.leave",
  "organisation.role", "plan.publish", "refund.create", "top_up.confirm", "top_up.create", "top_up.first_approval",
];

/** Where an object of the log can be looked at. */
export function pageOf(item: string): string | undefined {
  if (item.startsWith("lst_")) return `/operator/review/${item}`;
  if (item.startsWith("ord_")) return `/account/orders/${item}`;
  if (item.startsWith("pay_")) return `/operator/top-ups?q=${item}&show=all`;
  if (item.startsWith("pty_")) return `/operator/parties/${item}`;
  return undefined;
}

export function AuditPage() {
  const address = useAddress();
  const [actor, action, from, cursor] = [address.get("actor") ?? "", address.get("action") ?? "", address.get("from") ?? "", address.get("cursor")];
  const [typed, setTyped] = useKept("typed", actor);
  const log = useLoad(async (signal) => {
    // the API filters by party id; people type names
    const id = actor && !actor.startsWith("pty_") ? await api.get("/parties/{id}", { path: { id: actor }, signal }).then((one) => one.id, (error: unknown) => {
      if (isApiError(error) && error.status === 404) return "pty_none";
      throw error;
    }) : actor || undefined;
    return api.get("/admin/audit", { query: { actor: id, action: action || undefined, from: isDay(from) ? `${from}T00:00:00Z` : undefined, limit: 50, cursor }, signal });
  }, [actor, action, from, cursor]);
  const names = usePartyNames(log.data?.data.map((one) => one.actor) ?? []);
  return (
    <OperatorPage title={t("term.audit_log")} tab="audit">
      <form class="filters" role="search" aria-label={t("operator.find")} onSubmit={(event) => {
        event.preventDefault();
        address.go({ actor: typed.trim() || null, cursor: null });
      }}>
        <TextField type="search" label={t("operator.actor")} value={typed} onInput={setTyped} onBlur={() => typed.trim() !== actor && address.go({ actor: typed.trim() || null, cursor: null })} autocomplete="off" spellcheck={false} />
        <Select label={t("operator.action")} value={action} options={[{ value: "", label: t("common.all") }, ...[...new Set([...actions, ...(action ? [action] : [])])].sort().map((one) => ({ value: one, label: one }))]} onChange={(one) => address.go({ action: one || null, cursor: null })} />
        <TextField type="date" label={t("operator.from_day")} value={from} onInput={(one) => address.go({ from: one || null, cursor: null })} />
        {actor || action || from ? <Button kind="quiet" onClick={() => {
          setTyped("");
          address.go({ actor: null, action: null, from: null, cursor: null });
        }}>{t("common.clear_all")}</Button> : null}
      </form>
      <Load from={log} skeleton={<Skeleton lines={10} height="32px" />} empty={{ when: (list) => list.data.length === 0, show: <EmptyState title={t("common.no_match")} /> }}>
        {(list) => (
          <>
            <Table
              caption={t("term.audit_log")}
              hideCaption
              busy={log.loading}
              rows={list.data}
              rowKey={(one) => one.id}
              columns={[
                { id: "at", head: t("common.time"), cell: (one) => <Time at={one.at} show="full" seconds /> },
                { id: "actor", head: t("operator.actor"), cell: (one) => <Name>{names(one.actor) || one.actor}</Name> },
                { id: "action", head: t("operator.action"), phone: "second", cell: (one) => <code>{one.action}</code> },
                { id: "item", head: t("operator.item"), phone: "second", cell: (one) => {
                  const page = pageOf(one.item);
                  return <span class="money">{page ? <a href={page}><code>{shortId(one.item)}</code></a> : <code>{shortId(one.item)}</code>}<CopyButton text={one.item} what={one.item}><span class="sr-only">{t("common.copy")}</span></CopyButton></span>;
                } },
                { id: "details", head: t("common.details"), phone: "off", cell: (one) => {
                  const pairs = Object.entries((one.details ?? {}) as Record<string, unknown>);
                  return <span class="audit-details">{pairs.map(([key, value]) => <span key={key}><span class="meta">{key}</span> <Name>{String(value)}</Name> </span>)}</span>;
                } },
                { id: "request", head: t("common.request"), phone: "off", cell: (one) => (one.request_id ? <span class="money"><code class="meta">{shortId(one.request_id)}</code><CopyButton text={one.request_id} what={one.request_id}><span class="sr-only">{t("common.copy")}</span></CopyButton></span> : "–") },
              ]}
            />
            <Pager newer={cursor ? address.href({ cursor: null }) : undefined} older={list.next_cursor ? address.href({ cursor: list.next_cursor }) : undefined} />
          </>
        )}
      </Load>
    </OperatorPage>
  );
}
