// Where one is signed in; each session but this one can be ended, or all others at once.
import { useState } from "preact/hooks";
import type { OpenSession } from "../api/answers.ts";
import { allRows, api } from "../api/client.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { toast } from "../components/toast.tsx";
import { Time } from "../components/value.tsx";
import { t } from "../lib/messages.ts";
import { SettingsPage } from "./frame.tsx";
import { agentName } from "./agents.ts";

export function SessionsPage() {
  const sessions = useLoad((signal) => allRows("/sessions", { signal }), [], { onFocus: true });
  const [going, setGoing] = useState<OpenSession[]>([]);
  const others = (sessions.data ?? []).filter((one) => !one.current);
  const name = (one: OpenSession): string => agentName(one.agent) || t("common.unknown");
  return (
    <SettingsPage tab="sessions" title={t("settings.sessions")} lead={t("settings.sessions_what")} actions={others.length > 1 ? <Button onClick={() => setGoing(others)}>{t("settings.sessions_end_others")}</Button> : null}>
      <Load from={sessions} skeleton={<Skeleton lines={3} height="2.4em" />}>
        {(list) => (
          <Table
            caption={t("settings.sessions")}
            hideCaption
            rows={list}
            rowKey={(one) => one.id}
            columns={[
              { id: "agent", head: t("settings.session_agent"), cell: (one) => <><span title={one.agent}>{name(one)}</span> {one.current ? <Badge tone="ok">{t("settings.session_this")}</Badge> : null}</> },
              { id: "since", head: t("settings.session_since"), cell: (one) => <Time at={one.created_at} />, phone: "second" },
              { id: "until", head: t("settings.expires"), cell: (one) => <Time at={one.expires_at} show="date" />, phone: "second" },
              { id: "do", head: <span class="sr-only">{t("settings.session_end")}</span>, cell: (one) => (one.current ? null : <Button small kind="quiet" class="danger" label={t("settings.session_end_named", { name: name(one) })} onClick={() => setGoing([one])}>{t("settings.session_end")}</Button>), num: true },
            ]}
          />
        )}
      </Load>
      <ConfirmDanger
        open={going.length > 0}
        title={going.length > 1 ? t("settings.sessions_end_others") : t("settings.session_end_named", { name: going[0] ? name(going[0]) : "" })}
        action={t("settings.session_end")}
        onClose={() => setGoing([])}
        onConfirm={async () => {
          for (const one of going) await api.delete("/sessions/{id}", { path: { id: one.id } });
          toast(t("settings.session_ended"));
          sessions.reload();
        }}
      >
        {t("settings.session_end_why")}
      </ConfirmDanger>
    </SettingsPage>
  );
}
