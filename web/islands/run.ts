// Follows one prediction of the Replicate wire: where it stands, how often to ask, what it cost. No DOM.
import type { Prediction } from "../api/answers.ts";

export type Stage = "queued" | "starting" | "running" | "succeeded" | "failed" | "canceled";

export const finished = (one: Prediction): boolean => one.status !== "starting" && one.status !== "processing";

/** The wire says "starting" both for waiting behind others and for a model that is being loaded; `cold` tells them apart. */
export function stageOf(one: Prediction, cold: boolean): Stage {
  switch (one.status) {
    case "starting": return cold ? "starting" : "queued";
    case "processing": return "running";
    case "succeeded": return "succeeded";
    case "failed": return "failed";
    case "canceled":
    case "aborted": return "canceled";
  }
}

export interface Step {
  stage: Stage;
  at: "done" | "now" | "ahead" | "left";
}

/** The line queued, starting, running, succeeded; failed and cancelled leave it where they happened. */
export function stepsOf(one: Prediction, cold: boolean): Step[] {
  const line: Stage[] = cold ? ["queued", "starting", "running", "succeeded"] : ["queued", "running", "succeeded"];
  const stage = stageOf(one, cold);
  if (stage === "failed" || stage === "canceled") {
    const reached = one.started_at ? line.indexOf("running") : line.indexOf("queued");
    return [...line.slice(0, reached + 1).map((name): Step => ({ stage: name, at: "done" })), { stage, at: "left" }];
  }
  const now = line.indexOf(stage);
  return line.map((name, i) => ({ stage: name, at: i < now || stage === "succeeded" ? "done" : i === now ? "now" : "ahead" }));
}

/** Milliseconds until the next question: quick at first, patient later, more so when nobody looks. */
export function pauseAfter(elapsed: number, hidden: boolean): number {
  const pause = elapsed < 5_000 ? 300 : elapsed < 30_000 ? 1_000 : 2_500;
  return hidden ? Math.max(pause, 5_000) : pause;
}

export interface Label {
  label: string;
  score: number;
}

/** [{ label, score }, ...] of a classifier. */
export function labelsOf(output: unknown): Label[] | undefined {
  if (!Array.isArray(output) || output.length === 0) return undefined;
  const good = output.every((one) => typeof one === "object" && one !== null && typeof (one as Label).label === "string" && typeof (one as Label).score === "number");
  return good ? (output as Label[]) : undefined;
}

export interface OutputFile {
  /** what of the picture it is: the class of a mask */
  label: string | undefined;
  /** address without the origin */
  address: string;
  /** what it is called when it is kept */
  name: string;
}

/** An address of a file that a run of this server answered with, without the origin; everything else is only text. */
function ownFile(text: unknown, origins: string[]): string | undefined {
  if (typeof text !== "string" || /\s/.test(text)) return undefined;
  const origin = origins.find((one) => text.startsWith(`${one}/v1/files/`));
  return origin === undefined ? undefined : text.slice(origin.length);
}

/** The files of an output that consists of files: an address, a list of them, or the masks [{ label, mask }, ...] of a segmentation. */
export function filesOf(output: unknown, origins: string[], model: string): OutputFile[] | undefined {
  const name = model.split("/").at(-1) ?? model;
  const list: unknown[] = Array.isArray(output) ? output : [output];
  const files = list.map((one, i): OutputFile | undefined => {
    const mask = typeof one === "object" && one !== null ? (one as { label?: unknown; mask?: unknown }) : undefined;
    const address = ownFile(mask ? mask.mask : one, origins);
    if (address === undefined) return undefined;
    const label = mask && typeof mask.label === "string" ? mask.label : undefined;
    return { label, address, name: `${[name, ...(label === undefined ? (list.length > 1 ? [i + 1] : []) : [label])].join("-").replace(/[\\/:*?"<>|\p{C}]/gu, "_")}.png` };
  });
  return files.length > 0 && files.every((one) => one !== undefined) ? files : undefined;
}

/** Text of a model that writes: a string, or a list of pieces. */
export function textOf(output: unknown): string | undefined {
  if (typeof output === "string") return output;
  return Array.isArray(output) && output.length > 0 && output.every((one) => typeof one === "string") ? output.join("") : undefined;
}
