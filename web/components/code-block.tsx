// Code: language, copy, wrap; more than 40 lines fold; the scroll box can be reached and has a name.
import { useEffect, useRef, useState } from "preact/hooks";
import { highlightIn } from "../lib/highlight-in.ts";
import { t } from "../lib/messages.ts";
import { pieces } from "../lib/visible.ts";
import { CopyButton } from "./copy.tsx";

export interface CodeBlockProps {
  text: string;
  /** "python", "bash", "json": shown, and for the highlighter */
  language?: string;
  title?: string;
  wrap?: boolean;
}

const foldAt = 40;

export function CodeBlock({ text, language, title, wrap = false }: CodeBlockProps) {
  const lines = text.split("\n").length;
  const [folded, setFolded] = useState(lines > foldAt);
  const [wrapped, setWrapped] = useState(wrap);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (root.current) highlightIn(root.current);
  }, [text, language]);
  const name = title ?? language ?? t("nav.sections");
  return (
    <div ref={root} class={`codeblock ${folded ? "folded" : ""} ${wrapped ? "wrap-lines" : ""}`}>
      <header>
        <span>{name}</span>
        <button type="button" class="btn btn-quiet small" aria-pressed={wrapped} onClick={() => setWrapped(!wrapped)}>{t("common.wrap")}</button>
        <CopyButton text={text} what={name}><span>{t("common.copy")}</span></CopyButton>
      </header>
      <pre tabIndex={0} role="region" aria-label={name}>
        <code key={text} class={language ? `language-${language}` : undefined}>
          {pieces(text).map((one, i) => (one.marked ? <span key={i} class="bidi-mark">{one.text}</span> : one.text))}
        </code>
      </pre>
      {folded ? <button type="button" class="btn btn-quiet unfold" onClick={() => setFolded(false)}>{t("common.lines_more", { count: lines - foldAt })}</button> : null}
    </div>
  );
}
