// The upload itself: contents of large files first, in batches that can be paused and taken up again, then one commit. No DOM; the sender is given.
import { Broken, Busy, SignedOut } from "./faults.ts";
import { maxRegularBytes } from "./names.ts";

export type FileState = "waiting" | "hashing" | "sending" | "paused" | "done" | "failed";
export type Mode = "regular" | "lfs";

export interface UploadFile {
  path: string;
  size: number;
  content: Blob;
  /** it was on its way before: part of it may be there */
  again?: boolean;
}

export interface Item extends UploadFile {
  id: number;
  state: FileState;
  /** shares, 0 to 1 */
  hashed: number;
  sent: number;
  mode: Mode | undefined;
  /** SHA-256 of a stored content */
  oid: string | undefined;
  error: unknown;
}

export interface Committed {
  oid: string;
  url: string;
}

export interface Commit {
  message: string;
  regular: readonly UploadFile[];
  large: readonly { path: string; size: number; oid: string }[];
}

export interface Sender {
  /** how each file travels; a path that .gitignore names is left out of the answer */
  plan(files: readonly UploadFile[], signal: AbortSignal): Promise<Map<string, Mode>>;
  /** stores contents, what the server has already is not sent; answers path -> SHA-256 */
  store(files: readonly UploadFile[], on: (path: string, step: "hashing" | "sending", share: number) => void, signal: AbortSignal): Promise<Map<string, string>>;
  commit(commit: Commit, on: (share: number) => void, signal: AbortSignal): Promise<Committed>;
  /** after a commit whose answer was lost: is it there? */
  committed(commit: Commit): Promise<Committed | undefined>;
  /** shows the sign-in dialog; false: not signed in again */
  signIn(): Promise<boolean>;
}

/** idle: not started or paused; checking: asking how files travel; offline: waits for the connection; attention: failed files hold the commit */
export type Phase = "idle" | "checking" | "sending" | "committing" | "offline" | "signed_out" | "attention" | "done";

export interface Clock {
  now: () => number;
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

const batchBytes = 48_000_000;
const batchFiles = 100;
const atOnce = 2;
const pauses = [2_000, 4_000, 8_000, 15_000];
const tries = 4;

interface Batch {
  items: Item[];
  control: AbortController;
}

export class UploadQueue {
  items: Item[] = [];
  phase: Phase = "idle";
  result: Committed | undefined;
  /** of the plan or the commit as a whole */
  error: unknown;
  ignored: string[] = [];
  message = "";
  #next = 1;
  #active = new Set<Batch>();
  #whole: AbortController | undefined;
  #started = false;
  #failures = 0;
  #lostCommit = false;
  #samples: { at: number; bytes: number }[] = [];
  #retry: AbortController | undefined;
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #changed: () => void;

  constructor(sender: Sender, changed: () => void, clock: Clock) {
    this.#sender = sender;
    this.#changed = changed;
    this.#clock = clock;
  }

  get started(): boolean {
    return this.#started;
  }

  get totalBytes(): number {
    return this.items.reduce((sum, one) => sum + one.size, 0);
  }

  get sentBytes(): number {
    return this.items.reduce((sum, one) => sum + one.size * one.sent, 0);
  }

  /** bytes per second of the last seconds; 0 when unknown */
  get speed(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.at - first.at < 500) return 0;
    return Math.max(0, ((last.bytes - first.bytes) / (last.at - first.at)) * 1_000);
  }

  add(files: readonly UploadFile[]): void {
    const byPath = new Map(this.items.map((one) => [one.path, one]));
    for (const file of files) {
      const old = byPath.get(file.path);
      // the same file chosen again takes the place of the old one
      if (old && this.#isActive(old)) continue;
      const item: Item = { ...file, id: old?.id ?? this.#next++, state: "waiting", hashed: 0, sent: 0, mode: undefined, oid: undefined, error: undefined };
      if (old) this.items = this.items.map((one) => (one === old ? item : one));
      else this.items = [...this.items, item];
      byPath.set(file.path, item);
    }
    this.#tell();
    if (this.#started) void this.#pump();
  }

  start(message: string): void {
    if (this.#started || this.items.length === 0) return;
    this.message = message;
    this.#started = true;
    this.#failures = 0;
    this.error = undefined;
    this.#setStates((one) => (one.state === "failed" || one.state === "paused" ? "waiting" : one.state));
    void this.#pump();
  }

  pauseAll(): void {
    this.#started = false;
    this.#stopAll();
    this.#setStates((one) => (one.state === "done" ? "done" : one.state === "failed" ? "failed" : "paused"));
    this.phase = "idle";
    this.#tell();
  }

  resumeAll(): void {
    this.start(this.message);
  }

  pause(id: number): void {
    const item = this.#find(id);
    if (!item || item.state === "done") return;
    this.#abortBatchOf(item);
    item.state = "paused";
    this.#tell();
    if (this.#started) void this.#pump();
  }

  resume(id: number): void {
    const item = this.#find(id);
    if (!item || (item.state !== "paused" && item.state !== "failed")) return;
    item.state = "waiting";
    item.error = undefined;
    this.#tell();
    if (this.#started) void this.#pump();
  }

  remove(id: number): void {
    const item = this.#find(id);
    if (!item || this.phase === "committing") return;
    this.#abortBatchOf(item);
    this.items = this.items.filter((one) => one !== item);
    if (this.items.length === 0) this.clear();
    this.#tell();
    if (this.#started) void this.#pump();
  }

  /** Nothing was committed, so nothing is in the repository; contents that arrived are not sent again. */
  clear(): void {
    this.#started = false;
    this.#stopAll();
    this.items = [];
    this.phase = "idle";
    this.error = undefined;
    this.result = undefined;
    this.#lostCommit = false;
    this.#samples = [];
    this.#tell();
  }

  /** The connection is back: go on now. */
  online(): void {
    this.#retry?.abort();
  }

  #find(id: number): Item | undefined {
    return this.items.find((one) => one.id === id);
  }

  #isActive(item: Item): boolean {
    return [...this.#active].some((batch) => batch.items.includes(item));
  }

  #setStates(next: (item: Item) => FileState): void {
    for (const item of this.items) {
      const state = next(item);
      if (state !== item.state) item.error = undefined;
      item.state = state;
    }
  }

  #stopAll(): void {
    for (const batch of this.#active) batch.control.abort();
    this.#active.clear();
    this.#whole?.abort();
    this.#whole = undefined;
    this.#retry?.abort();
  }

  #abortBatchOf(item: Item): void {
    for (const batch of this.#active) {
      if (!batch.items.includes(item)) continue;
      batch.control.abort();
      this.#active.delete(batch);
      for (const one of batch.items) if (one.state === "hashing" || one.state === "sending") one.state = "waiting";
    }
  }

  #tell(): void {
    const now = this.#clock.now();
    this.#samples = [...this.#samples.filter((one) => now - one.at < 6_000), { at: now, bytes: this.sentBytes }];
    this.#changed();
  }

  /** Starts whatever can be started; called after every change. */
  async #pump(): Promise<void> {
    if (!this.#started || this.#whole || this.phase === "offline" || this.phase === "signed_out" || this.phase === "done") return;
    const unplanned = this.items.filter((one) => one.mode === undefined && one.state === "waiting");
    if (unplanned.length > 0) {
      if (this.#active.size === 0) this.phase = "checking";
      await this.#plan(unplanned);
      return;
    }
    while (this.#active.size < atOnce) {
      const batch = this.#nextBatch();
      if (!batch) break;
      this.phase = "sending";
      void this.#store(batch);
    }
    if (this.#active.size > 0) {
      this.phase = "sending";
      this.#tell();
      return;
    }
    if (this.items.length === 0) return;
    const held = this.items.some((one) => one.state === "failed" || one.state === "paused");
    if (held) {
      this.phase = "attention";
      this.#tell();
      return;
    }
    await this.#commit();
  }

  async #plan(files: Item[]): Promise<void> {
    const control = (this.#whole = new AbortController());
    this.#tell();
    try {
      const modes = await this.#sender.plan(files, control.signal);
      if (this.#whole !== control) return;
      this.#whole = undefined;
      const gone = new Set(files.filter((one) => !modes.has(one.path)));
      this.ignored = [...this.ignored, ...[...gone].map((one) => one.path)];
      this.items = this.items.filter((one) => !gone.has(one));
      for (const item of files) item.mode = modes.get(item.path);
      this.#balance();
      this.#failures = 0;
    } catch (error) {
      if (this.#whole !== control) return;
      this.#whole = undefined;
      await this.#recover(error, (fault) => this.#fail(fault));
      return;
    }
    if (this.items.length === 0) this.clear();
    await this.#pump();
  }

  /** More small files than one commit may hold travel as large files, the biggest first. The card stays readable. */
  #balance(): void {
    const regular = this.items.filter((one) => one.mode === "regular").sort((a, b) => b.size - a.size);
    let sum = regular.reduce((all, one) => all + one.size, 0);
    for (const item of regular) {
      if (sum <= maxRegularBytes) break;
      if (/^(README\.md|\.gitattributes|\.gitignore)$/.test(item.path)) continue;
      item.mode = "lfs";
      sum -= item.size;
    }
  }

  #nextBatch(): Batch | undefined {
    const waiting = this.items.filter((one) => one.mode === "lfs" && one.state === "waiting");
    const items: Item[] = [];
    let sum = 0;
    for (const item of waiting) {
      if (items.length > 0 && (sum + item.size > batchBytes || items.length >= batchFiles)) break;
      items.push(item);
      sum += item.size;
    }
    if (items.length === 0) return undefined;
    const batch = { items, control: new AbortController() };
    this.#active.add(batch);
    for (const item of items) item.state = "hashing";
    return batch;
  }

  async #store(batch: Batch): Promise<void> {
    const byPath = new Map(batch.items.map((one) => [one.path, one]));
    const live = (): boolean => this.#active.has(batch);
    try {
      const oids = await this.#sender.store(batch.items, (path, step, share) => {
        const item = byPath.get(path);
        if (!item || !live() || item.state === "paused") return;
        item.state = step;
        if (step === "hashing") item.hashed = share;
        else {
          // a second try may find the beginning there
          if (share > 0) item.again = true;
          item.sent = Math.max(item.sent, share);
        }
        this.#tell();
      }, batch.control.signal);
      if (!live()) return;
      for (const item of batch.items) {
        item.oid = oids.get(item.path);
        item.state = item.oid ? "done" : "failed";
        if (item.oid) item.sent = 1;
      }
      this.#failures = 0;
      this.#active.delete(batch);
    } catch (error) {
      if (!live()) return;
      this.#active.delete(batch);
      for (const item of batch.items) item.state = "waiting";
      await this.#recover(error, (fault) => {
        // one bad file must not hold back the others of its batch
        for (const item of batch.items) {
          item.state = "failed";
          item.error = fault;
        }
      });
      return;
    }
    this.#tell();
    await this.#pump();
  }

  async #commit(): Promise<void> {
    const control = (this.#whole = new AbortController());
    this.phase = "committing";
    const regular = this.items.filter((one) => one.mode === "regular");
    const large = this.items.filter((one) => one.mode === "lfs");
    const commit: Commit = { message: this.message, regular, large: large.map(({ path, size, oid }) => ({ path, size, oid: oid ?? "" })) };
    for (const item of regular) item.state = "sending";
    this.#tell();
    try {
      const earlier = this.#lostCommit ? await this.#sender.committed(commit) : undefined;
      const done = earlier ?? (await this.#sender.commit(commit, (share) => {
        for (const item of regular) item.sent = Math.max(item.sent, Math.min(share, 1));
        this.#tell();
      }, control.signal));
      if (this.#whole !== control) return;
      this.#whole = undefined;
      for (const item of this.items) {
        item.state = "done";
        item.sent = 1;
      }
      this.phase = "done";
      this.#started = false;
      this.result = done;
      this.#tell();
    } catch (error) {
      if (this.#whole !== control) return;
      this.#whole = undefined;
      for (const item of regular) {
        item.state = "waiting";
        item.sent = 0;
      }
      if (error instanceof Broken) this.#lostCommit = true;
      await this.#recover(error, (fault) => this.#fail(fault));
    }
  }

  #fail(error: unknown): void {
    this.error = error;
    this.#started = false;
    this.phase = "idle";
  }

  /** Lost connections and busy servers are waited for; a lost session asks; everything else is `refused`. */
  async #recover(error: unknown, refused: (error: unknown) => void): Promise<void> {
    if (error instanceof SignedOut) {
      if (this.phase === "signed_out") return;
      this.phase = "signed_out";
      this.#tell();
      const back = await this.#sender.signIn();
      this.phase = "idle";
      if (!back) {
        this.pauseAll();
        return;
      }
    } else if (error instanceof Broken || error instanceof Busy) {
      if (error instanceof Busy && ++this.#failures > tries) {
        refused(error);
        this.phase = "idle";
      } else {
        await this.#pauseFor(error);
      }
    } else {
      refused(error);
    }
    this.#tell();
    await this.#pump();
  }

  async #pauseFor(error: Broken | Busy): Promise<void> {
    if (this.phase === "offline") return;
    if (error instanceof Broken) this.phase = "offline";
    const ms = error instanceof Busy ? error.seconds * 1_000 : (pauses[Math.min(this.#failures++, pauses.length - 1)] ?? 2_000);
    const control = (this.#retry = new AbortController());
    this.#tell();
    await this.#clock.wait(ms, control.signal);
    if (this.phase === "offline") this.phase = "sending";
  }
}
