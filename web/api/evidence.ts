// What the check of a proof asks the server for: the proof of an order's record, the public leaf, the growth of the log since.
import { checkGrowth, readEvidence, wholeProof, type CheckStep, type Evidence } from "../lib/evidence.ts";
import { parseCheckpoint, type VerifierKey } from "../lib/merkle.ts";
import { fromHex, toBase64 } from "../lib/sha256.ts";
import type { TradeRecord } from "./answers.ts";
import { api, isApiError } from "./client.ts";

export interface OrderProof {
  record: TradeRecord;
  /** a whole proof file, for keeping */
  file: string;
}

/** The proof of one record of an order, with the record inside. Waits with the server for a covering checkpoint. */
export async function orderProof(id: string, kind: string, signal?: AbortSignal): Promise<OrderProof> {
  const records = await api.get("/orders/{id}/records", { path: { id }, signal });
  const record = records.data.find((one) => one.kind === kind) ?? records.data[0];
  if (!record) throw new Error("an order without records");
  const proof = await api.get("/orders/{id}/proof", { path: { id }, query: { kind: record.kind }, accept: "text/plain", signal });
  return { record, file: wholeProof(proof, record) };
}

/** The newest entry of the log as a proof file; its record stays with buyer and seller. */
export async function newestProof(): Promise<string | undefined> {
  const checkpoint = await api.get("/log/checkpoint", { accept: "text/plain" });
  const { size } = parseCheckpoint(checkpoint);
  if (size === 0) return undefined;
  const inclusion = await api.get("/log/inclusion", { query: { index: size - 1, size } });
  return `c2sp.org/tlog-proof@v1\nindex ${inclusion.index}\n${inclusion.hashes.map((one) => `${toBase64(fromHex(one))}\n`).join("")}\n${checkpoint}`;
}

/** Evidence without its leaf gets the public one of the log; nothing changes when the log cannot be asked. */
export async function withPublicLeaf(evidence: Evidence): Promise<Evidence> {
  if (evidence.leaf !== undefined) return evidence;
  try {
    const entry = await api.get("/log/entries/{index}", { path: { index: evidence.proof.index } });
    return { ...evidence, leaf: entry.leaf };
  } catch {
    return evidence;
  }
}

/** Step four. Without a connection it stays open. */
export async function growthOf(evidence: Evidence, key: VerifierKey, signal?: AbortSignal): Promise<CheckStep> {
  const old = evidence.proof.checkpoint;
  try {
    const now = await api.get("/log/checkpoint", { accept: "text/plain", signal });
    let size = 0;
    try {
      size = parseCheckpoint(now).size;
    } catch {
      return checkGrowth(evidence, { now }, key);
    }
    if (size <= old.size || old.size === 0) return checkGrowth(evidence, { now }, key);
    const proof = await api.get("/log/consistency", { query: { from: old.size, to: size }, signal });
    return checkGrowth(evidence, { now, hashes: proof.hashes }, key);
  } catch (error) {
    return { name: "growth", state: "open", why: isApiError(error) && error.status !== 0 ? "refused" : "offline" };
  }
}

export { readEvidence };
