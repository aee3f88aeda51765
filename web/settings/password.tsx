// Change of the password; it ends all other sessions.
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Notice } from "../components/notice.tsx";
import { ErrorPanel } from "../components/states.tsx";
import { TextField } from "../components/text-field.tsx";
import { t } from "../lib/messages.ts";
import { faultsOf } from "./frame.tsx";

export function PasswordForm({ name }: { name: string }) {
  const [before, setBefore] = useState("");
  const [after, setAfter] = useState("");
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [error, setError] = useState<unknown>();
  const [missing, setMissing] = useState(false);
  const faults = faultsOf(error, { weak_password: "new" });
  const send = async (): Promise<void> => {
    setMissing(before === "" || after === "");
    setDone(false);
    if (before === "" || after === "") return;
    setBusy(true);
    setError(undefined);
    try {
      await api.post("/me/password", { body: { old: before, new: after } });
      setDone(true);
      setBefore("");
      setAfter("");
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="panel stack" noValidate onSubmit={(event) => {
      event.preventDefault();
      if (!busy) void send();
    }}>
      <h2>{t("settings.password")}</h2>
      {done ? <Notice tone="ok" live="status">{t("settings.password_changed")}</Notice> : null}
      {error && Object.keys(faults).length === 0 ? <ErrorPanel error={error} /> : null}
      <input type="text" name="username" autocomplete="username" value={name} hidden readOnly />
      <TextField label={t("settings.password_old")} type="password" value={before} onInput={setBefore} autocomplete="current-password" name="old" error={faults["old"] ?? (missing && before === "" ? t("error.field_required") : undefined)} />
      <TextField label={t("settings.password_new")} type="password" value={after} onInput={setAfter} autocomplete="new-password" name="new" hint={t("settings.password_hint")} error={faults["new"] ?? (missing && after === "" ? t("error.field_required") : undefined)} />
      <div class="form-foot"><Button type="submit" busy={busy}>{t("settings.password_change")}</Button></div>
    </form>
  );
}
