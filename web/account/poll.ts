// Asks again while something is on its way: 2 s, 5 s, 15 s, not while the page is hidden.
import { useEffect } from "preact/hooks";
import { pollPause } from "./order-state.ts";

export function usePoll(active: boolean, reload: () => void): void {
  useEffect(() => {
    if (!active) return undefined;
    const opened = Date.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const plan = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === "hidden") return;
      timer = setTimeout(() => {
        reload();
        plan();
      }, pollPause(Date.now() - opened));
    };
    const seen = (): void => {
      if (document.visibilityState === "visible") reload();
      plan();
    };
    plan();
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [active, reload]);
}
