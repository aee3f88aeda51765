// Sorts messages/*.json by key, one line each, and drops repeated keys (the last one of a merge wins). Run before each commit of messages.
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "messages");

export function writeMessages(language, table) {
  const sorted = Object.fromEntries(Object.keys(table).sort().map((key) => [key, table[key]]));
  fs.writeFileSync(path.join(folder, `${language}.json`), `${JSON.stringify(sorted, null, 1)}\n`);
}

export function sortAll() {
  for (const file of fs.readdirSync(folder).filter((one) => one.endsWith(".json"))) {
    // a merge can leave a line without its comma; entries are one line each, so read them line by line
    const table = {};
    for (const line of fs.readFileSync(path.join(folder, file), "utf8").split("\n")) {
      const match = /^\s*("(?:[^"\\]|\\.)+")\s*:\s*("(?:[^"\\]|\\.)*")\s*,?\s*$/.exec(line);
      if (match) table[JSON.parse(match[1])] = JSON.parse(match[2]);
      else if (!/^\s*[{}]?\s*$/.test(line)) throw new Error(`${file}: cannot read: ${line}`);
    }
    writeMessages(file.slice(0, -5), table);
  }
}

if (process.argv[1]?.endsWith("sort-messages.mjs")) sortAll();
