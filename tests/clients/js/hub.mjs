// Uploads, lists, downloads and deletes with @huggingface/hub; test_js.py runs it. Environment: HUB, TOKEN, OTHER (somebody else's token), REPO.
import {
  checkRepoAccess, commit, countCommits, createBranch, createRepo, deleteBranch, deleteRepo, downloadFile, fileDownloadInfo, fileExists, listCommits, listFiles, listModels,
  modelInfo, pathsInfo, repoExists, snapshotDownload, uploadFiles, whoAmI,
} from "@huggingface/hub";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
assert.equal(await countCommits(at), titles.length);
assert.equal((await modelInfo({ name: repo.name, hubUrl, accessToken })).name, repo.name);
const [about] = await pathsInfo({ ...at, paths: ["xet/large.bin"], expand: true });
assert.equal(about.size, large.length);
assert.equal(about.lastCommit.title, titles.at(-2));

// a branch stays as it was
await createBranch({ ...at, branch: "side/way" });
await commit({ ...at, title: "delete another", operations: [{ operation: "delete", path: "xet/small.bin" }] });
assert.deepEqual(await bytes("xet/small.bin", { revision: "side/way" }), small);
assert.equal(await fileExists({ ...at, path: "xet/small.bin" }), false);
await deleteBranch({ ...at, branch: "side/way" });
await assert.rejects(bytes("xet/large.bin", { revision: "side/way" }));

// a whole repository
const cacheDir = mkdtempSync(join(tmpdir(), "kt-js-"));
const folder = await snapshotDownload({ ...at, cacheDir });
assert.deepEqual(readFileSync(join(folder, "xet/large.bin")), large);
assert.equal(readFileSync(join(folder, "lfs/文字 é.txt")).toString(), "text");
rmSync(cacheDir, { recursive: true });

// The client reads likes and meets gates; for liking, asking and granting it has no calls.
const other = { repo, hubUrl, accessToken: process.env.OTHER };
const plain = (token, method, path, body) =>
  fetch(`${hubUrl}${path}`, { method, redirect: "manual", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
for (const token of [accessToken, other.accessToken]) assert.equal((await plain(token, "POST", `/api/models/${repo.name}/like`)).status, 200);
assert.equal((await modelInfo({ name: repo.name, hubUrl })).likes, 2);
const liked = [];
for await (const one of listModels({ hubUrl, search: { owner: me.name }, sort: "likes", limit: 3, additionalFields: ["filePaths"] })) liked.push(one);
assert.deepEqual([liked[0].name, liked[0].likes, liked[0].gated], [repo.name, 2, false]);
assert(liked[0].filePaths.includes("xet/large.bin"));
assert.equal((await plain(other.accessToken, "DELETE", `/api/models/${repo.name}/like`)).status, 200);
assert.equal((await modelInfo({ name: repo.name, hubUrl })).likes, 1);

const stranger = (await whoAmI(other)).name;
assert.equal((await plain(accessToken, "PUT", `/api/models/${repo.name}/settings`, { gated: "manual" })).status, 200);
assert.equal((await modelInfo({ name: repo.name, ...other })).gated, "manual");
await checkRepoAccess(other); // it asks for what the repository says about itself
for (const path of ["first.txt", "xet/large.bin"]) {
  await assert.rejects(downloadFile({ ...other, path }), (error) => error.statusCode === 403);
  await assert.rejects(downloadFile({ repo, hubUrl, path }), (error) => error.statusCode === 401);
}
assert.equal((await plain(other.accessToken, "POST", `/${repo.name}/ask-access`)).status, 303);
await assert.rejects(downloadFile({ ...other, path: "first.txt" }), (error) => error.statusCode === 403);
assert.equal((await plain(accessToken, "POST", `/api/models/${repo.name}/user-access-request/handle`, { user: stranger, status: "accepted" })).status, 200);
assert.equal(await (await downloadFile({ ...other, path: "first.txt" })).text(), "first");
assert.deepEqual(Buffer.from(await (await downloadFile({ ...other, path: "xet/large.bin" })).arrayBuffer()), large);

await assert.rejects(modelInfo({ name: repo.name, hubUrl, accessToken: "hf_wrongwrongwrong" }), (error) => error.statusCode === 401);
await assert.rejects(modelInfo({ name: repo.name + "-none", hubUrl, accessToken }), (error) => error.statusCode === 404);
await deleteRepo(at);
assert.equal(await repoExists(at), false);
console.log("all is well");
