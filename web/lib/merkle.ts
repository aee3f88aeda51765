// Proofs of the trade log: RFC 6962 hashing, inclusion and consistency, signed checkpoints (c2sp.org/signed-note), proof files
// (c2sp.org/tlog-proof@v1). Each check also gives its steps, so that a page can show them.
import { verify as verifySignature } from "./ed25519.ts";
import { equalBytes, fromBase64, fromHex, sha256, toHex, utf8 } from "./sha256.ts";

const leafMark = Uint8Array.of(0);
const nodeMark = Uint8Array.of(1);

export const leafHash = (leaf: Uint8Array): Uint8Array => sha256(leafMark, leaf);
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256(nodeMark, left, right);

/** Root of a whole list of leaves; for tests and small logs. */
export function rootOf(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256();
  const first = leaves[0];
  if (leaves.length === 1 && first) return leafHash(first);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

/** One hash of the way up. `side` is where the given hash stands. */
export interface Step {
  side: "left" | "right";
  given: Uint8Array;
  result: Uint8Array;
}

export type Inclusion = { ok: true; steps: Step[]; root: Uint8Array } | { ok: false; steps: Step[]; reason: "missing" | "extra" | "root" | "index" };

/** marketplace rule: index i in a tree of size n; exact number of hashes. Indices up to 2^53. */
export function checkInclusion(index: number, size: number, leaf: Uint8Array, path: Uint8Array[], root: Uint8Array): Inclusion {
  const steps: Step[] = [];
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return { ok: false, steps, reason: "index" };
  const half = (value: number): number => Math.floor(value / 2);
  let fn = index;
  let sn = size - 1;
  let result = leaf;
  for (const given of path) {
    if (sn === 0) return { ok: false, steps, reason: "extra" };
    if (fn % 2 === 1 || fn === sn) {
      result = nodeHash(given, result);
      steps.push({ side: "left", given, result });
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      result = nodeHash(result, given);
      steps.push({ side: "right", given, result });
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) return { ok: false, steps, reason: "missing" };
  return equalBytes(result, root) ? { ok: true, steps, root: result } : { ok: false, steps, reason: "root" };
}

/** Whether the tree of size n with root `second` grew out of the tree of size m with root `first`. */
export function checkConsistency(from: number, to: number, first: Uint8Array, second: Uint8Array, path: Uint8Array[]): boolean {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 1 || from > to) return false;
  if (from === to) return path.length === 0 && equalBytes(first, second);
  const half = (value: number): number => Math.floor(value / 2);
  const whole = Number.isInteger(Math.log2(from));
  const hashes = whole ? [first, ...path] : [...path];
  const start = hashes.shift();
  if (!start) return false;
  let fn = from - 1;
  let sn = to - 1;
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let fr = start;
  let sr = start;
  for (const one of hashes) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(one, fr);
      sr = nodeHash(one, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(sr, one);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalBytes(fr, first) && equalBytes(sr, second);
}

export interface VerifierKey {
  name: string;
  id: Uint8Array;
  publicKey: Uint8Array;
}

/** "name+hexid+base64(0x01 ‖ key)". */
export function parseVerifierKey(text: string): VerifierKey {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim());
  if (!match?.[1] || !match[2] || !match[3]) throw new Error("not a verifier key");
  const data = fromBase64(match[3]);
  if (data.length !== 33 || data[0] !== 1) throw new Error("not an Ed25519 key");
  const publicKey = data.slice(1);
  const id = sha256(utf8(match[1]), Uint8Array.of(0x0a, 0x01), publicKey).slice(0, 4);
  if (toHex(id) !== match[2]) throw new Error("the key's id does not fit the key");
  return { name: match[1], id, publicKey };
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Uint8Array;
  /** what is signed, with its last line feed */
  body: string;
  signatures: { name: string; id: Uint8Array; signature: Uint8Array }[];
}

export function parseCheckpoint(text: string): Checkpoint {
  const at = text.lastIndexOf("\n\n");
  if (at < 0) throw new Error("no signatures");
  const body = text.slice(0, at + 1);
  const [origin, sizeText, rootText] = body.split("\n");
  if (!origin || !sizeText || !/^(0|[1-9]\d{0,15})$/.test(sizeText) || !rootText) throw new Error("not a checkpoint");
  const root = fromBase64(rootText);
  if (root.length !== 32) throw new Error("not a root hash");
  const signatures = [];
  for (const line of text.slice(at + 2).split("\n")) {
    if (line === "") continue;
    const match = /^— (\S+) ([A-Za-z0-9+/=]+)$/.exec(line);
    if (!match?.[1] || !match[2]) throw new Error("not a signature line");
    const data = fromBase64(match[2]);
    signatures.push({ name: match[1], id: data.slice(0, 4), signature: data.slice(4) });
  }
  return { origin, size: Number(sizeText), root, body, signatures };
}

export function checkCheckpoint(checkpoint: Checkpoint, key: VerifierKey): boolean {
  return checkpoint.signatures.some((one) => one.name === key.name && equalBytes(one.id, key.id) && verifySignature(one.signature, utf8(checkpoint.body), key.publicKey));
}

export interface ProofFile {
  index: number;
  path: Uint8Array[];
  checkpoint: Checkpoint;
  checkpointText: string;
  extra?: string;
}

/** c2sp.org/tlog-proof@v1: header, optional `extra`, `index N`, path lines in base64, blank line, checkpoint. */
export function parseProofFile(text: string): ProofFile {
  const lines = text.split("\n");
  if (lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Error("not a proof file");
  let extra: string | undefined;
  if (lines[0]?.startsWith("extra ")) extra = lines.shift()?.slice(6);
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? "");
  if (!index?.[1]) throw new Error("no index");
  const path: Uint8Array[] = [];
  for (;;) {
    const line = lines.shift();
    if (line === undefined) throw new Error("no checkpoint");
    if (line === "") break;
    const hash = fromBase64(line);
    if (hash.length !== 32) throw new Error("not a hash");
    path.push(hash);
  }
  const checkpointText = lines.join("\n");
  return { index: Number(index[1]), path, checkpoint: parseCheckpoint(checkpointText), checkpointText, ...(extra === undefined ? {} : { extra }) };
}

/** The leaf's data_hash: SHA-256 over the salt's bytes and the record's text. */
export const dataHash = (salt: string, record: string): string => toHex(sha256(fromHex(salt), utf8(record)));
