// Checking one record of the trade log, in steps that a page can show: record -> leaf, leaf -> root, signature, growth of the log since.
// A whole proof file is a c2sp.org/tlog-proof@v1 whose `extra` line carries the record: base64 of {"leaf","salt","record"}.
import { checkCheckpoint, checkConsistency, checkInclusion, dataHash, leafHash, parseCheckpoint, parseProofFile, type Checkpoint, type ProofFile, type Step, type VerifierKey } from "./merkle.ts";
import { fromBase64, fromHex, toBase64, toHex, utf8 } from "./sha256.ts";

/** What the proof file does not carry by itself; buyer and seller have it from GET /orders/{id}/records, the leaf is public. */
export interface RecordTexts {
  leaf?: string;
  salt?: string;
  record?: string;
}

export interface Evidence extends RecordTexts {
  proof: ProofFile;
}

export type StepName = "record" | "path" | "signature" | "growth";

/** "open": cannot be told from what is there. */
export interface CheckStep {
  name: StepName;
  state: "ok" | "bad" | "open";
  /** what is wrong or missing, a word of messages `log.why.*` */
  why?: string;
  computed?: string;
  expected?: string;
}

export interface Checked {
  /** in the order in which they are shown and numbered, from 1 */
  steps: CheckStep[];
  /** number of the first step that fails */
  failed?: number;
  index: number;
  size: number;
  origin: string;
  leafHash?: string;
  root: string;
  path: Step[];
  pathHolds: boolean;
}

/** A file that is no proof; `why` is a word of messages `log.why.*`. */
export class NoEvidence extends Error {
  readonly why: string;
  constructor(why: string) {
    super(why);
    this.name = "NoEvidence";
    this.why = why;
  }
}

/** The proof as the server gives it, with the record put in: complete for a check without any network. */
export function wholeProof(proof: string, texts: Required<RecordTexts>): string {
  const [header = "", ...rest] = proof.split("\n");
  if (rest[0]?.startsWith("extra ")) rest.shift();
  return [header, `extra ${toBase64(utf8(JSON.stringify({ leaf: texts.leaf, salt: texts.salt, record: texts.record })))}`, ...rest].join("\n");
}

const textOf = (value: unknown): { [key: string]: unknown } => (typeof value === "object" && value !== null ? (value as { [key: string]: unknown }) : {});

function textsOf(extra: string): RecordTexts {
  let json: { [key: string]: unknown };
  try {
    json = textOf(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(fromBase64(extra.trim()))));
  } catch {
    throw new NoEvidence("extra");
  }
  const out: RecordTexts = {};
  for (const key of ["leaf", "salt", "record"] as const) if (typeof json[key] === "string") out[key] = json[key];
  return out;
}

/** Reads what was dropped or pasted: a proof file, whole or as the server gives it. */
export function readEvidence(input: string): Evidence {
  // editors and mail programs change line ends and add blank lines
  const text = `${input.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n").trim()}\n`;
  if (!text.startsWith("c2sp.org/tlog-proof@")) throw new NoEvidence(text.trim() === "" ? "empty" : "not_a_proof");
  let proof: ProofFile;
  try {
    proof = parseProofFile(text);
  } catch {
    throw new NoEvidence("damaged");
  }
  return { proof, ...(proof.extra === undefined ? {} : textsOf(proof.extra)) };
}

function recordStep(evidence: Evidence): CheckStep {
  const { leaf, salt, record } = evidence;
  if (leaf === undefined) return { name: "record", state: "open", why: "no_leaf" };
  let stated: unknown;
  try {
    stated = textOf(JSON.parse(leaf))["data_hash"];
  } catch {
    return { name: "record", state: "bad", why: "leaf_unreadable" };
  }
  if (typeof stated !== "string") return { name: "record", state: "bad", why: "leaf_unreadable" };
  if (salt === undefined || record === undefined) return { name: "record", state: "open", why: "no_record", expected: stated };
  let computed: string;
  try {
    computed = dataHash(salt, record);
  } catch {
    return { name: "record", state: "bad", why: "salt_unreadable", expected: stated };
  }
  return { name: "record", state: computed === stated ? "ok" : "bad", computed, expected: stated, ...(computed === stated ? {} : { why: "record_differs" }) };
}

function signatureStep(checkpoint: Checkpoint, key: VerifierKey): CheckStep {
  if (checkpoint.origin !== key.name) return { name: "signature", state: "bad", why: "other_log", computed: checkpoint.origin, expected: key.name };
  const mine = checkpoint.signatures.filter((one) => one.name === key.name);
  const fitting = mine.find((one) => toHex(one.id) === toHex(key.id));
  if (!fitting) return { name: "signature", state: "bad", why: "other_key", computed: mine.map((one) => toHex(one.id)).join(" ") || "-", expected: toHex(key.id) };
  return checkCheckpoint(checkpoint, key) ? { name: "signature", state: "ok", expected: toHex(key.id) } : { name: "signature", state: "bad", why: "signature_wrong", expected: toHex(key.id) };
}

/** Everything that can be told without a network. `growth` stays open. */
export function checkEvidence(evidence: Evidence, key: VerifierKey): Checked {
  const { proof, leaf } = evidence;
  const { checkpoint } = proof;
  const first = recordStep(evidence);
  let path: CheckStep = { name: "path", state: "open", why: "no_leaf" };
  let steps: Step[] = [];
  let hash: Uint8Array | undefined;
  if (leaf !== undefined) {
    hash = leafHash(utf8(leaf));
    const result = checkInclusion(proof.index, checkpoint.size, hash, proof.path, checkpoint.root);
    steps = result.steps;
    const computed = toHex(steps.at(-1)?.result ?? hash);
    path = { name: "path", state: result.ok ? "ok" : "bad", computed, expected: toHex(checkpoint.root), ...(result.ok ? {} : { why: `path_${result.reason}` }) };
  }
  const all: CheckStep[] = [first, path, signatureStep(checkpoint, key), { name: "growth", state: "open", why: "offline" }];
  return numbered({ steps: all, index: proof.index, size: checkpoint.size, origin: checkpoint.origin, root: toHex(checkpoint.root), path: steps, pathHolds: path.state === "ok", ...(hash ? { leafHash: toHex(hash) } : {}) });
}

function numbered(checked: Checked): Checked {
  const at = checked.steps.findIndex((one) => one.state === "bad");
  const { failed: _, ...rest } = checked;
  return at < 0 ? rest : { ...rest, failed: at + 1 };
}

export interface Growth {
  /** the log's present checkpoint, as text */
  now: string;
  /** GET /log/consistency from the proof's size; undefined when the sizes are equal or the log is smaller */
  hashes?: string[];
}

/** Whether the log of today grew out of the tree that the proof speaks of. */
export function checkGrowth(evidence: Evidence, growth: Growth, key: VerifierKey): CheckStep {
  const old = evidence.proof.checkpoint;
  let now: Checkpoint;
  try {
    now = parseCheckpoint(growth.now);
  } catch {
    return { name: "growth", state: "bad", why: "now_unreadable" };
  }
  const signed = signatureStep(now, key);
  if (signed.state !== "ok") return { ...signed, name: "growth", why: `now_${signed.why ?? "unreadable"}` };
  const values = { computed: toHex(now.root), expected: toHex(old.root) };
  if (now.size < old.size) return { name: "growth", state: "bad", why: "log_shrank", computed: String(now.size), expected: String(old.size) };
  let hashes: Uint8Array[];
  try {
    hashes = (growth.hashes ?? []).map(fromHex);
  } catch {
    return { name: "growth", state: "bad", why: "log_changed", ...values };
  }
  return checkConsistency(old.size, now.size, old.root, now.root, hashes)
    ? { name: "growth", state: "ok", expected: String(now.size) }
    : { name: "growth", state: "bad", why: "log_changed", ...values };
}

/** Puts the answer about growth in its place. */
export function withGrowth(checked: Checked, step: CheckStep): Checked {
  return numbered({ ...checked, steps: checked.steps.map((one) => (one.name === "growth" ? step : one)) });
}
