// The session ended during a write: signs the same user in above the form, then the write goes on with the same key.
import { render } from "preact";
import { useState } from "preact/hooks";
import { api, setCsrf } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { errorText } from "../components/states.tsx";
import { TextField } from "../components/text-field.tsx";
import { isApiError } from "../api/client.ts";
import { context } from "../lib/context.ts";
import { dropAllDrafts } from "../lib/drafts.ts";
import { t } from "../lib/messages.ts";
import { withQuery } from "../lib/url.ts";

function SignIn({ onDone }: { onDone: (back: boolean) => void }) {
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>();
  const name = context.user?.name ?? "";
  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const session = await api.post("/sessions", { body: { name, password } });
      setCsrf(session.csrf_token);
      onDone(true);
    } catch (fault) {
      setError(isApiError(fault) && fault.status === 401 ? t("login.wrong") : errorText(fault));
      setBusy(false);
    }
  };
  return (
    <Dialog open title={t("login.again")} dirty locked={busy} onClose={() => onDone(false)} footer={<Button kind="primary" type="submit" form="k-sign-in" busy={busy}>{t("nav.sign_in")}</Button>}>
      <form
        id="k-sign-in"
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <p>{t("login.as", { name })}</p>
        <input type="text" name="username" value={name} autocomplete="username" hidden readOnly />
        <TextField label={t("login.password")} type="password" autocomplete="current-password" value={password} onInput={setPassword} error={error} required />
        <p class="meta">
          <a href={withQuery("/login", { next: location.pathname + location.search })} onClick={() => dropAllDrafts()}>{t("login.other")}</a>
        </p>
      </form>
    </Dialog>
  );
}

let asking: Promise<boolean> | undefined;

/** One dialog for any number of waiting writes. */
export function askToSignIn(): Promise<boolean> {
  asking ??= new Promise<boolean>((resolve) => {
    const place = document.createElement("div");
    document.body.append(place);
    render(<SignIn onDone={(back) => {
      render(null, place);
      place.remove();
      asking = undefined;
      resolve(back);
    }} />, place);
  });
  return asking;
}
