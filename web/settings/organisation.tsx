// One organisation: its members with one role each, and its facts. The last admin cannot leave or be lowered.
import { useState } from "preact/hooks";
import type { Member, Organisation } from "../api/answers.ts";
import { allRows, api, isApiError } from "../api/client.ts";
import { Avatar, PartyName } from "../components/avatar.tsx";
import { Button, LinkButton } from "../components/button.tsx";
import { Combobox } from "../components/combobox.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { Notice } from "../components/notice.tsx";
import { Select } from "../components/select.tsx";
import { ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { TextField } from "../components/text-field.tsx";
import { toast } from "../components/toast.tsx";
import { context } from "../lib/context.ts";
import { useKept } from "../lib/kept.ts";
import { t, tFor } from "../lib/messages.ts";
import { pathOf } from "../lib/url.ts";
import { currencies, faultsOf, SettingsPage, zones } from "./frame.tsx";

const roles = ["read", "contributor", "write", "admin"] as const;
type Role = (typeof roles)[number];
const roleOptions = () => roles.map((one) => ({ value: one, label: tFor("settings.role", one) }));

function Add({ organisation, onAdded }: { organisation: string; onAdded: () => void }) {
  const [user, setUser] = useKept("member.user", "");
  const [role, setRole] = useKept<Role>("member.role", "read");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | undefined>();
  const [error, setError] = useState<unknown>();
  const add = async (): Promise<void> => {
    setFault(user.trim() === "" ? t("error.field_required") : undefined);
    if (user.trim() === "") return;
    setBusy(true);
    setError(undefined);
    try {
      await api.put("/organisations/{name}/members/{user}", { path: { name: organisation, user: user.trim() }, body: { roles: [role] } });
      setUser("");
      onAdded();
    } catch (refused) {
      if (isApiError(refused) && refused.status === 404) setFault(t("settings.no_such_user"));
      else setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => {
      event.preventDefault();
      if (!busy) void add();
    }}>
      {error ? <ErrorPanel error={error} /> : null}
      <div class="filters top">
        <TextField label={t("settings.member_add")} value={user} onInput={(text) => {
          setUser(text);
          setFault(undefined);
        }} error={fault} autocomplete="off" spellcheck={false} name="member" />
        <Select label={t("term.role_word")} value={role} onChange={(value) => setRole(value as Role)} options={roleOptions()} />
        <div class="under-label"><Button type="submit" busy={busy}>{t("common.add")}</Button></div>
      </div>
      <p class="hint">{tFor("settings.role_hint", role)}</p>
    </form>
  );
}

function Members({ organisation, admin, onLeft }: { organisation: Organisation; admin: boolean; onLeft: () => void }) {
  const { name } = organisation;
  const members = useLoad((signal) => allRows("/organisations/{name}/members", { path: { name }, signal }), [name], { onFocus: true });
  const [going, setGoing] = useState<Member | undefined>();
  const [error, setError] = useState<unknown>();
  const lastAdmin = isApiError(error) && error.reason === "last_admin";
  const change = async (user: string, role: Role): Promise<void> => {
    setError(undefined);
    try {
      await api.put("/organisations/{name}/members/{user}", { path: { name, user }, body: { roles: [role] } });
      toast(t("common.saved"));
    } catch (refused) {
      setError(refused);
    }
    members.reload();
  };
  const self = context.user?.name;
  return (
    <section class="panel stack" aria-labelledby="members">
      <h2 id="members">{t("settings.members")}</h2>
      {lastAdmin ? <Notice tone="bad" live="alert" title={t("settings.last_admin")}>{t("settings.last_admin_why")}</Notice> : error ? <ErrorPanel error={error} /> : null}
      <Load from={members} skeleton={<Skeleton lines={3} height="2.4em" />}>
        {(list) => (
          <Table
            caption={t("settings.members")}
            hideCaption
            rows={list}
            rowKey={(one) => one.id}
            columns={[
              { id: "name", head: t("term.member"), cell: (one) => <><PartyName name={one.name} href={pathOf(one.name)} />{one.full_name !== one.name ? <> <span class="meta"><bdi>{one.full_name}</bdi></span></> : null}</> },
              { id: "role", head: t("term.role_word"), cell: (one) => (admin
                // drawn anew with each answer: a refused change must not stay in the box
                ? <Select key={`${one.id} ${one.roles[0]} ${members.at?.getTime()}`} hideLabel label={t("settings.role_of", { name: one.name })} value={one.roles[0] ?? "read"} onChange={(value) => void change(one.name, value as Role)} options={roleOptions()} />
                : one.roles.map((role) => tFor("settings.role", role)).join(", ")) },
              { id: "do", head: <span class="sr-only">{t("common.remove")}</span>, cell: (one) => (admin || one.name === self ? (
                <Button small kind="quiet" class="danger" label={one.name === self ? t("settings.leave") : t("common.remove_what", { what: one.name })} onClick={() => setGoing(one)}>{one.name === self ? t("settings.leave") : t("common.remove")}</Button>
              ) : null), num: true, phone: "second" },
            ]}
          />
        )}
      </Load>
      {admin ? <Add organisation={name} onAdded={members.reload} /> : null}
      <ConfirmDanger
        open={going !== undefined}
        title={going?.name === self ? t("settings.leave_named", { name }) : t("settings.member_remove", { user: going?.name ?? "", name })}
        action={going?.name === self ? t("settings.leave") : t("common.remove")}
        onClose={() => setGoing(undefined)}
        onConfirm={async () => {
          if (!going) return;
          setError(undefined);
          try {
            await api.delete("/organisations/{name}/members/{user}", { path: { name, user: going.name } });
          } catch (refused) {
            // said beside the list, where another admin can be made
            if (!isApiError(refused) || refused.reason !== "last_admin") throw refused;
            setError(refused);
            return;
          }
          if (going.name === self) onLeft();
          else members.reload();
        }}
      >
        {t("settings.member_remove_why")}
      </ConfirmDanger>
    </section>
  );
}

function Facts({ organisation, onSaved }: { organisation: Organisation; onSaved: (one: Organisation) => void }) {
  const [fullName, setFullName] = useKept("organisation.name", organisation.full_name);
  const [visibility, setVisibility] = useKept("organisation.visibility", organisation.default_visibility);
  const [currency, setCurrency] = useKept("organisation.currency", organisation.default_currency);
  const [zone, setZone] = useKept("organisation.zone", organisation.billing_tz);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const changes = {
    ...(fullName !== organisation.full_name ? { full_name: fullName } : {}),
    ...(visibility !== organisation.default_visibility ? { default_visibility: visibility } : {}),
    ...(currency !== organisation.default_currency ? { default_currency: currency } : {}),
    ...(zone !== organisation.billing_tz ? { billing_tz: zone } : {}),
  };
  const dirty = Object.keys(changes).length > 0;
  const faults = faultsOf(error);
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      onSaved(await api.patch("/organisations/{name}", { path: { name: organisation.name }, body: changes }));
      toast(t("common.saved"));
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="panel stack" noValidate onSubmit={(event) => {
      event.preventDefault();
      if (dirty && !busy) void save();
    }}>
      <h2>{t("common.details")}</h2>
      {error && Object.keys(faults).length === 0 ? <ErrorPanel error={error} /> : null}
      <TextField label={t("settings.full_name")} value={fullName} onInput={setFullName} error={faults["full_name"]} autocomplete="organization" />
      <Select label={t("settings.default_visibility")} value={visibility} onChange={(value) => setVisibility(value as Organisation["default_visibility"])} options={[{ value: "public", label: t("term.public") }, { value: "private", label: t("term.private") }]} />
      <Select label={t("settings.currency")} value={currency} onChange={setCurrency} options={currencies.map((one) => ({ value: one, label: one }))} error={faults["default_currency"]} />
      <Combobox label={t("settings.zone")} hint={t("settings.zone_hint")} values={zone ? [zone] : []} onChange={(values) => setZone(values.at(-1) ?? organisation.billing_tz)}
        options={zones(organisation.billing_tz).map((one) => ({ value: one, label: one.replaceAll("_", " ") }))} error={faults["billing_tz"]} />
      <div class="form-foot"><Button kind="primary" type="submit" busy={busy} disabled={!dirty}>{t("common.save")}</Button></div>
    </form>
  );
}

export function OrganisationPage({ props }: { props: Record<string, unknown> }) {
  const name = String(props["name"]);
  const found = useLoad((signal) => api.get("/organisations/{name}", { path: { name }, signal }), [name]);
  const role = found.data?.my_role;
  return (
    <SettingsPage tab="organisations" title={name} actions={role ? <LinkButton href={`/account?party=${encodeURIComponent(name)}`}>{t("nav.account")}</LinkButton> : null}>
      <Load from={found} skeleton={<Skeleton lines={6} height="2.4em" />}>
        {(one) => (
          <div class="stack loose narrow-form">
            <div class="row"><Avatar name={one.name} organisation /> <a href={pathOf(one.name)}><bdi>{one.full_name}</bdi></a> <span class="meta">{one.my_role ? `${t("settings.my_role")}: ${tFor("settings.role", one.my_role)}` : t("settings.not_member")}</span></div>
            {one.my_role ? <Members organisation={one} admin={one.my_role === "admin"} onLeft={() => location.assign("/settings/organisations")} /> : null}
            {one.my_role === "admin" ? <Facts key={JSON.stringify(one)} organisation={one} onSaved={found.set} /> : null}
          </div>
        )}
      </Load>
    </SettingsPage>
  );
}
