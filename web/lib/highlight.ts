// Colours code after the first paint, only blocks in sight; plain text before. Six languages of highlight.js.
import core from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";
import yaml from "highlight.js/lib/languages/yaml";
import { markupOf } from "./fragment.ts";

for (const [name, language] of Object.entries({ bash, javascript, json, python, typescript, yaml })) core.registerLanguage(name, language);
core.registerAliases(["sh", "shell", "console", "zsh"], { languageName: "bash" });

const largest = 100_000;

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    colour(entry.target as HTMLElement);
  }
}, { rootMargin: "200px" });

function colour(code: HTMLElement): void {
  const language = /language-([\w+#-]+)/.exec(code.className)?.[1]?.toLowerCase() ?? "";
  const text = code.textContent ?? "";
  // a block with marked characters keeps its marks
  if (!core.getLanguage(language) || text.length > largest || code.childElementCount > 0) return;
  code.replaceChildren(markupOf(core.highlight(text, { language, ignoreIllegals: true }).value));
}

export function highlight(blocks: Iterable<HTMLElement>): void {
  for (const one of blocks) seen.observe(one);
}
