// A modal <dialog>, and a sheet from the side. Esc and ✕ close it, a click outside only when nothing was changed; focus returns.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../lib/messages.ts";

export interface DialogProps {
  open: boolean;
  title: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
  /** buttons; the last one is the primary */
  footer?: ComponentChildren;
  /** something was entered: a click outside does not close */
  dirty?: boolean;
  wide?: boolean;
  /** while a request runs nothing closes it */
  locked?: boolean;
}

function Modal(props: DialogProps & { sheet?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // closed by the page, not by the reader: its "close" event, which comes later, tells nobody
  const own = useRef(false);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return undefined;
    if (!props.open) {
      own.current = true;
      if (dialog.open) dialog.close();
      return undefined;
    }
    own.current = false;
    const before = document.activeElement as HTMLElement | null;
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector<HTMLElement>("[autofocus], .body :is(input, select, textarea):not([type=hidden], :disabled)") ?? dialog.querySelector<HTMLElement>("h2");
    first?.focus();
    return () => {
      own.current = true;
      if (dialog.open) dialog.close();
      if (before?.isConnected) before.focus();
    };
  }, [props.open]);
  const close = (): void => {
    if (!props.locked) props.onClose();
  };
  return (
    <dialog
      ref={ref}
      class={`dialog ${props.sheet ? "sheet" : ""} ${props.wide ? "wide" : ""}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClose={() => {
        if (props.open && !own.current) props.onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === ref.current && !props.dirty) close();
      }}
    >
      <header>
        <h2 id={heading} tabIndex={-1}>{props.title}</h2>
        <button type="button" class="btn btn-quiet icon" aria-label={t("common.close")} onClick={close}>
          <span aria-hidden="true">✕</span>
        </button>
      </header>
      <div class="body">{props.open ? props.children : null}</div>
      {props.footer ? <footer>{props.footer}</footer> : null}
    </dialog>
  );
}

export const Dialog = (props: DialogProps) => <Modal {...props} />;
/** Full height from the side; on a phone the whole screen. */
export const Sheet = (props: DialogProps) => <Modal {...props} sheet />;
