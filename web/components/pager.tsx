// Newer and older as real links; the range only when it is known.
import type { ComponentChildren } from "preact";
import { t } from "../lib/messages.ts";

export interface PagerProps {
  newer?: string | undefined;
  older?: string | undefined;
  range?: ComponentChildren;
  /** for soft navigation; without it the links are followed */
  onGo?: (href: string) => void;
}

export function Pager(props: PagerProps) {
  if (!props.newer && !props.older && !props.range) return null;
  const link = (href: string | undefined, rel: "prev" | "next", text: string) =>
    href ? (
      <a class="btn btn-plain" rel={rel} href={href} onClick={(event) => {
        if (!props.onGo || event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        props.onGo(href);
      }}>{text}</a>
    ) : null;
  return (
    <nav class="pager" aria-label={t("common.pages")}>
      {props.range ? <span class="range">{props.range}</span> : null}
      {link(props.newer, "prev", `‹ ${t("common.newer")}`)}
      {link(props.older, "next", `${t("common.older")} ›`)}
    </nav>
  );
}
