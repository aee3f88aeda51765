// Organisations one belongs to, and founding a new one.
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { PartyName } from "../components/avatar.tsx";
import { Button } from "../components/button.tsx";
import { Radio } from "../components/choice.tsx";
import { EmptyState, ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { TextField } from "../components/text-field.tsx";
import { useKept } from "../lib/kept.ts";
import { t, tFor } from "../lib/messages.ts";
import { faultsOf, SettingsPage } from "./frame.tsx";

function Form() {
  const [name, setName] = useKept("new.name", "");
  const [fullName, setFullName] = useKept("new.full", "");
  const [visibility, setVisibility] = useKept<"public" | "private">("new.visibility", "public");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [missing, setMissing] = useState(false);
  const faults = faultsOf(error, { conflict: "name" });
  const make = async (): Promise<void> => {
    setMissing(name.trim() === "");
    if (name.trim() === "") return;
    setBusy(true);
    setError(undefined);
    try {
      const made = await api.post("/organisations", { body: { name: name.trim(), default_visibility: visibility, ...(fullName.trim() ? { full_name: fullName.trim() } : {}) } });
      location.assign(`/settings/organisations/${encodeURIComponent(made.name)}`);
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <form class="panel stack" noValidate onSubmit={(event) => {
      event.preventDefault();
      if (!busy) void make();
    }}>
      <h2>{t("settings.organisation_new")}</h2>
      {error && Object.keys(faults).length === 0 ? <ErrorPanel error={error} /> : null}
      <TextField label={t("common.name")} hint={t("settings.organisation_name_hint")} value={name} onInput={setName} error={faults["name"] ?? (missing ? t("error.field_required") : undefined)} autocomplete="off" spellcheck={false} name="organisation" />
      <TextField label={t("settings.full_name")} optional value={fullName} onInput={setFullName} error={faults["full_name"]} autocomplete="organization" />
      <Radio legend={t("settings.default_visibility")} value={visibility} onChange={(value) => setVisibility(value as "public" | "private")}
        options={[{ value: "public", label: t("term.public") }, { value: "private", label: t("term.private") }]} />
      <div class="form-foot"><Button kind="primary" type="submit" busy={busy}>{t("settings.organisation_make")}</Button></div>
    </form>
  );
}

export function OrganisationsPage() {
  const me = useLoad((signal) => api.get("/me", { signal }), [], { onFocus: true });
  return (
    <SettingsPage tab="organisations" title={t("settings.organisations")} lead={t("settings.organisations_what")}>
      <div class="stack loose">
        <Load from={me} skeleton={<Skeleton lines={3} height="2.4em" />} empty={{ when: (one) => one.may_act_for.length === 0, show: <EmptyState title={t("settings.organisations_none")}>{t("settings.organisations_none_why")}</EmptyState> }}>
          {(one) => (
            <Table
              caption={t("settings.organisations")}
              hideCaption
              rows={one.may_act_for}
              rowKey={(row) => row.id}
              columns={[
                { id: "name", head: t("term.organisation"), cell: (row) => <PartyName name={row.name} organisation href={`/settings/organisations/${encodeURIComponent(row.name)}`} /> },
                { id: "role", head: t("settings.my_role"), cell: (row) => row.roles.map((role) => tFor("settings.role", role)).join(", ") },
                { id: "account", head: t("nav.account"), cell: (row) => <a href={`/account?party=${encodeURIComponent(row.name)}`}>{t("nav.account")}</a>, phone: "off" },
              ]}
            />
          )}
        </Load>
        <div class="narrow-form"><Form /></div>
      </div>
    </SettingsPage>
  );
}
