// Formulas of cards as MathML, by Temml; loaded only where a page has any. A formula that cannot be read stays as its text.
import temml from "temml";

export function maths(spots: Iterable<HTMLElement>): void {
  for (const one of spots) {
    const text = one.textContent ?? "";
    const spot = document.createElement(one.tagName);
    try {
      // builds nodes, sets no HTML; trust off: no links, no classes from authors
      temml.render(text, spot, { displayMode: one.tagName === "DIV" || one.classList.contains("display"), throwOnError: true, trust: false, maxExpand: 200, maxSize: [50, 200] });
    } catch {
      continue;
    }
    one.replaceChildren(...Array.from(spot.childNodes));
    one.setAttribute("data-tex", text);
  }
}
