// LinkTabs and LinkChips change the address (aria-current); Tabs switch inside a view (tablist: arrows, Home, End).
import type { ComponentChildren } from "preact";
import { showCurrent } from "../lib/visible.ts";
import { useEffect, useId, useRef } from "preact/hooks";

export interface LinkTab {
  href: string;
  label: ComponentChildren;
  current?: boolean;
  count?: ComponentChildren;
}

export function LinkTabs(props: { label: string; tabs: LinkTab[] }) {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    if (nav.current) showCurrent(nav.current);
  });
  return (
    <nav class="tabs" ref={nav} aria-label={props.label}>
      {props.tabs.map((one) => (
        <a class="tab" key={one.href} href={one.href} aria-current={one.current ? "page" : undefined}>
          {one.label}
          {one.count === undefined ? null : <span class="count">{one.count}</span>}
        </a>
      ))}
    </nav>
  );
}

/** Links below the tabs that narrow a list down; the current one is marked. */
export function LinkChips(props: { label: string; tabs: LinkTab[] }) {
  return (
    <nav class="chips" aria-label={props.label}>
      {props.tabs.map((one) => (
        <a class="chip" key={one.href} href={one.href} aria-current={one.current ? "true" : undefined}>
          {one.label}
          {one.count === undefined ? null : <span class="count">{one.count}</span>}
        </a>
      ))}
    </nav>
  );
}

export interface TabsProps {
  label: string;
  tabs: { id: string; label: ComponentChildren; content: ComponentChildren }[];
  selected: string;
  onSelect: (id: string) => void;
}

export function Tabs(props: TabsProps) {
  const base = useId();
  const list = useRef<HTMLDivElement>(null);
  const at = Math.max(0, props.tabs.findIndex((one) => one.id === props.selected));
  const move = (event: KeyboardEvent): void => {
    const last = props.tabs.length - 1;
    const to = event.key === "ArrowRight" ? (at + 1) % (last + 1) : event.key === "ArrowLeft" ? (at + last) % (last + 1) : event.key === "Home" ? 0 : event.key === "End" ? last : -1;
    const tab = props.tabs[to];
    if (!tab) return;
    event.preventDefault();
    props.onSelect(tab.id);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[to]?.focus();
  };
  return (
    <div>
      <div class="tabs" role="tablist" aria-label={props.label} ref={list} onKeyDown={move}>
        {props.tabs.map((one, i) => (
          <button type="button" key={one.id} role="tab" class="tab" id={`${base}-${one.id}`} aria-selected={i === at} aria-controls={`${base}-panel`} tabIndex={i === at ? 0 : -1} onClick={() => props.onSelect(one.id)}>
            {one.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${base}-panel`} aria-labelledby={`${base}-${props.tabs[at]?.id ?? ""}`} tabIndex={0}>
        {props.tabs[at]?.content}
      </div>
    </div>
  );
}
