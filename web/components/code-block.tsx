// Code: language, copy, wrap; more than 40 lines fold; the scroll box can be reached and has a name.
import { useState } from "preact/hooks";
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
  const name = title ?? language ?? t("nav.sections");
  return (
    <div class={`codeblock ${folded ? "folded" : ""} ${wrapped ? "wrap-lines" : ""}`}>
      <header>
        <span>{name}</span>
        <button type="button" class="btn btn-quiet small" aria-pressed={wrapped} onClick={() => setWrapped(!wrapped)}>{t("common.wrap")}</button>
        <CopyButton text={text} what={name}><span>{t("common.copy")}</span></CopyButton>
      </header>
      <pre tabIndex={0} role="region" aria-label={name}>
        <code class={language ? `language-${language}` : undefined}>
          {pieces(text).map((one, i) => (one.marked ? <span key={i} class="bidi-mark">{one.text}</span> : one.text))}
        </code>
      </pre>
      {folded ? <button type="button" class="btn btn-quiet unfold" onClick={() => setFolded(false)}>{t("common.lines_more", { count: lines - foldAt })}</button> : null}
    </div>
  );
}
