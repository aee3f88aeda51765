// One component on the design page: its name, and its states side by side.
import type { ComponentChildren } from "preact";

export function Part({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <section class="section stack" id={name.toLowerCase().replace(/\W+/g, "-")} aria-label={name}>
      <h2>{name}</h2>
      {children}
    </section>
  );
}
