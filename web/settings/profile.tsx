// Who one is: shown name, address, currency of new plans and wallets, time zone of the books; and the password.
import { useState } from "preact/hooks";
import type { Me } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Combobox } from "../components/combobox.tsx";
import { Select } from "../components/select.tsx";
import { ErrorPanel, Load, Skeleton, useLoad } from "../components/states.tsx";
import { TextField } from "../components/text-field.tsx";
import { toast } from "../components/toast.tsx";
import { useKept } from "../lib/kept.ts";
import { t } from "../lib/messages.ts";
import { pathOf } from "../lib/url.ts";
import { currencies, faultsOf, SettingsPage, zones } from "./frame.tsx";
import { PasswordForm } from "./password.tsx";

const longestName = 200;

function Form({ me, onSaved }: { me: Me; onSaved: () => void }) {
  const [name, setName] = useKept("profile.name", me.full_name);
  const [email, setEmail] = useKept("profile.email", me.email);
  const [currency, setCurrency] = useKept("profile.currency", me.default_currency);
  const [zone, setZone] = useKept("profile.zone", me.billing_tz);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const changes = {
    ...(name !== me.full_name ? { full_name: name } : {}),
    ...(email !== me.email ? { email: email.trim() } : {}),
    ...(currency !== me.default_currency ? { default_currency: currency } : {}),
    ...(zone !== me.billing_tz ? { billing_tz: zone } : {}),
  };
  const dirty = Object.keys(changes).length > 0;
  const faults = faultsOf(error);
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await api.patch("/me", { body: changes });
      toast(t("common.saved"));
      onSaved();
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
      <h2>{t("nav.profile")}</h2>
      {error && Object.keys(faults).length === 0 ? <ErrorPanel error={error} /> : null}
      <dl class="dl">
        <dt>{t("common.name")}</dt>
        <dd><a href={pathOf(me.name)}><bdi>{me.name}</bdi></a> <span class="meta">{t("settings.name_fixed")}</span></dd>
        <dt>{t("term.kyc")}</dt>
        <dd>{t("settings.kyc_level", { level: String(me.kyc_level) })}</dd>
      </dl>
      <TextField label={t("settings.full_name")} value={name} onInput={setName} max={longestName} autocomplete="name" error={faults["full_name"]} name="full_name" />
      <TextField label={t("settings.email")} type="email" optional value={email} onInput={setEmail} autocomplete="email" hint={t("settings.email_hint")} error={faults["email"]} name="email" />
      <Select label={t("settings.currency")} value={currency} onChange={setCurrency} options={currencies.map((one) => ({ value: one, label: one }))} error={faults["default_currency"]} />
      <Combobox label={t("settings.zone")} hint={t("settings.zone_hint")} values={zone ? [zone] : []} onChange={(values) => setZone(values.at(-1) ?? me.billing_tz)}
        options={zones(me.billing_tz).map((one) => ({ value: one, label: one.replaceAll("_", " ") }))} error={faults["billing_tz"]} />
      <div class="form-foot"><Button kind="primary" type="submit" busy={busy} disabled={!dirty}>{t("common.save")}</Button></div>
    </form>
  );
}

export function ProfilePage() {
  const me = useLoad((signal) => api.get("/me", { signal }));
  return (
    <SettingsPage tab="profile" title={t("nav.profile")}>
      <div class="stack loose narrow-form">
        <Load from={me} skeleton={<Skeleton lines={6} height="3em" />}>{(one) => <Form key={`${one.full_name} ${one.email} ${one.default_currency} ${one.billing_tz}`} me={one} onSaved={me.reload} />}</Load>
        <PasswordForm name={me.data?.name ?? ""} />
      </div>
    </SettingsPage>
  );
}
