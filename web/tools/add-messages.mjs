// Adds or replaces messages from standard input: a header line "key | en | ja | zh", then one message a line, parts divided by " | ".
import * as fs from "node:fs";
import { languages, readMessages } from "./check-messages.mjs";
import { writeMessages } from "./sort-messages.mjs";

const [header, ...lines] = fs.readFileSync(0, "utf8").split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
const columns = header.split("|").map((one) => one.trim());
if (columns[0] !== "key" || languages().some((one) => !columns.includes(one))) throw new Error(`first line: key | ${languages().join(" | ")}`);
const texts = readMessages();
for (const line of lines) {
  const parts = line.split(/ \| /).map((one) => one.trim());
  if (parts.length !== columns.length) throw new Error(`not ${columns.length} parts: ${line}`);
  for (let i = 1; i < parts.length; i++) texts[columns[i]][parts[0]] = parts[i];
}
for (const [language, table] of Object.entries(texts)) writeMessages(language, table);
console.log(`messages: ${lines.length} written`);
