// A run's line of states and its output's kinds.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Prediction } from "../api/answers.ts";
import { filesOf, finished, labelsOf, pauseAfter, stageOf, stepsOf, textOf } from "../islands/run.ts";

const at = (status: Prediction["status"], started: string | null = null): Prediction =>
  ({ id: "p", model: "b/d", version: "0", status, input: {}, output: null, error: null, logs: "", created_at: "2026-02-01T00:00:00Z", started_at: started, completed_at: null });
const line = (one: Prediction, cold: boolean): string => stepsOf(one, cold).map((step) => `${step.stage}:${step.at}`).join(" ");

test("the line of states", () => {
  assert.equal(stageOf(at("starting"), false), "queued");
  assert.equal(line(at("starting"), true), "queued:done starting:now running:ahead succeeded:ahead");
  assert.equal(line(at("processing", "x"), true), "queued:done starting:done running:now succeeded:ahead");
  assert.equal(line(at("succeeded", "x"), false), "queued:done running:done succeeded:done");
  assert.equal(line(at("failed", "x"), false), "queued:done running:done failed:left");
  assert.equal(line(at("canceled"), true), "queued:done canceled:left");
  assert.equal(line(at("aborted"), false), "queued:done canceled:left");
  assert.equal(finished(at("processing")), false);
  assert.equal(finished(at("canceled")), true);
});

test("asks often at first, seldom when hidden", () => {
  assert.ok(pauseAfter(0, false) < pauseAfter(10_000, false));
  assert.ok(pauseAfter(0, true) >= 5_000);
});

test("files of an output", () => {
  const here = ["http://127.0.0.1:8080", "https://kontor.example"];
  const address = "/v1/files/abc/download?owner=u&expiry=1&signature=s%3D";
  assert.deepEqual(filesOf(here[0] + address, here, "bob/negative"), [{ label: undefined, address, name: "negative.png" }]);
  assert.deepEqual(filesOf([here[1] + address, here[0] + address], here, "bob/two")?.map((one) => one.name), ["two-1.png", "two-2.png"]);
  assert.deepEqual(filesOf([{ label: "a/b", mask: here[0] + address }], here, "bob/parts"), [{ label: "a/b", address, name: "parts-a_b.png" }]);
  for (const other of ["https://elsewhere.example" + address, here[0] + "/login", "/v1/files/abc", here[0] + address + " x", "data:image/png;base64,AA", "javascript:1", 7, null, [], [1], [{ label: "a" }], [here[0] + address, "text"]])
    assert.equal(filesOf(other, here, "bob/m"), undefined, String(other));
});

test("kinds of output", () => {
  assert.deepEqual(labelsOf([{ label: "7", score: 0.9 }]), [{ label: "7", score: 0.9 }]);
  assert.equal(labelsOf([]), undefined);
  assert.equal(labelsOf([1, 2]), undefined);
  assert.equal(textOf(["a", "b"]), "ab");
  assert.equal(textOf([1]), undefined);
  assert.equal(textOf("x"), "x");
});
