// Access tokens: made here and shown once, listed, revoked.
import { useState } from "preact/hooks";
import type { MadeToken, Token } from "../api/answers.ts";
import { allRows, api } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Radio } from "../components/choice.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { CopyButton } from "../components/copy.tsx";
import { Notice } from "../components/notice.tsx";
import { Select } from "../components/select.tsx";
import { EmptyState, ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { TextField } from "../components/text-field.tsx";
import { toast } from "../components/toast.tsx";
import { Time } from "../components/value.tsx";
import { context } from "../lib/context.ts";
import { useKept } from "../lib/kept.ts";
import { t, tFor } from "../lib/messages.ts";
import { faultsOf, SettingsPage } from "./frame.tsx";

const roles = ["read", "write", "admin"] as const;
/** days; 0 for none */
const lives = [30, 90, 365, 0];
const dayMs = 86_400_000;

function Form({ onMade }: { onMade: (token: MadeToken) => void }) {
  const [name, setName] = useKept("token.name", "");
  const [role, setRole] = useKept<Token["role"]>("token.role", "read");
  const [life, setLife] = useKept("token.days", 90);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const faults = faultsOf(error);
  const make = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      // tokens live by the wall clock, also under a test clock
      const made = await api.post("/tokens", { body: { name: name.trim(), role, expires_at: life > 0 ? new Date(Date.now() + life * dayMs).toISOString() : null } });
      onMade(made);
      setName("");
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="panel stack" onSubmit={(event) => {
      event.preventDefault();
      if (!busy) void make();
    }}>
      <h2>{t("settings.token_new")}</h2>
      {error && Object.keys(faults).length === 0 ? <ErrorPanel error={error} /> : null}
      <TextField label={t("settings.token_name")} hint={t("settings.token_name_hint")} value={name} onInput={setName} optional max={100} error={faults["name"]} autocomplete="off" />
      <Radio legend={t("term.role_word")} value={role} onChange={(value) => setRole(value as Token["role"])} options={roles.filter((one) => one !== "admin" || context.user?.operator).map((one) => ({ value: one, label: tFor("settings.token_role", one), hint: tFor("settings.token_role_hint", one) }))} />
      <Select label={t("settings.expires")} value={String(life)} onChange={(value) => setLife(Number(value))} options={lives.map((one) => ({ value: String(one), label: one > 0 ? t("settings.days", { count: one }) : t("settings.never") }))} />
      <div class="form-foot"><Button kind="primary" type="submit" busy={busy}>{t("settings.token_make")}</Button></div>
    </form>
  );
}

export function TokensPage() {
  const tokens = useLoad((signal) => allRows("/tokens", { signal }));
  const [made, setMade] = useState<MadeToken | undefined>();
  const [going, setGoing] = useState<Token | undefined>();
  const label = (one: Token): string => one.name || t("settings.token_unnamed");
  return (
    <SettingsPage tab="tokens" title={t("settings.tokens")} lead={t("settings.tokens_what")}>
      <div class="stack loose">
        {made ? (
          <Notice tone="warn" live="status" focus title={t("settings.token_once")} actions={<Button onClick={() => setMade(undefined)}>{t("settings.token_kept")}</Button>}>
            <div class="once"><code>{made.token}</code> <CopyButton text={made.token} what={label(made)}><span>{t("common.copy")}</span></CopyButton></div>
          </Notice>
        ) : null}
        <div class="narrow-form"><Form onMade={(token) => {
          setMade(token);
          tokens.reload();
          scrollTo({ top: 0 });
        }} /></div>
        <section class="stack" aria-labelledby="all">
          <h2 id="all">{t("settings.tokens_all")}</h2>
          <Load from={tokens} skeleton={<Skeleton lines={4} height="2.4em" />} empty={{ when: (list) => list.length === 0, show: <EmptyState title={t("settings.tokens_none")}>{t("settings.tokens_none_why")}</EmptyState> }}>
            {(list) => (
              <Table
                caption={t("settings.tokens_all")}
                hideCaption
                rows={list}
                rowKey={(one) => one.id}
                columns={[
                  { id: "name", head: t("common.name"), cell: (one) => <bdi>{label(one)}</bdi> },
                  { id: "role", head: t("term.role_word"), cell: (one) => tFor("settings.token_role", one.role), phone: "second" },
                  { id: "made", head: t("common.created"), cell: (one) => <Time at={one.created_at} />, phone: "off" },
                  { id: "used", head: t("settings.token_used"), cell: (one) => (one.last_used_at ? <Time at={one.last_used_at} show="date" /> : t("settings.token_unused")), phone: "off" },
                  { id: "expires", head: t("settings.expires"), cell: (one) => (one.expires_at ? (Date.parse(one.expires_at) <= Date.now() ? t("settings.expired") : <Time at={one.expires_at} show="date" />) : t("settings.never")), phone: "second" },
                  { id: "do", head: <span class="sr-only">{t("settings.token_revoke")}</span>, cell: (one) => <Button small kind="quiet" class="danger" label={t("settings.token_revoke_named", { name: label(one) })} onClick={() => setGoing(one)}>{t("settings.token_revoke")}</Button>, num: true },
                ]}
              />
            )}
          </Load>
        </section>
      </div>
      <ConfirmDanger
        open={going !== undefined}
        title={t("settings.token_revoke_named", { name: going ? label(going) : "" })}
        action={t("settings.token_revoke")}
        onClose={() => setGoing(undefined)}
        onConfirm={async () => {
          if (!going) return;
          await api.delete("/tokens/{id}", { path: { id: going.id } });
          if (made?.id === going.id) setMade(undefined);
          toast(t("settings.token_revoked"));
          tokens.reload();
        }}
      >
        {t("settings.token_revoke_why")}
      </ConfirmDanger>
    </SettingsPage>
  );
}
