// Each mutation of a proof names the step that fails; the sample is the signed one of the trade log's own tests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkEvidence, checkGrowth, NoEvidence, readEvidence, wholeProof, withGrowth } from "../lib/evidence.ts";
import { dataHash, parseVerifierKey } from "../lib/merkle.ts";
import { fromHex, toBase64 } from "../lib/sha256.ts";

const key = parseVerifierKey("market.example/trade-log+e06db4d5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4");
const checkpoint = `market.example/trade-log
3
1lmGVvdPesiK3Gfx7FTFrQtcC/YLVyxW4JvMGdlQ8rA=

— market.example/trade-log 4G201RXgCKoTk/JkNEus32Lw6iryd3wq52Yv0e5x1Q7Z/I7uN2xTabvxkA4l5KZaHTTRfmR62OD/dUqvjDJ682oOKgk=
`;
const path = ["741c79ba78e85a176d59b233684a62f3c321f3a72b5e483723996c84776aa77f", "3894414067da189276ab22fdfcdec41ee2a4ab95d6ec7b6c14fa7e67c3a0f66b"].map((one) => toBase64(fromHex(one)));
const leaf = '{"kind":"order.paid","order":"ord_1","seq":1}';
const bare = `c2sp.org/tlog-proof@v1\nindex 1\n${path.join("\n")}\n\n${checkpoint}`;
const sample = (change: { proof?: string; leaf?: string } = {}) => ({ ...readEvidence(change.proof ?? bare), leaf: change.leaf ?? leaf });
const failed = (change: { proof?: string; leaf?: string }) => {
  const checked = checkEvidence(sample(change), key);
  return checked.steps.filter((one) => one.state === "bad").map((one) => `${one.name}:${one.why ?? ""}`);
};

test("the sample's path and signature hold; its leaf has no data hash", () => {
  const checked = checkEvidence(sample(), key);
  assert.deepEqual(checked.steps.map((one) => [one.name, one.state]), [["record", "bad"], ["path", "ok"], ["signature", "ok"], ["growth", "open"]]);
  assert.equal(checked.steps[0]?.why, "leaf_unreadable");
  assert.equal(checked.pathHolds, true);
});

test("mutations of index, path, size, root, signature, key", () => {
  const only = (change: { proof?: string; leaf?: string }) => failed(change).filter((one) => !one.startsWith("record:"));
  assert.deepEqual(only({ proof: bare.replace("index 1", "index 2") }), ["path:path_extra"]);
  assert.deepEqual(only({ proof: bare.replace("index 1", "index 0") }), ["path:path_root"]);
  assert.deepEqual(only({ proof: bare.replace("index 1", "index 3") }), ["path:path_index"]);
  assert.deepEqual(only({ proof: bare.replace(`${path[1]}\n`, "") }), ["path:path_missing"]);
  assert.deepEqual(only({ proof: bare.replace(`${path[1]}\n`, `${path[1]}\n${path[0]}\n`) }), ["path:path_extra"]);
  assert.deepEqual(only({ proof: bare.replace(path.join("\n"), [...path].reverse().join("\n")) }), ["path:path_root"]);
  const flipped = toBase64(fromHex("751c79ba78e85a176d59b233684a62f3c321f3a72b5e483723996c84776aa77f"));
  assert.deepEqual(only({ proof: bare.replace(path[0] ?? "", flipped) }), ["path:path_root"]);
  assert.deepEqual(only({ leaf: leaf.replace("ord_1", "ord_2") }), ["path:path_root"]);
  // what is signed was changed too
  assert.deepEqual(only({ proof: bare.replace("\n3\n", "\n4\n") }), ["signature:signature_wrong"]);
  assert.deepEqual(only({ proof: bare.replace("1lmG", "1lmH") }), ["path:path_root", "signature:signature_wrong"]);
  assert.deepEqual(only({ proof: bare.replace("4G201RXg", "4G201RXh") }), ["signature:signature_wrong"]);
  assert.deepEqual(only({ proof: bare.replace("4G201", "4G301") }), ["signature:other_key"]);
  assert.deepEqual(only({ proof: bare.replace("\n\nmarket.example", "\n\nother.example") }), ["signature:other_log"]);
});

test("record, salt and leaf belong together", () => {
  const salt = "ab".repeat(32);
  const record = '{"amount":"50.00","order":"ord_1"}';
  const texts = { leaf: JSON.stringify({ data_hash: dataHash(salt, record), kind: "order.paid" }), salt, record };
  const read = readEvidence(wholeProof(bare, texts));
  assert.deepEqual({ leaf: read.leaf, salt: read.salt, record: read.record }, texts);
  assert.equal(checkEvidence(read, key).steps[0]?.state, "ok");
  const first = (change: Partial<typeof texts>) => checkEvidence(readEvidence(wholeProof(bare, { ...texts, ...change })), key);
  assert.equal(first({ record: record.replace("50", "51") }).steps[0]?.why, "record_differs");
  assert.equal(first({ record: record.replace("50", "51") }).failed, 1);
  assert.equal(first({ salt: salt.replace("ab", "ac") }).steps[0]?.why, "record_differs");
  assert.equal(first({ salt: "no hex" }).steps[0]?.why, "salt_unreadable");
  // putting a record in twice replaces the first
  assert.equal(wholeProof(wholeProof(bare, texts), texts), wholeProof(bare, texts));
});

test("without a leaf nothing is claimed", () => {
  const checked = checkEvidence(readEvidence(bare), key);
  assert.deepEqual(checked.steps.map((one) => one.state), ["open", "open", "ok", "open"]);
  assert.equal(checked.failed, undefined);
});

test("files that are no proofs", () => {
  const why = (text: string): string => {
    try {
      readEvidence(text);
      return "";
    } catch (error) {
      return error instanceof NoEvidence ? error.why : "other";
    }
  };
  assert.equal(why(""), "empty");
  assert.equal(why("hello"), "not_a_proof");
  assert.equal(why(bare.replace("index 1", "index one")), "damaged");
  assert.equal(why(bare.replace(path[0] ?? "", "short")), "damaged");
  assert.equal(why(bare.replace("— market", "- market")), "damaged");
  assert.equal(why(bare.replace("index 1", "extra ****\nindex 1")), "extra");
  // line ends of other systems and blank lines around it do no harm
  assert.equal(why(`\uFEFF\n${bare.replace(/\n/g, "\r\n")}\r\n\r\n`), "");
});

test("growth of the log", () => {
  const evidence = sample();
  assert.equal(checkGrowth(evidence, { now: checkpoint }, key).state, "ok");
  const same = withGrowth(checkEvidence(evidence, key), checkGrowth(evidence, { now: checkpoint, hashes: [path[0] ?? ""] }, key));
  assert.equal(same.steps[3]?.why, "log_changed");
  assert.equal(checkGrowth(evidence, { now: checkpoint.replace("\n3\n", "\n2\n") }, key).why, "now_signature_wrong");
  assert.equal(checkGrowth(evidence, { now: "no checkpoint" }, key).why, "now_unreadable");
  const later = sample({ proof: bare.replace("\n3\n", "\n5\n") });
  assert.equal(checkGrowth(later, { now: checkpoint }, key).why, "log_shrank");
});
