// Short results of acts elsewhere. Never the only place of an error or of money. Mounted once per page by the first toast.
import { render } from "preact";
import { signal } from "@preact/signals";
import { t } from "../lib/messages.ts";

export interface ToastOptions {
  action?: { label: string; onClick: () => void };
  /** at least 6 s; hovering and focus stop the time */
  seconds?: number;
}

interface Toast extends ToastOptions {
  id: number;
  text: string;
}

const toasts = signal<Toast[]>([]);
const timers = new Map<number, ReturnType<typeof setTimeout>>();
let next = 1;
let mounted = false;

const drop = (id: number): void => {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts.value = toasts.value.filter((one) => one.id !== id);
};
const start = (one: Toast): void => {
  clearTimeout(timers.get(one.id));
  timers.set(one.id, setTimeout(() => drop(one.id), Math.max(6, one.seconds ?? 6) * 1000));
};

function Toasts() {
  return (
    <>
      {toasts.value.map((one) => (
        <div class="toast" key={one.id} onMouseEnter={() => clearTimeout(timers.get(one.id))} onMouseLeave={() => start(one)} onFocusCapture={() => clearTimeout(timers.get(one.id))} onBlurCapture={() => start(one)}>
          <span>{one.text}</span>
          {one.action ? (
            <button type="button" class="btn btn-quiet small" onClick={() => {
              drop(one.id);
              one.action?.onClick();
            }}>{one.action.label}</button>
          ) : null}
          <button type="button" class="btn btn-quiet small" aria-label={t("common.close")} onClick={() => drop(one.id)}><span aria-hidden="true">✕</span></button>
        </div>
      ))}
    </>
  );
}

export function toast(text: string, options: ToastOptions = {}): void {
  if (!mounted) {
    mounted = true;
    const region = document.createElement("div");
    region.className = "toasts";
    region.setAttribute("role", "status");
    region.tabIndex = -1;
    document.body.append(region);
    render(<Toasts />, region);
    document.addEventListener("keydown", (event) => {
      if (event.key === "F6" && toasts.value.length > 0) {
        event.preventDefault();
        region.focus();
      }
    });
  }
  const one: Toast = { id: next++, text, ...options };
  toasts.value = [...toasts.value.slice(-2), one];
  start(one);
}
