// Two files that nearly every page needs, so that a page loads a few scripts and not twenty shared splinters: `core` (Preact, library, API
// client) and `ui` (the common components). Everything else imports them as they stand.
import * as esbuild from "esbuild";
import * as fs from "node:fs";
import * as path from "node:path";

const packages = ["preact", "preact/hooks", "preact/jsx-runtime", "@preact/signals"];
export const layers = {
  core: [...packages, "lib/context.ts", "lib/messages.ts", "lib/format.ts", "lib/money.ts", "lib/url.ts", "lib/random.ts", "lib/drafts.ts", "lib/kept.ts", "lib/clipboard.ts", "lib/visible.ts", "api/client.ts"],
  ui: ["avatar", "badge", "button", "choice", "copy", "dialog", "field", "menu", "notice", "page", "pager", "select", "states", "table", "tabs", "text-field", "toast", "tooltip", "value"]
    .map((one) => `components/${one}.tsx`),
};

// `export *` drops a name that two modules export, without a word; so look first.
function checkNames(web, name) {
  const seen = new Map();
  for (const one of layers[name]) {
    if (packages.includes(one)) continue;
    for (const match of fs.readFileSync(path.join(web, one), "utf8").matchAll(/^export (?:async )?(?:const|let|function|class) (\w+)/gm)) {
      if (seen.has(match[1])) throw new Error(`web/build: ${one} and ${seen.get(match[1])} both export ${match[1]}; they are in one file (tools/layers.mjs)`);
      seen.set(match[1], one);
    }
  }
}

/** An esbuild plugin: imports of a module that is in a built layer become imports of that file. */
export function inLayers(web, built) {
  const files = new Map();
  for (const { name, file } of built) for (const one of layers[name]) files.set(packages.includes(one) ? one : path.join(web, one), file);
  return {
    name: "layers",
    setup(build) {
      build.onResolve({ filter: /./ }, (args) => {
        if (args.kind === "entry-point" || files.size === 0) return undefined;
        const file = files.get(args.path.startsWith(".") ? path.resolve(args.resolveDir, args.path) : args.path);
        return file ? { path: `./${file}`, external: true, sideEffects: false } : undefined;
      });
    },
  };
}

/** Builds core, then ui on top of it. Each: name, file (hashed), sources, the layers it imports. */
export async function buildLayers(web, options) {
  const built = [];
  for (const name of Object.keys(layers)) {
    checkNames(web, name);
    const { metafile } = await esbuild.build({
      ...options,
      stdin: { contents: layers[name].map((one) => `export * from ${JSON.stringify(packages.includes(one) ? one : `./${one}`)};`).join("\n"), resolveDir: web, sourcefile: `${name}.layer.ts`, loader: "ts" },
      entryNames: `${name}-[hash]`,
      plugins: [inLayers(web, built)],
    });
    const [output] = Object.keys(metafile.outputs);
    const uses = metafile.outputs[output].imports.map((one) => path.basename(one.path));
    built.push({ name, file: path.basename(output), output, sources: Object.keys(metafile.inputs).filter((one) => !one.endsWith(".layer.ts")), uses, metafile });
  }
  return built;
}
