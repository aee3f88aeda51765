// Names and code of other people: characters that reorder or hide text are shown as marked code points. And the current tab of a row
// that scrolls sideways comes into sight.

const hidden = /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ue000-\uf8ff\u{e0000}-\u{e007f}]/u;

export interface Piece {
  text: string;
  /** a character that cannot be seen, as U+XXXX */
  marked: boolean;
}

/** Joiners and variation selectors inside an emoji stay; elsewhere they are marked. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let plain = "";
  const characters = [...text];
  characters.forEach((one, i) => {
    const before = characters[i - 1] ?? "";
    const joins = (one === "\u200d" || one === "\ufe0f") && /\p{Extended_Pictographic}|\ufe0f|\p{Emoji_Modifier}/u.test(before);
    if (!hidden.test(one) || joins) {
      plain += one;
      return;
    }
    if (plain) out.push({ text: plain, marked: false });
    plain = "";
    out.push({ text: `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`, marked: true });
  });
  if (plain) out.push({ text: plain, marked: false });
  return out;
}

/** On a narrow page rows of links scroll sideways: the current one is moved to the middle. */
export function showCurrent(row: HTMLElement): void {
  const current = row.querySelector<HTMLElement>("[aria-current]");
  if (current && row.scrollWidth > row.clientWidth) row.scrollLeft = current.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
}
