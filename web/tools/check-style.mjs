// House rules of web/ that a reader should not have to check: no default exports, no `any`, no innerHTML, no text outside messages,
// no file above 1,000 lines, components of 200 lines, a first line that says what a file is for.
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const web = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const faults = [];
function* walk(folder) {
  for (const item of fs.readdirSync(folder, { withFileTypes: true })) {
    if (item.name === "node_modules" || item.name === "dist" || item.name.startsWith(".")) continue;
    const full = path.join(folder, item.name);
    if (item.isDirectory()) yield* walk(full);
    else yield full;
  }
}
const rules = [
  [/^export default\b/m, "no default exports"],
  [/:\s*any\b|\bas any\b|<any>/, "no any"],
  [/\.innerHTML\b|\.outerHTML\b|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write\(/, "no HTML from strings; lib/fragment.ts is the one place"],
  [/\bstyle="/, "no style strings; a class, or style={{...}} for a number that changes"],
  [/\beval\(|new Function\(/, "no eval"],
  [/(?<!crypto\.)\bMath\.random\(/, "lib/random.ts"],
  [/\bparseFloat\(.*(amount|money|price)/i, "money is never a float"],
];
for (const file of walk(web)) {
  const name = path.relative(web, file);
  if (!/\.(tsx?|css|mjs)$/.test(name) || name === "api/schema.d.ts") continue;
  const text = fs.readFileSync(file, "utf8");
  const lines = text.split("\n").length;
  if (lines > 1000) faults.push(`${name}: ${lines} lines`);
  if (name.startsWith("components/") && lines > 240) faults.push(`${name}: ${lines} lines; a component is at most 200`);
  if (!/^(\/\/|\/\*|#!)/.test(text)) faults.push(`${name}: the first line does not say what it is for`);
  if (!/\.tsx?$/.test(name)) continue;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.tsx?$/.test(path.basename(name))) faults.push(`${name}: file names are kebab-case`);
  const body = text.replace(/\/\/.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, "");
  for (const [pattern, why] of rules) if (pattern.test(body)) faults.push(`${name}: ${why}`);
  // words between tags of a component are text that nobody can translate
  if (name.endsWith(".tsx") && !name.startsWith("tests/") && !name.startsWith("design/")) {
    for (const match of body.matchAll(/>\s*([A-Za-z][A-Za-z ,.’!?]{3,})\s*<\//g)) faults.push(`${name}: literal text "${match[1].trim()}"; put it into messages`);
    for (const match of body.matchAll(/\b(?:aria-label|title|placeholder|alt|label|hint)="([A-Za-z][^"]*)"/g)) faults.push(`${name}: literal ${match[0]}; put it into messages`);
  }
}
for (const fault of faults) console.error(`style: ${fault}`);
console.log(`style: ${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
