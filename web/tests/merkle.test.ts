// Trade log: RFC 6962 vectors, the signed sample, and that each mutation is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCheckpoint, checkConsistency, checkInclusion, dataHash, leafHash, parseCheckpoint, parseProofFile, parseVerifierKey, rootOf } from "../lib/merkle.ts";
import { fromHex, toBase64, toHex, utf8 } from "../lib/sha256.ts";

const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map(fromHex);
const roots: Record<number, string> = {
  0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};
const inclusion = ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"].map(fromHex);
const consistency = ["0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7", "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e"].map(fromHex);
const hex = (text: string | undefined): Uint8Array => fromHex(text ?? "");

test("roots by size", () => {
  for (const [size, root] of Object.entries(roots)) assert.equal(toHex(rootOf(leaves.slice(0, Number(size)))), root);
});

test("inclusion of 5 in 7, and its mutations", () => {
  const leaf = leafHash(leaves[5] ?? new Uint8Array());
  const good = checkInclusion(5, 7, leaf, inclusion, hex(roots[7]));
  assert.equal(good.ok, true);
  assert.deepEqual(good.steps.map((one) => one.side), ["left", "right", "left"]);
  const bad = (index: number, size: number, path: Uint8Array[]): boolean => !checkInclusion(index, size, leaf, path, hex(roots[7])).ok;
  assert.ok(bad(4, 7, inclusion) && bad(5, 6, inclusion) && bad(7, 7, inclusion) && bad(-1, 7, inclusion));
  assert.ok(bad(5, 7, inclusion.slice(1)) && bad(5, 7, [...inclusion, hex(roots[2])]) && bad(5, 7, [...inclusion].reverse()));
  inclusion.forEach((_, i) => {
    const flipped = inclusion.map((one, k) => (k === i ? one.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) : one));
    assert.ok(bad(5, 7, flipped));
  });
});

test("consistency 3 to 7, and its mutations", () => {
  const good = (from: number, to: number, path: Uint8Array[]): boolean => checkConsistency(from, to, hex(roots[from] ?? roots[3]), hex(roots[to] ?? roots[7]), path);
  assert.ok(good(3, 7, consistency));
  assert.ok(!good(2, 7, consistency) && !good(3, 8, consistency) && !good(3, 7, consistency.slice(1)) && !good(3, 7, [...consistency, hex(roots[1])]));
  assert.ok(!good(3, 7, [...consistency].reverse()));
  assert.ok(checkConsistency(7, 7, hex(roots[7]), hex(roots[7]), []) && !checkConsistency(0, 7, hex(roots[0]), hex(roots[7]), []));
});

const key = "market.example/trade-log+e06db4d5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
const checkpoint = `market.example/trade-log
3
1lmGVvdPesiK3Gfx7FTFrQtcC/YLVyxW4JvMGdlQ8rA=

— market.example/trade-log 4G201RXgCKoTk/JkNEus32Lw6iryd3wq52Yv0e5x1Q7Z/I7uN2xTabvxkA4l5KZaHTTRfmR62OD/dUqvjDJ682oOKgk=
`;
const trade = ['{"kind":"order.placed","order":"ord_1","seq":0}', '{"kind":"order.paid","order":"ord_1","seq":1}', '{"kind":"entitlement.granted","order":"ord_1","seq":2}'].map(utf8);
const path = ["741c79ba78e85a176d59b233684a62f3c321f3a72b5e483723996c84776aa77f", "3894414067da189276ab22fdfcdec41ee2a4ab95d6ec7b6c14fa7e67c3a0f66b"].map(fromHex);

test("the signed sample as a proof file", () => {
  const parsed = parseCheckpoint(checkpoint);
  assert.equal(toHex(parsed.root), "d6598656f74f7ac88adc67f1ec54c5ad0b5c0bf60b572c56e09bcc19d950f2b0");
  assert.equal(toHex(parsed.root), toHex(rootOf(trade)));
  assert.ok(checkCheckpoint(parsed, parseVerifierKey(key)));
  assert.ok(!checkCheckpoint(parseCheckpoint(checkpoint.replace("\n3\n", "\n4\n")), parseVerifierKey(key)));
  assert.throws(() => parseVerifierKey(key.replace("e06db4d5", "e06db4d6")));

  const file = parseProofFile(`c2sp.org/tlog-proof@v1\nindex 1\n${path.map(toBase64).join("\n")}\n\n${checkpoint}`);
  assert.ok(checkInclusion(file.index, file.checkpoint.size, leafHash(trade[1] ?? new Uint8Array()), file.path, file.checkpoint.root).ok);
  assert.ok(checkCheckpoint(file.checkpoint, parseVerifierKey(key)));
  assert.throws(() => parseProofFile(checkpoint));
});

test("consistency 1 to 3 of the sample; the data hash of a record", () => {
  const proof = ["33e48272f2f55971c14e1a8351859c488fd66a3ee11f21b8294d4d7f2edaa4aa", "3894414067da189276ab22fdfcdec41ee2a4ab95d6ec7b6c14fa7e67c3a0f66b"].map(fromHex);
  assert.ok(checkConsistency(1, 3, rootOf(trade.slice(0, 1)), rootOf(trade), proof));
  assert.equal(dataHash("", ""), roots[0]);
});
