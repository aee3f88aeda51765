// The boxes of the filters as the newest answer counts them. A box whose values are the same keeps its elements, and so the focus; one whose values
// changed is put in anew. What somebody typed (the highest price) is left alone.

const boxesOf = (holder: ParentNode): HTMLFieldSetElement[] => Array.from(holder.children).filter((one): one is HTMLFieldSetElement => one instanceof HTMLFieldSetElement);
const inputsOf = (box: Element): HTMLInputElement[] => Array.from(box.querySelectorAll<HTMLInputElement>("input[type=checkbox], input[type=radio]"));
const keyOf = (one: HTMLInputElement): string => `${one.name}=${one.value}`;
const countOf = (one: HTMLInputElement): Element | null => one.parentElement?.querySelector(".count") ?? null;

/** A radio that was on is taken back by a second press (filter.ts). */
export function markRadios(holder: ParentNode): void {
  for (const one of holder.querySelectorAll<HTMLInputElement>("input[type=radio]")) {
    if (one.checked) one.dataset["was"] = "on";
    else delete one.dataset["was"];
  }
}

function refresh(old: HTMLFieldSetElement, fresh: HTMLFieldSetElement): void {
  const [before, now] = [inputsOf(old), inputsOf(fresh)];
  const counted = (all: HTMLInputElement[]): string => all.map((one) => keyOf(one) + (countOf(one) ? "#" : "")).join("&");
  if (counted(before) === counted(now)) {
    before.forEach((one, i) => {
      const other = now[i];
      if (!other) return;
      one.checked = other.checked;
      const [here, there] = [countOf(one), countOf(other)];
      if (here && there && here.textContent !== there.textContent) here.textContent = there.textContent;
    });
    return;
  }
  const focused = document.activeElement instanceof HTMLInputElement && old.contains(document.activeElement) ? keyOf(document.activeElement) : undefined;
  const open = old.querySelector("details")?.open ?? false;
  old.replaceWith(fresh);
  const more = fresh.querySelector("details");
  if (more) more.open = open;
  if (focused !== undefined) now.find((one) => keyOf(one) === focused)?.focus({ preventScroll: true });
}

/** The element whose children the boxes are: the fold of the page, or the sheet while it is open. */
const holderIn = (form: ParentNode): Element | null | undefined => form.querySelector("fieldset.facet")?.parentElement;

/** `answer`: boxes as the server wrote them; copied. */
export function putFacets(form: ParentNode, answer: DocumentFragment): void {
  const holder = holderIn(form);
  if (!holder) return;
  const old = new Map(boxesOf(holder).map((one) => [one.dataset["facet"] ?? "", one]));
  let last: Element | undefined;
  for (const box of boxesOf(answer.cloneNode(true) as DocumentFragment)) {
    const name = box.dataset["facet"] ?? "";
    const there = old.get(name);
    old.delete(name);
    if (name === "" && there) last = there;
    else if (there) {
      refresh(there, box);
      last = there.isConnected ? there : box;
    } else {
      const first = boxesOf(holder)[0];
      if (last) last.after(box);
      else if (first) first.before(box);
      else holder.append(box);
      last = box;
    }
  }
  for (const gone of old.values()) gone.remove();
  markRadios(holder);
}

/** The boxes that stand there now, to be put back later. */
export function keepFacets(form: ParentNode): HTMLTemplateElement {
  const holder = holderIn(form);
  const kept = document.createElement("template");
  kept.dataset["facets"] = "";
  if (holder) kept.content.append(...boxesOf(holder).map((one) => one.cloneNode(true)));
  return kept;
}
