// The upload queue with a sender that can break, refuse and wait: one commit at the end, nothing lost, nothing twice. Names that a repository takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clashes, cleanFolder, maxRegularBytes, pathFault, withoutTop } from "../upload/names.ts";
import { Broken, Busy, SignedOut } from "../upload/faults.ts";
import { UploadQueue, type Commit, type Committed, type Mode, type Sender, type UploadFile } from "../upload/queue.ts";

const file = (path: string, size: number): UploadFile => ({ path, size, content: new Blob([]) });
const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const settle = async (): Promise<void> => {
  for (let i = 0; i < 40; i++) await tick();
};

class Fake implements Sender {
  stored: string[] = [];
  commits: Commit[] = [];
  storeFaults: unknown[] = [];
  commitFaults: unknown[] = [];
  signIns = 0;
  landed: Committed | undefined;
  hold: Promise<void> | undefined;
  ignored = new Set<string>();
  async plan(files: readonly UploadFile[]): Promise<Map<string, Mode>> {
    return new Map(files.filter((one) => !this.ignored.has(one.path)).map((one): [string, Mode] => [one.path, one.size > 1_000 && !one.path.endsWith(".txt") ? "lfs" : "regular"]));
  }
  async store(files: readonly UploadFile[], on: (path: string, step: "hashing" | "sending", share: number) => void, signal: AbortSignal): Promise<Map<string, string>> {
    const fault = this.storeFaults.shift();
    if (fault) throw fault;
    for (const one of files) on(one.path, "sending", 0.5);
    await this.hold;
    signal.throwIfAborted();
    this.stored.push(...files.map((one) => one.path));
    return new Map(files.map((one) => [one.path, `sha-${one.path}`]));
  }
  async commit(commit: Commit, on: (share: number) => void): Promise<Committed> {
    const fault = this.commitFaults.shift();
    if (fault) throw fault;
    on(0.5);
    this.commits.push(commit);
    return { oid: "abc", url: "" };
  }
  async committed(): Promise<Committed | undefined> {
    return this.landed;
  }
  async signIn(): Promise<boolean> {
    this.signIns += 1;
    return true;
  }
}

const clock = { now: () => Date.now(), wait: async () => undefined };
const make = (): { fake: Fake; queue: UploadQueue } => {
  const fake = new Fake();
  return { fake, queue: new UploadQueue(fake, () => undefined, clock) };
};

test("large contents first, then one commit with everything", async () => {
  const { fake, queue } = make();
  queue.add([file("a.txt", 10), file("m/big.bin", 5_000), file("m/big2.bin", 90_000_000)]);
  queue.start("First");
  await settle();
  assert.equal(queue.phase, "done");
  assert.equal(fake.commits.length, 1);
  assert.deepEqual(fake.commits[0]?.regular.map((one) => one.path), ["a.txt"]);
  assert.deepEqual(fake.commits[0]?.large.map((one) => one.oid), ["sha-m/big.bin", "sha-m/big2.bin"]);
  assert.equal(queue.sentBytes, queue.totalBytes);
});

test("a lost connection and a busy server are waited for; nothing is sent twice", async () => {
  const { fake, queue } = make();
  fake.storeFaults = [new Broken(), new Busy(1)];
  queue.add([file("big.bin", 5_000)]);
  queue.start("x");
  await settle();
  assert.equal(queue.phase, "done");
  assert.deepEqual(fake.stored, ["big.bin"]);
  assert.equal(fake.commits.length, 1);
});

test("a commit whose answer was lost is looked for before it is sent again", async () => {
  const { fake, queue } = make();
  fake.commitFaults = [new Broken()];
  fake.landed = { oid: "there", url: "" };
  queue.add([file("a.txt", 10)]);
  queue.start("x");
  await settle();
  assert.equal(fake.commits.length, 0);
  assert.equal(queue.result?.oid, "there");
  const again = make();
  again.fake.commitFaults = [new Broken()];
  again.queue.add([file("a.txt", 10)]);
  again.queue.start("x");
  await settle();
  assert.equal(again.fake.commits.length, 1);
});

test("a refused file waits for the person and the others are stored", async () => {
  const { fake, queue } = make();
  fake.storeFaults = [new Error("no")];
  queue.add([file("one.bin", 47_000_000), file("two.bin", 47_000_000)]);
  queue.start("x");
  await settle();
  assert.equal(queue.phase, "attention");
  assert.equal(fake.commits.length, 0);
  const failed = queue.items.find((one) => one.state === "failed");
  assert.equal(failed?.path, "one.bin");
  queue.resume(failed?.id ?? 0);
  await settle();
  assert.equal(queue.phase, "done");
  assert.equal(fake.commits[0]?.large.length, 2);
});

test("pause, resume and remove", async () => {
  const { fake, queue } = make();
  let free = (): void => undefined;
  fake.hold = new Promise((resolve) => (free = resolve));
  queue.add([file("one.bin", 47_000_000), file("two.bin", 47_000_000), file("three.bin", 5_000)]);
  queue.start("x");
  await settle();
  queue.pauseAll();
  assert.deepEqual(queue.items.map((one) => one.state), ["paused", "paused", "paused"]);
  free();
  await settle();
  assert.equal(fake.stored.length, 0);
  queue.remove(queue.items.find((one) => one.path === "two.bin")?.id ?? 0);
  queue.resumeAll();
  await settle();
  assert.equal(queue.phase, "done");
  assert.deepEqual(fake.stored.sort(), ["one.bin", "three.bin"]);
});

test("one paused file holds the commit, its batch goes on", async () => {
  const { fake, queue } = make();
  let free = (): void => undefined;
  fake.hold = new Promise((resolve) => (free = resolve));
  queue.add([file("one.bin", 5_000), file("two.bin", 5_000)]);
  queue.start("x");
  await settle();
  const two = queue.items.find((one) => one.path === "two.bin");
  queue.pause(two?.id ?? 0);
  free();
  await settle();
  assert.deepEqual(fake.stored, ["one.bin"]);
  assert.equal(queue.phase, "attention");
  queue.resume(two?.id ?? 0);
  await settle();
  assert.equal(queue.phase, "done");
});

test("signs in again and goes on; a file added on the way joins the commit", async () => {
  const { fake, queue } = make();
  fake.storeFaults = [new SignedOut()];
  queue.add([file("big.bin", 5_000)]);
  queue.start("x");
  queue.add([file("late.txt", 10)]);
  await settle();
  assert.equal(fake.signIns, 1);
  assert.equal(queue.phase, "done");
  assert.equal(fake.commits[0]?.regular.length, 1);
});

test("more regular bytes than a commit holds travel as large files, but not the card", async () => {
  const { fake, queue } = make();
  queue.add([file("README.md", 900), file("a.txt", maxRegularBytes - 1_000), file("b.txt", 5_000)]);
  queue.start("x");
  await settle();
  assert.deepEqual(fake.commits[0]?.large.map((one) => one.path), ["a.txt"]);
  assert.deepEqual(fake.commits[0]?.regular.map((one) => one.path), ["README.md", "b.txt"]);
});

test("what .gitignore names is left out and named", async () => {
  const { fake, queue } = make();
  fake.ignored.add("x.pyc");
  queue.add([file("x.pyc", 10), file("a.txt", 10)]);
  queue.start("x");
  await settle();
  assert.deepEqual(queue.ignored, ["x.pyc"]);
  assert.equal(fake.commits[0]?.regular.length, 1);
});

test("names", () => {
  for (const good of ["README.md", "日本語/ファイル.txt", "a/b/c", "😀.txt", "with space", "<x>#?%2F"]) assert.equal(pathFault(good), undefined, good);
  for (const [bad, why] of [["", "empty"], ["a//b", "empty"], ["/a", "empty"], ["../a", "dots"], ["a/./b", "dots"], [".git/config", "git"], ["a/.GIT/x", "git"], ["a\\b", "characters"], ["a\u0001", "characters"],
    ["é".repeat(128), "part_long"], [`${"a".repeat(200)}/`.repeat(21) + "a", "long"], ["a/.DS_Store", "system"]] as const) assert.equal(pathFault(bad), why, bad);
  assert.deepEqual(withoutTop(["many/a/1", "many/2"]), ["a/1", "2"]);
  assert.deepEqual(withoutTop(["many/a", "x"]), ["many/a", "x"]);
  assert.deepEqual(withoutTop(["a", "b"]), ["a", "b"]);
  assert.deepEqual(withoutTop([]), []);
  assert.equal(cleanFolder("/images// a /"), "images/a");
  assert.deepEqual([...clashes(["a", "a/b", "c/d", "c", "e"])], ["a/b", "c"]);
});
