// Builds the pages' assets: TypeScript and CSS through esbuild, messages per entry, brotli siblings, manifest.json for the server.
// Fails when a budget (pages: 9.2) is passed or a message is missing. Skipped when nothing changed.
//   node build.mjs [--watch] [--force] [--messages]      output: build/web, or $KONTOR_WEB_OUT
// --messages, and --watch: the messages stand in the output too, so that `kontor serve --web-dir` of a program that was built earlier has them.
import * as esbuild from "esbuild";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import * as zlib from "node:zlib";
import { buildLayers, inLayers } from "./tools/layers.mjs";
import { checkMessages, languages, readMessages, usedKeys } from "./tools/check-messages.mjs";

const web = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.env.KONTOR_WEB_OUT ?? path.join(web, "..", "build", "web"));

// One bundle each; an entry whose file does not exist yet is left out.
const entries = {
  site: "site.ts",
  account: "account/entry.tsx",
  sell: "sell/entry.tsx",
  operator: "operator/entry.tsx",
  settings: "settings/entry.tsx",
  upload: "upload/entry.tsx",
  repository: "repository/entry.tsx",
  maths: "islands/maths.ts",
  design: "design/entry.tsx",
};

// Compressed kilobytes (1,000 bytes, brotli 11).
const limits = {
  site: 45,
  page: 100, // site and the page's own entry together
  upload: 120,
  maths: 73, // site and Temml, which is one piece; only with cards that have formulas
  model: 70, // site with the islands of the price and code tabs
  lazy: 40, // one lazily loaded piece beyond what its page has already
  style: 18,
  messages: 8, // one language of one entry
};
// Lazy pieces that a library makes larger, with their own measured limit.
const lazyLimits = { "@huggingface/hub": 46 }; // the hub's library, which only the upload worker runs
const modelIslands = ["islands/calculator", "islands/code", "islands/checkout"];

const kB = (bytes) => bytes / 1000;
const hash = (data) => createHash("sha256").update(data).digest("hex").slice(0, 10);

function* walk(folder) {
  for (const item of fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (item.name === "node_modules" || item.name === "dist" || item.name.startsWith(".")) continue;
    const full = path.join(folder, item.name);
    if (item.isDirectory()) yield* walk(full);
    else yield full;
  }
}

function stampOfInputs() {
  const sum = createHash("sha256").update(process.version);
  const pages = path.join(web, "..", "src", "protocols", "pages");
  for (const file of [...walk(web), ...(fs.existsSync(pages) ? walk(pages) : [])]) {
    if (/\.(md|test\.ts)$/.test(file)) continue;
    sum.update(path.relative(web, file)).update("\0").update(fs.readFileSync(file)).update("\0");
  }
  return sum.digest("hex");
}

// The licences of the packages that end up in a bundle, as they ask to be kept with copies.
function licences(metafile) {
  const names = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) names.add(match[1]);
  }
  return [...names].sort().map((name) => {
    const folder = path.join(web, "node_modules", name);
    const about = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
    const file = fs.readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? fs.readFileSync(path.join(folder, file), "utf8").trim() : "";
    return `${name} ${about.version} (${about.license})\n\n${text}\n`;
  }).join("\n----\n\n");
}

// Outputs reached from `start`; `dynamic` says whether lazily loaded ones count. Layers are outputs that others import by their file's name.
function closure(metafile, start, dynamic) {
  const seen = new Set();
  const visit = (name) => {
    if (seen.has(name) || !metafile.outputs[name]) return;
    seen.add(name);
    for (const item of metafile.outputs[name].imports) {
      if (dynamic || item.kind !== "dynamic-import") visit(item.external ? metafile.layers[path.basename(item.path)] : item.path);
    }
  };
  visit(start);
  return seen;
}

async function build() {
  const started = Date.now();
  const faults = checkMessages().errors;
  const work = `${out}.new`;
  fs.rmSync(work, { recursive: true, force: true });
  fs.mkdirSync(path.join(work, "assets"), { recursive: true });
  const files = Object.fromEntries(Object.entries(entries).filter(([, file]) => fs.existsSync(path.join(web, file))));

  const common = { absWorkingDir: web, bundle: true, minify: true, metafile: true, outdir: path.join(work, "assets"), logLevel: "warning",
    entryNames: "[name]-[hash]", assetNames: "[name]-[hash]", chunkNames: "chunk-[hash]", legalComments: "none", charset: "utf8" };
  const script = { ...common, format: "esm", target: "es2022", platform: "browser", jsx: "automatic", jsxImportSource: "preact", define: { "process.env.NODE_ENV": '"production"' } };
  const layers = await buildLayers(web, script);
  const scripts = await esbuild.build({
    ...script,
    entryPoints: files,
    splitting: true,
    plugins: [inLayers(web, layers)],
    // the package's "browser" field points esbuild to its Node build
    alias: { "@huggingface/hub": path.join(web, "node_modules/@huggingface/hub/dist/browser/index.mjs") },
  });
  scripts.metafile.layers = Object.fromEntries(layers.map((one) => [one.file, one.output]));
  for (const one of layers) {
    Object.assign(scripts.metafile.outputs, one.metafile.outputs);
    Object.assign(scripts.metafile.inputs, one.metafile.inputs);
  }
  const styles = await esbuild.build({ ...common, entryPoints: { main: "styles/main.css", print: "styles/print.css" },
    target: ["chrome123", "firefox128", "safari17.5"] });

  const size = (name) => zlib.brotliCompressSync(fs.readFileSync(path.resolve(web, name))).length;
  const sizes = new Map();
  const sizeOf = (name) => {
    if (!sizes.has(name)) sizes.set(name, size(name));
    return sizes.get(name);
  };
  const total = (names) => [...names].reduce((sum, name) => sum + sizeOf(name), 0);
  const asset = (name) => `assets/${path.basename(name)}`;
  const report = [];
  const limit = (what, bytes, max) => {
    report.push(`${what} ${kB(bytes).toFixed(1)}/${max}`);
    if (kB(bytes) > max) faults.push(`${what}: ${kB(bytes).toFixed(1)} kB compressed, the budget is ${max}`);
  };

  const outputOf = {}; // source file -> output
  for (const [name, one] of Object.entries(scripts.metafile.outputs)) if (one.entryPoint && !one.entryPoint.endsWith(".layer.ts")) outputOf[one.entryPoint] = name;
  const manifest = { entries: {}, styles: {}, messages: {}, files: {}, languages: [] };
  const texts = readMessages();
  const base = closure(scripts.metafile, outputOf[files.site], false);

  for (const [name, file] of Object.entries(files)) {
    const start = outputOf[file];
    const fixed = closure(scripts.metafile, start, false);
    manifest.entries[name] = { js: asset(start), preload: [...fixed].filter((one) => one !== start).map(asset).sort() };
    if (name === "site") limit("site", total(fixed), limits.site);
    else limit(name, total(new Set([...base, ...fixed])), limits[name] ?? limits.page);

    const all = closure(scripts.metafile, start, true);
    for (const one of all) {
      for (const item of scripts.metafile.outputs[one].imports) {
        if (item.kind !== "dynamic-import" || !scripts.metafile.outputs[item.path]) continue;
        const extra = [...closure(scripts.metafile, item.path, false)].filter((part) => !fixed.has(part) && !base.has(part));
        const from = scripts.metafile.outputs[item.path].entryPoint ?? item.path;
        const known = Object.keys(lazyLimits).find((library) => from.includes(library));
        limit(`${name} > ${from}`, total(extra), known ? lazyLimits[known] : limits.lazy);
      }
    }

    // the messages that this entry and what it may load can show
    const sources = new Set([...all].flatMap((one) => Object.keys(scripts.metafile.outputs[one].inputs)).filter((one) => !one.includes("node_modules/") && !one.endsWith(".layer.ts")));
    const keys = usedKeys([...sources].map((one) => fs.readFileSync(path.join(web, one), "utf8")), Object.keys(texts.en));
    if (keys.length === 0) continue;
    manifest.messages[name] = {};
    for (const language of languages()) {
      const body = JSON.stringify(Object.fromEntries(keys.map((key) => [key, texts[language][key]])));
      const target = `assets/${name}-${language}-${hash(body)}.json`;
      fs.writeFileSync(path.join(work, target), body);
      manifest.messages[name][language] = target;
      const bytes = zlib.brotliCompressSync(body).length;
      if (kB(bytes) > limits.messages) limit(`messages ${name} ${language}`, bytes, limits.messages);
    }
  }
  const model = new Set(base);
  for (const island of modelIslands) {
    const start = outputOf[`${island}.ts`] ?? outputOf[`${island}.tsx`];
    if (start) for (const one of closure(scripts.metafile, start, false)) model.add(one);
  }
  limit("model page", total(model), limits.model);

  for (const [name, one] of Object.entries(styles.metafile.outputs)) {
    if (one.entryPoint) manifest.styles[path.basename(one.entryPoint, ".css")] = asset(name);
  }
  limit("style", total(Object.keys(styles.metafile.outputs)), limits.style);

  for (const file of fs.existsSync(path.join(web, "files")) ? walk(path.join(web, "files")) : []) {
    const data = fs.readFileSync(file);
    const { name, ext } = path.parse(file);
    manifest.files[name] = `assets/${name}-${hash(data)}${ext}`;
    fs.writeFileSync(path.join(work, manifest.files[name]), data);
  }
  if (process.argv.includes("--messages") || process.argv.includes("--watch")) {
    fs.mkdirSync(path.join(work, "messages"));
    for (const code of languages()) fs.copyFileSync(path.join(web, "messages", `${code}.json`), path.join(work, "messages", `${code}.json`));
  }
  const notices = licences(scripts.metafile);
  manifest.files.licences = `assets/licences-${hash(notices)}.txt`;
  fs.writeFileSync(path.join(work, manifest.files.licences), notices);
  manifest.languages = languages().map((code) => ({ code, lang: texts[code]["language.tag"], name: texts[code]["language.name"] }));

  for (const file of walk(path.join(work, "assets"))) {
    const data = fs.readFileSync(file);
    const packed = zlib.brotliCompressSync(data, { params: { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: data.length } });
    fs.writeFileSync(`${file}.br`, packed);
  }
  fs.writeFileSync(path.join(work, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
  if (process.argv.includes("--sizes")) for (const line of report) console.log(`  ${line} kB`);
  if (faults.length > 0) {
    for (const fault of faults) console.error(`web/build: ${fault}`);
    fs.rmSync(work, { recursive: true, force: true });
    return false;
  }
  fs.writeFileSync(path.join(work, ".stamp"), stampOfInputs());
  fs.rmSync(out, { recursive: true, force: true });
  fs.renameSync(work, out);
  const main = report.filter((line) => !line.includes(">")).join(", ");
  console.log(`web/build: ${path.relative(process.cwd(), out) || "."} in ${Date.now() - started} ms; kB of budget: ${main}`);
  return true;
}

const before = fs.existsSync(path.join(out, ".stamp")) ? fs.readFileSync(path.join(out, ".stamp"), "utf8") : "";
if (process.argv.includes("--watch")) {
  let running = false;
  let again = false;
  const go = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      await build().catch((error) => console.error(String(error.message ?? error)));
    } while (again);
    running = false;
  };
  await go();
  let timer;
  fs.watch(web, { recursive: process.version > "v20" }, (_event, file) => {
    if (!file || /node_modules|^\./.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(go, 100);
  });
} else if (process.argv.includes("--force") || process.argv.includes("--sizes") || before !== stampOfInputs()) {
  if (!(await build())) process.exit(1);
}
