// People and organisations by name or address.
import { useEffect } from "preact/hooks";
import { api } from "../api/client.ts";
import { Badge } from "../components/badge.tsx";
import { LinkButton } from "../components/button.tsx";
import { Pager } from "../components/pager.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { TextField } from "../components/text-field.tsx";
import { useAddress } from "../components/use-address.ts";
import { Name, Time } from "../components/value.tsx";
import { useKept } from "../lib/kept.ts";
import { t, tFor } from "../lib/messages.ts";
import { pathOf } from "../lib/url.ts";
import { OperatorPage } from "./frame.tsx";

export function PartiesPage() {
  const address = useAddress();
  const q = address.get("q") ?? "";
  const cursor = address.get("cursor");
  const [typed, setTyped] = useKept("typed", q);
  useEffect(() => {
    if (typed === q) return undefined;
    const timer = setTimeout(() => address.go({ q: typed.trim() || null, cursor: null }, { replace: true }), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  const parties = useLoad((signal) => api.get("/parties", { query: { q: q || undefined, limit: 50, cursor }, signal }), [q, cursor]);
  return (
    <OperatorPage title={t("operator.parties")} tab="parties" actions={<LinkButton href="/operator/invites">{t("operator.invite")}</LinkButton>}>
      <form class="filters" role="search" aria-label={t("operator.find")} onSubmit={(event) => event.preventDefault()}>
        <TextField type="search" label={t("operator.find_party")} value={typed} onInput={setTyped} autocomplete="off" spellcheck={false} />
      </form>
      <Load from={parties} skeleton={<Skeleton lines={8} height="32px" />} empty={{ when: (list) => list.data.length === 0, show: <EmptyState title={t("common.no_match")} /> }}>
        {(list) => (
          <>
            <Table
              caption={t("operator.parties")}
              hideCaption
              busy={parties.loading}
              rows={list.data}
              rowKey={(one) => one.id}
              columns={[
                { id: "name", head: t("common.name"), cell: (one) => <><a href={pathOf("operator", "parties", one.name)}><Name>{one.name}</Name></a>{one.full_name && one.full_name !== one.name ? <span class="meta"> <Name>{one.full_name}</Name></span> : null}</> },
                { id: "kind", head: t("operator.kind"), cell: (one) => <>{tFor("common.kind", one.kind)}{one.is_operator ? <> <Badge tone="info">{t("term.operator")}</Badge></> : null}</> },
                { id: "email", head: t("operator.email"), phone: "second", cell: (one) => <bdi>{one.email ?? ""}</bdi> },
                { id: "kyc", head: t("term.kyc"), num: true, phone: "off", cell: (one) => (one.kyc_level === undefined ? "–" : String(one.kyc_level)) },
                { id: "since", head: t("operator.since"), num: true, phone: "off", cell: (one) => <Time at={one.created_at} show="date" /> },
              ]}
            />
            <Pager newer={cursor ? address.href({ cursor: null }) : undefined} older={list.next_cursor ? address.href({ cursor: list.next_cursor }) : undefined} />
          </>
        )}
      </Load>
    </OperatorPage>
  );
}
