// Loads the highlighter for the first block that needs it.

/** Colours the code inside `root`; the highlighter is loaded by the first block that needs it. */
export function highlightIn(root: ParentNode): void {
  const blocks = root.querySelectorAll<HTMLElement>("pre > code[class^=language-]");
  if (blocks.length > 0) void import("./highlight.ts").then(({ highlight }) => highlight(blocks));
}
