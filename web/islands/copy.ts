// Gives each block of code in a card a copy button.
import { t } from "../lib/messages.ts";

export function copyOnBlocks(root: ParentNode): void {
  for (const pre of root.querySelectorAll<HTMLPreElement>(".prose pre")) {
    if (pre.closest(".codeblock")) continue;
    const box = document.createElement("div");
    box.className = "codeblock";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.dataset["copy"] = (pre.textContent ?? "").replace(/\n$/, "");
    button.textContent = t("common.copy");
    pre.replaceWith(box);
    box.append(pre, button);
    if (!pre.hasAttribute("tabindex")) pre.tabIndex = 0;
  }
}
