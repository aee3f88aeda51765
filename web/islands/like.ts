// <k-like>: the heart of a repository. Shown as pressed at once; what the server says last stands. Without script the form posts.
import { wire } from "../api/client.ts";
import { errorText } from "../components/states.tsx";
import { toast } from "../components/toast.tsx";
import { propsOf } from "../lib/context.ts";
import { formatCompact } from "../lib/format.ts";

interface LikeProps {
  api: string;
  likes: number;
}

export function mount(root: HTMLElement): void {
  const { api, likes } = propsOf<LikeProps>(root);
  const form = root.querySelector("form");
  const button = root.querySelector<HTMLElement>("button");
  const count = root.querySelector<HTMLElement>(".count");
  if (!form || !button || !count) return;
  let saved = button.getAttribute("aria-pressed") === "true";
  let wanted = saved;
  let busy = false;
  // of all others
  const rest = likes - (saved ? 1 : 0);
  const show = (): void => {
    button.setAttribute("aria-pressed", String(wanted));
    count.textContent = formatCompact(rest + (wanted ? 1 : 0));
  };
  const send = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      // presses meanwhile are one more round, or none
      while (saved !== wanted) {
        const next = wanted;
        await wire(next ? "post" : "delete", api, undefined, { repeatable: true });
        saved = next;
      }
    } catch (refused) {
      wanted = saved;
      toast(errorText(refused));
    } finally {
      busy = false;
      show();
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    wanted = !wanted;
    show();
    void send();
  });
}
