// What a run answered: scores as bars, text as text, everything else as JSON. Nothing of it is ever HTML.
import { useState } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { CopyButton } from "../components/copy.tsx";
import { formatPercent } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { pieces } from "../lib/visible.ts";
import { labelsOf, textOf, type Label } from "./run.ts";

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

export function Output({ output }: { output: unknown }) {
  const labels = labelsOf(output);
  const text = labels ? undefined : textOf(output);
  const json = JSON.stringify(output, null, 2);
  const own = text !== undefined && (text.startsWith("/") || text.startsWith(`${location.origin}/`)) && !/\s/.test(text);
  return (
    <div class="stack tight">
      {labels ? <Scores labels={labels} /> : null}
      {own ? <p><a href={text} download>{t("try.output_file")}</a></p> : null}
      {text !== undefined && !own ? (
        <div class="well answer" dir="auto">
          <p>{pieces(text).map((one, i) => (one.marked ? <span key={i} class="bidi-mark">{one.text}</span> : one.text))}</p>
          <CopyButton text={text} what={t("try.output")} />
        </div>
      ) : null}
      {labels || text !== undefined ? (
        <details class="fold-down"><summary>{t("try.as_json_output")}</summary><CodeBlock text={json} language="json" /></details>
      ) : <CodeBlock text={json} language="json" />}
    </div>
  );
}
