// Runs, waits, lists, cancels and reads a file with the npm client `replicate`; test_js.py runs it.
// Environment: HUB, TOKEN, and of three models "owner/name:version": QUICK (x -> low or high), SLOW (features[0] rounds), NEGATIVE (picture -> picture).
import Replicate from "replicate";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const { HUB, TOKEN, QUICK, SLOW, NEGATIVE, PICTURE } = process.env;
const replicate = new Replicate({ auth: TOKEN, baseUrl: `${HUB}/v1` });
const [quickName, quickVersion] = QUICK.split(":");
const slowVersion = SLOW.split(":")[1];
const status = (wanted) => (error) => error.response?.status === wanted;

assert.equal((await replicate.accounts.current()).username, "alice");

// one that is waited for in the request, one that is asked after
const first = await replicate.predictions.create({ version: quickVersion, input: { x: 2.5 }, wait: true });
assert.equal(first.status, "succeeded");
assert.equal(first.output[0].label, "high");
assert.equal(first.urls.get, `${HUB}/v1/predictions/${first.id}`);
const started = await replicate.predictions.create({ model: quickName, input: { x: -2.5 } });
const second = await replicate.wait(started, { interval: 50 });
assert.equal(second.status, "succeeded");
assert.equal(second.output[0].label, "low");
const { metrics, ...again } = await replicate.predictions.get(second.id);
assert.deepEqual({ ...again, metrics }, second);
assert(metrics.predict_time > 0);

// run: by name and by version, by blocking and by polling, with the states on the way
for (const name of [quickName, QUICK]) assert.equal((await replicate.run(name, { input: { x: 1 } }))[0].label, "high");
const states = [];
const output = await replicate.run(SLOW, { input: { features: [500] }, wait: { mode: "poll", interval: 20 } }, (one) => states.push(one.status));
assert.deepEqual(output, [256]);
assert.equal(states[0], "starting");
assert.equal(states.at(-1), "succeeded");

// the newest first, page after page until there is none
const listed = [];
for await (const page of replicate.paginate(replicate.predictions.list)) listed.push(...page.map((one) => one.id));
assert.equal(listed.length, 5);
assert.deepEqual(listed.slice(-2), [second.id, first.id]);

// cancel: by hand while it computes, and by a signal that ends a run
const long = await replicate.predictions.create({ version: slowVersion, input: { features: [3_000_000] } });
while ((await replicate.predictions.get(long.id)).status === "starting") await new Promise((go) => setTimeout(go, 50));
await replicate.predictions.cancel(long.id);
assert.equal((await replicate.wait(long, { interval: 50 })).status, "canceled");
const stop = new AbortController();
const seen = [];
await replicate.run(SLOW, { input: { features: [3_000_001] }, wait: { mode: "poll", interval: 50 }, signal: stop.signal }, (one) => {
  seen.push(one);
  if (one.status === "processing") stop.abort();
});
assert.equal((await replicate.wait(seen.at(-1), { interval: 50 })).status, "canceled");

// A picture in and a picture out: uploaded first, or inside the request (by hand: 1.4.0 sends itself as the input where its own strategy is "data-uri").
const picture = readFileSync(PICTURE);
for (const image of [new Blob([picture], { type: "image/png" }), `data:image/png;base64,${picture.toString("base64")}`]) {
  const blob = await (await replicate.run(NEGATIVE, { input: { image } })).blob();
  assert.equal(blob.type, "image/png");
  console.log("negative", Buffer.from(await blob.arrayBuffer()).toString("base64"));
}

// files
const file = await replicate.files.create(new File(["some bytes"], "note.txt"), { about: "a test" });
assert.deepEqual([file.name, file.size, file.metadata], ["note.txt", 10, { about: "a test" }]);
assert.equal((await replicate.files.get(file.id)).id, file.id);
assert((await replicate.files.list()).results.some((one) => one.id === file.id));
assert.equal(await replicate.files.delete(file.id), true);
await assert.rejects(replicate.files.get(file.id), status(404));

// models
const [owner, name] = quickName.split("/");
assert.equal((await replicate.models.get(owner, name)).latest_version.id, quickVersion);
assert.equal((await replicate.models.versions.list(owner, name)).results[0].id, quickVersion);
assert.deepEqual((await replicate.models.versions.get(owner, name, quickVersion)).openapi_schema.components.schemas.Input.required, ["x"]);
assert((await replicate.models.list()).results.some((one) => `${one.owner}/${one.name}` === quickName));
assert((await replicate.webhooks.default.secret.get()).key.startsWith("whsec_"));

// what is wrong says so
await assert.rejects(replicate.predictions.create({ version: quickVersion, input: {} }), status(422));
await assert.rejects(replicate.run("bob/nothing", { input: { x: 1 } }), status(404));
await assert.rejects(replicate.predictions.get("nothing"), status(404));
await assert.rejects(new Replicate({ auth: "hf_wrongwrongwrong", baseUrl: `${HUB}/v1` }).predictions.list(), status(401));
console.log("all is well");
