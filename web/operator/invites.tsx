// Codes with which new people may sign up; a code is shown once, when it is made.
import { useState } from "preact/hooks";
import type { Invite, MadeInvite } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { usePartyNames } from "../api/use-parties.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { CopyButton, Id } from "../components/copy.tsx";
import { Notice } from "../components/notice.tsx";
import { EmptyState, ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Select } from "../components/select.tsx";
import { Table } from "../components/table.tsx";
import { Name, Time } from "../components/value.tsx";
import { context } from "../lib/context.ts";
import { useKept } from "../lib/kept.ts";
import { t } from "../lib/messages.ts";
import { uuid } from "../lib/random.ts";
import { OperatorPage } from "./frame.tsx";

const days = [1, 7, 14, 30];

function Make({ onMade }: { onMade: (made: MadeInvite) => void }) {
  const [valid, setValid] = useKept("invite.days", "14");
  const [key, setKey] = useState(uuid);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const make = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      onMade(await api.post("/invites", { body: { expires_in_days: Number(valid) }, key }));
    } catch (thrown) {
      setError(thrown);
    } finally {
      setKey(uuid());
      setBusy(false);
    }
  };
  return (
    <form class="filters" onSubmit={(event) => {
      event.preventDefault();
      void make();
    }}>
      <Select label={t("operator.valid_for")} value={valid} options={days.map((one) => ({ value: String(one), label: t("operator.days", { count: one }) }))} onChange={setValid} />
      <Button kind="primary" type="submit" busy={busy}>{t("operator.make_invite")}</Button>
      {error ? <div class="wide"><ErrorPanel error={error} /></div> : null}
    </form>
  );
}

export function InvitesPage() {
  const invites = useLoad((signal) => api.get("/invites", { query: { limit: 100 } as never, signal }), []);
  const [made, setMade] = useState<MadeInvite | undefined>();
  const [ending, setEnding] = useState<Invite | undefined>();
  const names = usePartyNames(invites.data?.data.map((one) => one.used_by) ?? []);
  const link = made ? `${context.public_url}/join?invite=${encodeURIComponent(made.code)}` : "";
  return (
    <OperatorPage title={t("operator.invites")} tab="invites" lead={t("operator.invites_lead")}>
      <Make onMade={(one) => {
        setMade(one);
        invites.reload();
      }} />
      {made ? (
        <Notice tone="ok" live="status" title={t("operator.invite_once")} actions={<><CopyButton text={made.code} what={t("operator.code")}>{t("operator.copy_code")}</CopyButton><CopyButton text={link} what={t("operator.link")}>{t("operator.copy_link")}</CopyButton></>}>
          <code class="hash">{made.code}</code>
        </Notice>
      ) : null}
      <Load from={invites} skeleton={<Skeleton lines={5} height="32px" />} empty={{ when: (list) => list.data.length === 0, show: <EmptyState title={t("operator.no_invites")} /> }}>
        {(list) => (
          <Table
            caption={t("operator.invites")}
            hideCaption
            rows={list.data}
            rowKey={(one) => one.id}
            columns={[
              { id: "id", head: t("common.id"), cell: (one) => <Id id={one.id} /> },
              { id: "state", head: t("common.state"), cell: (one) => (one.used_by ? <>{t("operator.used_by")} <Name>{names(one.used_by) || "…"}</Name></> : Date.parse(one.expires_at) < Date.now() ? <Badge>{t("operator.expired")}</Badge> : <Badge tone="ok">{t("operator.unused")}</Badge>) },
              { id: "created", head: t("common.created"), phone: "off", cell: (one) => <Time at={one.created_at} show="full" /> },
              { id: "expires", head: t("operator.expires"), phone: "second", cell: (one) => <Time at={one.expires_at} show="full" /> },
              { id: "act", head: <span class="sr-only">{t("operator.action")}</span>, num: true, phone: "second", cell: (one) => (one.used_by ? null : <Button small kind="quiet" class="danger" onClick={() => setEnding(one)}>{t("operator.end_invite")}</Button>) },
            ]}
          />
        )}
      </Load>
      {ending ? (
        <ConfirmDanger open title={t("operator.end_invite_ask")} action={t("operator.end_invite")} onClose={() => setEnding(undefined)} onConfirm={async () => {
          await api.delete("/invites/{id}", { path: { id: ending.id } });
          if (made?.id === ending.id) setMade(undefined);
          invites.reload();
        }}>{t("operator.end_invite_effect")}</ConfirmDanger>
      ) : null}
    </OperatorPage>
  );
}
