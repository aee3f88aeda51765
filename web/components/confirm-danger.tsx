// Asks before what cannot be taken back: names the object, says the consequence; typing the name only for deletion.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "../lib/messages.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { ErrorPanel } from "./states.tsx";
import { TextField } from "./text-field.tsx";

export interface ConfirmDangerProps {
  open: boolean;
  title: ComponentChildren;
  /** what happens and cannot be undone */
  children: ComponentChildren;
  /** verb and object: "Delete digits" */
  action: string;
  /** must be typed; only for deletion */
  typeName?: string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

export function ConfirmDanger(props: ConfirmDangerProps) {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const ready = !props.typeName || typed === props.typeName;
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await props.onConfirm();
      setTyped("");
      props.onClose();
    } catch (fault) {
      setError(fault);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={props.open}
      title={props.title}
      locked={busy}
      onClose={props.onClose}
      footer={
        <>
          <Button onClick={props.onClose} autofocus={!props.typeName}>{t("common.cancel")}</Button>
          <Button kind="danger" busy={busy} disabled={!ready} onClick={() => void confirm()}>{props.action}</Button>
        </>
      }
    >
      <div class="stack">
        <div>{props.children}</div>
        {props.typeName ? <TextField label={t("common.to_type", { name: props.typeName })} value={typed} onInput={setTyped} autocomplete="off" spellcheck={false} /> : null}
        {error ? <ErrorPanel error={error} /> : null}
      </div>
    </Dialog>
  );
}
