// Approves or rejects after asking. A rejection needs a reason, which the seller reads. Somebody else may have been faster: then who and when.
import { useState } from "preact/hooks";
import type { Listing } from "../api/answers.ts";
import { api, isApiError } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Notice } from "../components/notice.tsx";
import { ErrorPanel } from "../components/states.tsx";
import { TextArea } from "../components/text-field.tsx";
import { toast } from "../components/toast.tsx";
import { Name, Time } from "../components/value.tsx";
import { t, tFor, tx } from "../lib/messages.ts";
import { priceText } from "../lib/price-text.ts";
import { uuid } from "../lib/random.ts";

const longest = 500;

export interface DecisionProps {
  listing: Listing;
  kind: "approve" | "reject";
  /** `stale`: the row is not what it was */
  onClose: (stale: boolean) => void;
  onDone: () => void;
}

/** Who moved a listing last. */
async function lastMove(id: string): Promise<{ action: string; at: string; name: string } | undefined> {
  const events = (await api.get("/listings/{id}/history", { path: { id } })).data.filter((one) => !/\.(change|create)$/.test(one.action));
  const last = events.at(-1);
  if (!last) return undefined;
  const party = await api.get("/parties/{id}", { path: { id: last.actor } }).catch(() => undefined);
  return { action: last.action.replace("listing.", ""), at: last.at, name: party?.name ?? "" };
}

export function Decision({ listing, kind, onClose, onDone }: DecisionProps) {
  const [key, setKey] = useState(uuid);
  const [reason, setReason] = useState("");
  const [fault, setFault] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [other, setOther] = useState<{ action: string; at: string; name: string } | undefined>();
  const [stale, setStale] = useState(false);
  const approve = kind === "approve";
  const close = (): void => onClose(stale);
  const send = async (): Promise<void> => {
    if (!approve && reason.trim() === "") {
      setFault(t("operator.reason_needed"));
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      if (approve) await api.post("/listings/{id}/approve", { path: { id: listing.id }, body: {}, key });
      else await api.post("/listings/{id}/reject", { path: { id: listing.id }, body: { reason: reason.trim() }, key });
      toast(t(approve ? "operator.approved_toast" : "operator.rejected_toast", { name: listing.title }));
      onDone();
    } catch (thrown) {
      setKey(uuid());
      setBusy(false);
      if (isApiError(thrown) && thrown.code === "invalid_state") {
        setStale(true);
        setOther(await lastMove(listing.id).catch(() => undefined));
      }
      setError(thrown);
    }
  };
  return (
    <Dialog
      open
      title={t(approve ? "operator.approve_ask" : "operator.reject_ask", { name: listing.title })}
      locked={busy}
      dirty={reason !== ""}
      onClose={close}
      footer={other ? <Button onClick={close}>{t("common.close")}</Button> : (
        <>
          <Button onClick={close}>{t("common.cancel")}</Button>
          <Button kind={approve ? "primary" : "danger"} busy={busy} onClick={() => void send()}>{t(approve ? "term.approve" : "term.reject")}</Button>
        </>
      )}
    >
      <div class="stack">
        {other ? (
          <Notice tone="warn" live="alert">{tx("operator.decided_by", { name: <Name>{other.name}</Name>, what: tFor("operator.event", other.action), time: <Time at={other.at} /> })}</Notice>
        ) : error ? <ErrorPanel error={error} /> : null}
        {approve ? (
          <>
            <ul class="plain">{listing.offers.filter((one) => one.state === "active").map((one) => <li key={one.id} class="price">{priceText(one.plan)}</li>)}</ul>
            <p>{t("operator.approve_effect")}</p>
          </>
        ) : (
          <TextArea label={t("operator.note_to_seller")} hint={t("operator.note_hint")} error={fault} rows={5} max={longest} value={reason} onInput={(text) => {
            setReason(text);
            setFault(undefined);
            setKey(uuid());
          }} />
        )}
      </div>
    </Dialog>
  );
}
