// Stores the contents of a batch in a worker: @huggingface/hub hashes, cuts and packs there, so that the page stays quick. One worker a batch; pausing
// ends it. The page imports this module only for its address; the work starts where there is no document.
import { Broken, Busy, SignedOut } from "./faults.ts";
import { Refusal, storingFetch, type Origin } from "./storing-fetch.ts";

export interface StoreOrder {
  from: Origin;
  kind: "model" | "dataset" | "space";
  name: string;
  branch: string;
  files: { path: string; content: Blob }[];
  /** some of it may have arrived before: ask for each piece */
  again: boolean;
}

export type StoreReport =
  | { at: "progress"; path: string; step: "hashing" | "sending"; share: number }
  | { at: "stored"; oids: [string, string][] }
  | { at: "fault"; kind: "broken" | "signed_out" }
  | { at: "fault"; kind: "busy"; seconds: number }
  | { at: "fault"; kind: "refused"; status: number; code: string; message: string; requestId: string };

export const address = import.meta.url;

const every = 100;

function report(one: StoreReport): void {
  (self as unknown as { postMessage(message: StoreReport): void }).postMessage(one);
}

function faultOf(error: unknown): StoreReport {
  if (error instanceof Broken) return { at: "fault", kind: "broken" };
  if (error instanceof SignedOut) return { at: "fault", kind: "signed_out" };
  if (error instanceof Busy) return { at: "fault", kind: "busy", seconds: error.seconds };
  if (error instanceof Refusal) return { at: "fault", kind: "refused", status: error.status, code: error.code, message: error.message, requestId: error.requestId };
  const hub = error as { statusCode?: number; message?: string; requestId?: string };
  return { at: "fault", kind: "refused", status: hub.statusCode ?? 0, code: "", message: hub.message ?? String(error), requestId: hub.requestId ?? "" };
}

async function store(order: StoreOrder): Promise<void> {
  const { commitIter } = await import("@huggingface/hub");
  const oids: [string, string][] = [];
  const told = new Map<string, number>();
  const upload = commitIter({
    repo: { type: order.kind, name: order.name },
    hubUrl: order.from.origin,
    branch: order.branch,
    title: "-",
    operations: order.files.map(({ path, content }) => ({ operation: "addOrUpdate" as const, path, content })),
    fetch: storingFetch(order.from, order.again, (lines) => {
      for (const line of lines.split("\n")) {
        const one = JSON.parse(line) as { key: string; value: { path: string; oid: string } };
        if (one.key === "lfsFile") oids.push([one.value.path, one.value.oid]);
      }
    }),
  });
  for await (const event of upload) {
    if (event.event !== "fileProgress" || event.state === "error") continue;
    const now = performance.now();
    if (event.progress < 1 && now - (told.get(event.path) ?? 0) < every) continue;
    told.set(event.path, now);
    report({ at: "progress", path: event.path, step: event.state === "hashing" ? "hashing" : "sending", share: event.progress });
  }
  report({ at: "stored", oids });
}

if (typeof document === "undefined") {
  self.addEventListener("message", (event: MessageEvent<StoreOrder>) => {
    store(event.data).catch((error: unknown) => report(faultOf(error)));
  });
}
