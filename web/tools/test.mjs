// Runs tests/*.test.ts with Node's own runner: bundled by esbuild first, because Node 18 reads no TypeScript.
import * as esbuild from "esbuild";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const web = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const work = fs.mkdtempSync(path.join(os.tmpdir(), "kontor-web-test-"));
const names = fs.readdirSync(path.join(web, "tests")).filter((one) => one.endsWith(".test.ts") || one.endsWith(".test.tsx"));
await esbuild.build({ absWorkingDir: web, entryPoints: names.map((one) => `tests/${one}`), bundle: true, platform: "node", format: "esm", target: "node18", outdir: work,
  outExtension: { ".js": ".mjs" }, jsx: "automatic", jsxImportSource: "preact", logLevel: "warning" });
const files = fs.readdirSync(work).filter((one) => one.endsWith(".mjs")).map((one) => path.join(work, one));
const { status } = spawnSync(process.execPath, ["--test", "--test-reporter=spec", ...files], { stdio: "inherit" });
fs.rmSync(work, { recursive: true, force: true });
process.exit(status ?? 1);
