// What a header says, as tables: sums, inputs and outputs, metadata, tensors. Names are other people's text.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { Table } from "../components/table.tsx";
import { formatCompact, formatList, formatNumber } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { pieces } from "../lib/visible.ts";
import { sumOf, valuesIn, type Fact, type Header, type Tensor } from "./header.ts";

const atFirst = 100;
const atMost = 5_000;

function Foreign({ text }: { text: string }) {
  return <bdi>{pieces(text).map((one, i) => (one.marked ? <span key={i} class="bidi-mark">{one.text}</span> : one.text))}</bdi>;
}

const shapeText = (shape: Tensor["shape"]): string => (shape.length === 0 ? t("files.scalar") : shape.map(String).join(" × "));
const count = (shape: Tensor["shape"]): string => {
  const values = valuesIn(shape);
  return values === undefined ? "—" : formatNumber(values);
};

/** The first rows, the rest at a press. */
function Rows<T>({ all, children }: { all: T[]; children: (rows: T[]) => ComponentChildren }) {
  const [whole, setWhole] = useState(false);
  const rows = all.slice(0, whole ? atMost : atFirst);
  return (
    <>
      {children(rows)}
      {rows.length < all.length ? (
        <p class="row">
          {whole ? <span class="meta">{t("files.tensors_more", { count: all.length - rows.length })}</span>
            : <Button small onClick={() => setWhole(true)}>{t("common.more_count", { count: all.length - rows.length })}</Button>}
        </p>
      ) : null}
    </>
  );
}

function Tensors({ caption, tensors, counted, hideCaption }: { caption: string; tensors: Tensor[]; counted?: boolean; hideCaption?: boolean }) {
  return (
    <Rows all={tensors}>
      {(rows) => (
        <Table
          caption={caption}
          hideCaption={hideCaption ?? false}
          rows={rows.map((tensor, i) => ({ ...tensor, i }))}
          rowKey={(one) => String(one.i)}
          columns={[
            { id: "name", head: t("common.name"), cell: (one) => <code><Foreign text={one.name} /></code> },
            { id: "dtype", head: t("files.tensor_type"), cell: (one) => <Foreign text={one.dtype} />, phone: "second" },
            { id: "shape", head: t("files.tensor_shape"), cell: (one) => <Foreign text={shapeText(one.shape)} />, num: true, phone: "second" },
            ...(counted ? [{ id: "count", head: t("files.tensor_values"), cell: (one: Tensor) => count(one.shape), num: true, phone: "off" as const }] : []),
          ]}
        />
      )}
    </Rows>
  );
}

function Facts({ facts }: { facts: Fact[] }) {
  return (
    <details class="panel">
      <summary>{t("files.metadata_count", { count: facts.length })}</summary>
      <dl class="dl">
        {facts.flatMap(({ name, value }, i) => [
          <dt key={`${i}n`}><code><Foreign text={name} /></code></dt>,
          <dd key={`${i}v`}><Foreign text={value} /></dd>,
        ])}
      </dl>
    </details>
  );
}

export function HeaderView({ header }: { header: Header }) {
  const { all, byType } = sumOf(header.tensors);
  return (
    <section class="stack tensors" aria-label={t("files.tensors")}>
      <dl class="dl">
        <dt>{t("files.format")}</dt>
        <dd>{header.format}</dd>
        <dt>{t("files.tensors")}</dt>
        <dd class="num">{formatNumber(header.tensors.length)}{header.cut ? "+" : ""}</dd>
        <dt>{t("files.parameters")}</dt>
        <dd class="num">{formatCompact(all)}{header.cut ? "+" : ""} {all >= 1000n ? <span class="meta">({formatNumber(all)})</span> : null}</dd>
        {byType.length > 0 ? (
          <>
            <dt>{t("files.by_type")}</dt>
            <dd><Foreign text={formatList(byType.slice(0, 12).map(({ dtype, count: n }) => `${dtype} ${formatCompact(n)}`))} /></dd>
          </>
        ) : null}
      </dl>
      {header.cut ? <p class="notice notice-info">{t("files.header_cut")}</p> : null}
      {header.inputs.length > 0 ? <Tensors caption={t("files.inputs")} tensors={header.inputs} /> : null}
      {header.outputs.length > 0 ? <Tensors caption={t("files.outputs")} tensors={header.outputs} /> : null}
      {header.facts.length > 0 ? <Facts facts={header.facts} /> : null}
      {header.tensors.length > 0 ? <Tensors caption={t("files.tensors")} tensors={header.tensors} counted /> : null}
    </section>
  );
}
