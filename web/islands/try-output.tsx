// What a run answered: scores as bars, files as pictures, text as text, everything else as JSON. Nothing of it is ever HTML.
import { useState } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { CopyButton } from "../components/copy.tsx";
import { context } from "../lib/context.ts";
import { formatPercent } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { pieces } from "../lib/visible.ts";
import { filesOf, labelsOf, textOf, type Label, type OutputFile } from "./run.ts";

const shownLabels = 5;

function Scores({ labels }: { labels: Label[] }) {
  const [all, setAll] = useState(false);
  const rows = all ? labels : labels.slice(0, shownLabels);
  return (
    <>
      <table class="scores">
        <caption class="sr-only">{t("try.scores")}</caption>
        <tbody>
          {rows.map((one, i) => (
            <tr key={one.label} class={i === 0 ? "best" : undefined}>
              <th scope="row"><bdi>{one.label}</bdi></th>
              <td class="share" aria-hidden="true"><span style={{ inlineSize: `${Math.max(0, Math.min(1, one.score)) * 100}%` }} /></td>
              <td class="num"><data value={String(one.score)} title={String(one.score)}>{formatPercent(one.score, 1)}</data></td>
            </tr>
          ))}
        </tbody>
      </table>
      {labels.length > shownLabels ? <div><Button kind="quiet" small onClick={() => setAll(!all)}>{all ? t("common.less") : t("common.more_count", { count: labels.length - shownLabels })}</Button></div> : null}
    </>
  );
}

function Pictures({ files }: { files: OutputFile[] }) {
  return (
    <ul class={`plain made-pictures${files.length > 1 ? " several" : ""}`}>
      {files.map((one) => (
        <li key={one.address}>
          <figure class="stack tight">
            <img src={one.address} alt={one.label === undefined ? t("try.output_picture") : t("try.output_mask", { label: one.label })} />
            <figcaption class="row">
              {one.label === undefined ? null : <bdi>{one.label}</bdi>}
              <a href={one.address} download={one.name}>{t("try.output_file")}</a>
            </figcaption>
          </figure>
        </li>
      ))}
    </ul>
  );
}

export function Output({ output, model }: { output: unknown; model: string }) {
  const labels = labelsOf(output);
  const files = labels ? undefined : filesOf(output, [location.origin, context.public_url], model);
  const text = labels || files ? undefined : textOf(output);
  const json = JSON.stringify(output, null, 2);
  return (
    <div class="stack tight">
      {labels ? <Scores labels={labels} /> : null}
      {files ? <Pictures files={files} /> : null}
      {text !== undefined ? (
        <div class="well answer" dir="auto">
          <p>{pieces(text).map((one, i) => (one.marked ? <span key={i} class="bidi-mark">{one.text}</span> : one.text))}</p>
          <CopyButton text={text} what={t("try.output")} />
        </div>
      ) : null}
      {labels || files || text !== undefined ? (
        <details class="fold-down"><summary>{t("try.as_json_output")}</summary><CodeBlock text={json} language="json" /></details>
      ) : <CodeBlock text={json} language="json" />}
    </div>
  );
}
