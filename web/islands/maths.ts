// Formulas of cards as MathML, by Temml. An entry of its own, only on pages whose card has any, and run as soon as it is there: until then
// what stands from the first formula on is out of sight (styles/prose.css). A formula that cannot be read stays as its text.
import temml from "temml";

function maths(): void {
  for (const one of document.querySelectorAll<HTMLElement>(".prose .math:not([data-tex])")) {
    const text = one.textContent ?? "";
    const spot = document.createElement(one.tagName);
    try {
      // builds nodes, sets no HTML; trust off: no links, no classes from authors
      temml.render(text, spot, { displayMode: one.tagName === "DIV" || one.classList.contains("display"), throwOnError: true, trust: false, maxExpand: 200, maxSize: [50, 200] });
      one.replaceChildren(...Array.from(spot.childNodes));
    } catch {
      // its source is what there is to show
    }
    one.setAttribute("data-tex", text);
  }
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", maths);
else maths();
