// Checks messages/*.json: same keys, placeholders and slots in each language, sorted, nothing missing, nothing that equals the English by
// accident, and nothing without a use: a key stands in quotes in a source, or under a prefix that a source names. Also tells the build which
// keys a set of sources uses.
//   node tools/check-messages.mjs
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

const web = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const folder = path.join(web, "messages");

// Keys made at run time: tFor("error", code) uses "error.*". A source that names the prefix so gets them all.
export const dynamicPrefixes = [
  "operator.check_bad", "operator.check_good", "operator.event", "operator.kyc", "operator.metric",
  "settings.fault", "settings.role", "settings.role_hint", "settings.token_role", "settings.token_role_hint",
  "sell.category", "sell.check_bad", "sell.check_good", "sell.delivery", "sell.deployment_state", "sell.entry", "sell.event", "sell.fault", "sell.field", "sell.goal", "sell.meter", "sell.part", "sell.plan_field", "sell.refund", "sell.state", "sell.step",
  "catalogue.price_", "catalogue.sort_", "common.kind", "component", "delivery", "error", "lang", "library", "licence", "log.step", "account.by", "log.value", "log.why", "order.fulfilment", "order.refuse", "price.meter", "price.refund_", "record",
  "right", "state.deployment", "state.entitlement", "state.hold", "state.listing", "state.order", "state.payment", "state.prediction", "state.refund", "state.topup",
  "state.upload", "task", "term.role", "wallet.kind",
];
const areas = [...new Set(["language", "common", "nav", "home", "catalogue", "repo", "files", "price", "try", "code", "order", "checkout", "wallet",
  "account", "settings", "sell", "operator", "log", "error", "state", "term", "login", "upload", "design", "zz",
  "about", "versions", "search", "profile", "task", "licence", "library", "lang", "delivery", "right", "record", "component"])];
// Read by the build and the server themselves.
const always = ["language.name", "language.tag", "zz.end"];

export function languages() {
  return fs.readdirSync(folder).filter((one) => one.endsWith(".json")).map((one) => one.slice(0, -5))
    .sort((a, b) => (a === "en" ? -1 : b === "en" ? 1 : a < b ? -1 : 1));
}

export function readMessages() {
  return Object.fromEntries(languages().map((one) => [one, JSON.parse(fs.readFileSync(path.join(folder, `${one}.json`), "utf8"))]));
}

// Names of arguments ("{n}", "{n, plural, ...}") and slots ("<link>") of a message; throws when braces do not match.
export function shape(text) {
  const names = new Set();
  const plurals = new Set();
  const slots = new Set([...text.matchAll(/<([a-z]+)>/g)].map((one) => `<${one[1]}>`));
  for (const slot of slots) if (!text.includes(`</${slot.slice(1)}`)) throw new Error(`slot ${slot} is not closed`);
  const read = (at, inside) => { // returns the position after the closing brace
    for (let i = at; i < text.length; i++) {
      if (text[i] === "}") {
        if (!inside) throw new Error("a } too many");
        return i + 1;
      }
      if (text[i] !== "{") continue;
      const head = /^\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\}|,\s*(plural|select|selectordinal)\s*,)/.exec(text.slice(i));
      if (!head) throw new Error(`unclear placeholder at ${i}`);
      names.add(head[1]);
      i += head[0].length;
      if (head[2]) {
        plurals.add(head[1]);
        let other = false;
        for (;;) {
          const option = /^\s*(=\d+|[A-Za-z_]+)\s*\{/.exec(text.slice(i));
          if (!option) break;
          other ||= option[1] === "other";
          i = read(i + option[0].length, true);
        }
        const end = /^\s*\}/.exec(text.slice(i));
        if (!end) throw new Error(`${head[2]} of ${head[1]} is not closed`);
        if (!other) throw new Error(`${head[2]} of ${head[1]} has no other`);
        i += end[0].length;
      }
      i -= 1;
    }
    if (inside) throw new Error("a } is missing");
    return text.length;
  };
  read(0, false);
  return { names: [...names].sort(), slots: [...slots].sort(), plurals };
}

// "state.order" stands for "state.order.*", "catalogue.sort_" for "catalogue.sort_*".
const under = (prefix) => (/[._]$/.test(prefix) ? prefix : `${prefix}.`);

// The keys of `known` that the texts of some sources use.
export function usedKeys(sources, known) {
  const exists = new Set(known);
  const used = new Set();
  const prefixes = new Set();
  for (const source of sources) {
    for (const match of source.matchAll(/["'`]([a-z]+\.[A-Za-z0-9_.-]+)["'`]/g)) if (exists.has(match[1])) used.add(match[1]);
    for (const match of source.matchAll(/\b(?:tFor|hasMessage)\(\s*["']([a-z_.]+)["']/g)) prefixes.add(match[1]);
  }
  for (const key of known) for (const prefix of prefixes) if (key.startsWith(under(prefix))) used.add(key);
  return [...used].sort();
}

function* sourcesIn(where, pattern) {
  if (!fs.existsSync(where)) return;
  for (const item of fs.readdirSync(where, { withFileTypes: true })) {
    if (item.name === "node_modules" || item.name.startsWith(".")) continue;
    const full = path.join(where, item.name);
    if (item.isDirectory()) yield* sourcesIn(full, pattern);
    else if (pattern.test(item.name)) yield full;
  }
}

export function checkMessages() {
  const errors = [];
  const untidy = []; // faults of the check, not of the build: a new language may start as a copy, a merge may leave lines out of order
  const texts = readMessages();
  const english = texts.en;
  const same = new Set(fs.readFileSync(path.join(folder, "same-as-english.txt"), "utf8").split("\n").filter((one) => one && !one.startsWith("#")));
  for (const [language, table] of Object.entries(texts)) {
    const keys = Object.keys(table);
    const raw = fs.readFileSync(path.join(folder, `${language}.json`), "utf8");
    if (raw !== `${JSON.stringify(table, null, 1)}\n` || keys.join("\n") !== [...keys].sort().join("\n")) {
      untidy.push(`messages/${language}.json is not in order: run node tools/sort-messages.mjs`);
    }
    for (const key of keys) {
      const where = `${language} ${key}`;
      const text = table[key];
      if (!areas.includes(key.split(".")[0])) errors.push(`${where}: unknown area`);
      if (!(key in english)) errors.push(`${where}: not in en.json`);
      if (typeof text !== "string" || text === "") {
        errors.push(`${where}: empty`);
        continue;
      }
      if (text.includes("'")) errors.push(`${where}: write ’ instead of an ASCII apostrophe (it quotes in MessageFormat)`);
      try {
        const own = shape(text);
        if (language === "en") {
          if (own.names.includes("count") && !own.plurals.has("count")) errors.push(`${where}: {count} without plural`);
        } else if (key in english) {
          const first = shape(english[key]);
          if (own.names.join() !== first.names.join()) errors.push(`${where}: placeholders ${own.names} instead of ${first.names}`);
          if (own.slots.join() !== first.slots.join()) errors.push(`${where}: slots ${own.slots} instead of ${first.slots}`);
          if (text === english[key] && /[A-Za-z]{2}/.test(text.replace(/\{[^}]*\}/g, "")) && !same.has(key)) {
            untidy.push(`${where}: equals the English; if that is right, name it in messages/same-as-english.txt`);
          }
        }
      } catch (error) {
        errors.push(`${where}: ${error.message}`);
      }
    }
    for (const key of Object.keys(english)) if (!(key in table)) errors.push(`${language} ${key}: missing`);
  }
  for (const key of same) if (!(key in english)) errors.push(`messages/same-as-english.txt: ${key} does not exist`);

  const cpp = path.join(web, "..", "src", "protocols", "pages");
  const files = [...sourcesIn(web, /\.tsx?$/), ...sourcesIn(cpp, /\.[ch]pp$/)];
  const bodies = files.map((file) => fs.readFileSync(file, "utf8").replace(/^\s*(\/\/|\/\*\*).*$/gm, ""));
  const cppPrefixes = [];
  const cppEndings = [];
  bodies.forEach((body, i) => {
    for (const match of body.matchAll(/\b(?:t|tx|t\.rich)\(\s*(?:[\w.]+,\s*)?"([a-z]+\.[A-Za-z0-9_.-]+)"/g)) {
      if (areas.includes(match[1].split(".")[0]) && !(match[1] in english)) errors.push(`${path.relative(web, files[i])}: ${match[1]} is in no messages file`);
    }
    // the server's code joins a prefix with a word: "task." + task
    if (/\.[ch]pp$/.test(files[i])) {
      for (const match of body.matchAll(/"([a-z]+\.[a-z_.]*[._]|[a-z]+\.)"/g)) {
        if (areas.includes(match[1].split(".")[0])) cppPrefixes.push(match[1]);
      }
      // or a key with an ending: count + "_more"
      for (const match of body.matchAll(/\+ "(_[a-z_]+)"/g)) cppEndings.push(match[1]);
    }
    for (const match of body.matchAll(/\b(?:tFor|hasMessage)\(\s*"([a-z_.]+)"/g)) {
      if (!dynamicPrefixes.includes(match[1])) errors.push(`${path.relative(web, files[i])}: prefix ${match[1]} is not in dynamicPrefixes of tools/check-messages.mjs`);
    }
  });
  const named = (key) => cppPrefixes.some((prefix) => key.startsWith(prefix));
  const used = new Set([...usedKeys(bodies, Object.keys(english)), ...always]);
  const ended = (key) => cppEndings.some((ending) => key.endsWith(ending) && used.has(key.slice(0, -ending.length)));
  const unused = Object.keys(english).filter((key) => !used.has(key) && !named(key) && !ended(key) && !dynamicPrefixes.some((prefix) => key.startsWith(under(prefix))));
  const inUse = new Set(bodies.flatMap((body) => [...body.matchAll(/\b(?:tFor|hasMessage)\(\s*["']([a-z_.]+)["']/g)].map((match) => match[1])));
  for (const prefix of dynamicPrefixes) {
    if (!inUse.has(prefix) && !cppPrefixes.includes(under(prefix))) untidy.push(`tools/check-messages.mjs: no source makes keys of the prefix ${prefix}`);
  }
  for (const key of unused) untidy.push(`${key}: no source uses it`);
  return { errors, untidy };
}

if (process.argv[1]?.endsWith("check-messages.mjs")) {
  const { errors, untidy } = checkMessages();
  const faults = [...errors, ...untidy];
  for (const one of faults) console.error(`messages: ${one}`);
  console.log(`messages: ${faults.length} faults`);
  process.exit(faults.length > 0 ? 1 : 0);
}
