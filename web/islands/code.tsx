// <k-code>: the samples as tabs; the chosen one is remembered.
import { render } from "preact";
import { useState } from "preact/hooks";
import { CodeBlock } from "../components/code-block.tsx";
import { Tabs } from "../components/tabs.tsx";
import { propsOf } from "../lib/context.ts";
import { remember, remembered } from "../lib/drafts.ts";
import { t } from "../lib/messages.ts";

interface Sample {
  id: string;
  label: string;
  language: string;
  text: string;
}

function Samples({ samples }: { samples: Sample[] }) {
  const before = remembered("code");
  const [selected, select] = useState(samples.find((one) => one.id === before)?.id ?? samples[0]?.id ?? "");
  return (
    <div>
      <Tabs
        label={t("code.samples")}
        selected={selected}
        onSelect={(id) => {
          select(id);
          remember("code", id);
        }}
        tabs={samples.map((one) => ({ id: one.id, label: one.label, content: <CodeBlock key={one.id} text={one.text} language={one.language} title={one.label} /> }))}
      />
    </div>
  );
}

export function mount(element: HTMLElement): void {
  const { samples = [] } = propsOf<{ samples?: Sample[] }>(element);
  if (samples.length < 2) return;
  element.replaceChildren();
  render(<Samples samples={samples} />, element);
}
