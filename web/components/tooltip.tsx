// A hint that also opens on focus, can be hovered, and goes with Esc (WCAG 1.4.13).
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

export interface TooltipProps {
  text: ComponentChildren;
  children: ComponentChildren;
  /** the child takes focus itself (a button): no extra tab stop */
  focusable?: boolean;
  /** opens towards the start, at the right edge of a page */
  end?: boolean;
}

export function Tooltip(props: TooltipProps) {
  const id = useId();
  const [off, setOff] = useState(false);
  return (
    <span
      class={`tooltip ${off ? "off" : ""} ${props.end ? "end" : ""}`}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !off) {
          event.stopPropagation();
          setOff(true);
        }
      }}
      onMouseEnter={() => setOff(false)}
      onFocusCapture={() => setOff(false)}
    >
      {props.focusable ? props.children : <span class="exact" tabIndex={0} aria-describedby={id}>{props.children}</span>}
      <span role="tooltip" id={id}>{props.text}</span>
    </span>
  );
}
