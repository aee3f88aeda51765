// A button that copies exactly what it was given and says so.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { copyText } from "../lib/clipboard.ts";
import { shortHash, shortId } from "../lib/format.ts";
import { t } from "../lib/messages.ts";

export interface CopyButtonProps {
  text: string;
  /** what is copied, for the accessible name: "order id" */
  what?: string;
  children?: ComponentChildren;
}

export function CopyButton({ text, what, children }: CopyButtonProps) {
  const [done, setDone] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <>
      <button
        type="button"
        class={`copy ${done ? "done" : ""}`}
        aria-label={what ? t("common.copy_what", { what }) : undefined}
        onClick={async () => {
          if (!(await copyText(text))) return;
          setDone(true);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => setDone(false), 2000);
        }}
      >
        {children ?? (done ? t("common.copied") : t("common.copy"))}
      </button>
      <span class="sr-only" role="status">{done ? t("common.copied") : ""}</span>
    </>
  );
}

/** An id: short to read, whole to copy. */
export function Id({ id, href }: { id: string; href?: string }) {
  const shown = <code title={id}>{shortId(id)}</code>;
  return (
    <span class="money">
      {href ? <a href={href}>{shown}</a> : shown}
      <CopyButton text={id} what={id}><span class="sr-only">{t("common.copy")}</span></CopyButton>
    </span>
  );
}

/** A hash: its first characters, whole to copy. */
export function Hash({ hash, length = 12 }: { hash: string; length?: number }) {
  return (
    <span class="money">
      <code title={hash}>{shortHash(hash, length)}…</code>
      <CopyButton text={hash} what={shortHash(hash, length)}><span class="sr-only">{t("common.copy")}</span></CopyButton>
    </span>
  );
}
