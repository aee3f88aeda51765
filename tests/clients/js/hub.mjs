// Uploads, lists, downloads and deletes with @huggingface/hub; test_js.py runs it. Environment: HUB, TOKEN, REPO.
import { commit, createRepo, deleteRepo, downloadFile, fileDownloadInfo, fileExists, listCommits, listFiles, modelInfo, repoExists, uploadFiles, whoAmI } from "@huggingface/hub";
import { createHash, randomBytes } from "node:crypto";
import assert from "node:assert/strict";

const hubUrl = process.env.HUB;
const accessToken = process.env.TOKEN;
const repo = { type: "model", name: process.env.REPO };
const at = { repo, hubUrl, accessToken };

async function bytes(path, more = {}) {
  const blob = await downloadFile({ ...at, path, ...more });
  assert(blob, `${path} is not there`);
  return Buffer.from(await blob.arrayBuffer());
}

const me = await whoAmI({ hubUrl, accessToken });
assert.equal(me.name, repo.name.split("/")[0]);

await createRepo({ ...at, files: [{ path: "first.txt", content: new Blob(["first"]) }] });
assert.equal(await repoExists(at), true);
assert.equal((await bytes("first.txt")).toString(), "first");

const small = randomBytes(200);
const large = randomBytes(5_000_000);
for (const useXet of [true, false]) {
  const folder = useXet ? "xet" : "lfs";
  await uploadFiles({
    ...at,
    useXet,
    files: [
      { path: `${folder}/large.bin`, content: new Blob([large]) },
      { path: `${folder}/small.bin`, content: new Blob([small]) },
      { path: `${folder}/文字 é.txt`, content: new Blob(["text"]) },
      { path: `${folder}/empty.txt`, content: new Blob([]) },
    ],
  });
}
for (const folder of ["xet", "lfs"]) {
  assert.deepEqual(await bytes(`${folder}/large.bin`), large);
  assert.deepEqual(await bytes(`${folder}/large.bin`, { xet: false }), large);
  assert.deepEqual(await bytes(`${folder}/small.bin`), small);
  assert.equal((await bytes(`${folder}/文字 é.txt`)).toString(), "text");
  assert.equal((await bytes(`${folder}/empty.txt`)).length, 0);
}

const listed = new Map();
for await (const entry of listFiles({ ...at, recursive: true })) listed.set(entry.path, entry);
assert.equal(listed.get("xet/large.bin").lfs.oid, createHash("sha256").update(large).digest("hex"));
assert.equal(listed.get("xet/large.bin").lfs.oid, listed.get("lfs/large.bin").lfs.oid);
assert.equal(await fileExists({ ...at, path: "xet/small.bin" }), true);
assert.equal(await fileExists({ ...at, path: "nothing" }), false);
assert.equal(await fileDownloadInfo({ ...at, path: "nothing" }), null);
assert.equal((await fileDownloadInfo({ ...at, path: "xet/large.bin" })).size, large.length);

await commit({ ...at, title: "delete one", operations: [{ operation: "delete", path: "lfs/small.bin" }] });
assert.equal(await fileExists({ ...at, path: "lfs/small.bin" }), false);
const titles = [];
for await (const one of listCommits(at)) titles.push(one.title);
assert.equal(titles[0], "delete one");
assert.equal((await modelInfo({ name: repo.name, hubUrl, accessToken })).name, repo.name);

await assert.rejects(modelInfo({ name: repo.name, hubUrl, accessToken: "hf_wrongwrongwrong" }), (error) => error.statusCode === 401);
await assert.rejects(modelInfo({ name: repo.name + "-none", hubUrl, accessToken }), (error) => error.statusCode === 404);
await deleteRepo(at);
assert.equal(await repoExists(at), false);
console.log("all is well");
