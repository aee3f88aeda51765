// Takes a listing off sale for a time (with or without the licences sold so far) and puts it back.
import { useState } from "preact/hooks";
import type { Listing } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Checkbox } from "../components/choice.tsx";
import { Dialog } from "../components/dialog.tsx";
import { ErrorPanel } from "../components/states.tsx";
import { TextArea } from "../components/text-field.tsx";
import { t } from "../lib/messages.ts";
import { uuid } from "../lib/random.ts";

function Ask({ listing, onClose, onDone }: { listing: Listing; onClose: () => void; onDone: () => void }) {
  const suspend = listing.state === "published";
  const [key, setKey] = useState(uuid);
  const [reason, setReason] = useState("");
  const [revoke, setRevoke] = useState(false);
  const [fault, setFault] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = async (): Promise<void> => {
    if (suspend && reason.trim() === "") {
      setFault(t("operator.reason_needed"));
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      if (suspend) await api.post("/listings/{id}/suspend", { path: { id: listing.id }, body: { reason: reason.trim(), revoke }, key });
      else await api.post("/listings/{id}/reinstate", { path: { id: listing.id }, body: {}, key });
      onDone();
      onClose();
    } catch (thrown) {
      setError(thrown);
      setKey(uuid());
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      title={t(suspend ? "operator.suspend_ask" : "operator.reinstate_ask", { name: listing.title })}
      locked={busy}
      dirty={reason !== ""}
      onClose={onClose}
      footer={<><Button onClick={onClose}>{t("common.cancel")}</Button><Button kind={suspend ? "danger" : "primary"} busy={busy} onClick={() => void send()}>{t(suspend ? "operator.suspend" : "operator.reinstate")}</Button></>}
    >
      <div class="stack">
        {error ? <ErrorPanel error={error} /> : null}
        {suspend ? (
          <>
            <p>{t("operator.suspend_effect")}</p>
            <TextArea label={t("operator.note_to_seller")} error={fault} rows={4} max={500} value={reason} onInput={(text) => {
              setReason(text);
              setFault(undefined);
              setKey(uuid());
            }} />
            <Checkbox label={t("operator.revoke_too")} hint={t("operator.revoke_hint")} checked={revoke} onChange={(on) => {
              setRevoke(on);
              setKey(uuid());
            }} />
          </>
        ) : <p>{t("operator.reinstate_effect")}</p>}
      </div>
    </Dialog>
  );
}

export function Suspension({ listing, onDone }: { listing: Listing; onDone: () => void }) {
  const [open, setOpen] = useState(false);
  if (listing.state !== "published" && listing.state !== "suspended") return null;
  return (
    <>
      <Button kind={listing.state === "published" ? "quiet" : "plain"} {...(listing.state === "published" ? { class: "danger" } : {})} onClick={() => setOpen(true)}>{t(listing.state === "published" ? "operator.suspend_open" : "operator.reinstate")}</Button>
      {open ? <Ask listing={listing} onClose={() => setOpen(false)} onDone={onDone} /> : null}
    </>
  );
}
