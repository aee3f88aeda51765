// What the check of a proof found: one sentence, the numbered steps with both values, the way to the root under a fold.
import type { ComponentChildren } from "preact";
import type { Checked, CheckStep } from "../lib/evidence.ts";
import { formatNumber } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { fromHex } from "../lib/sha256.ts";
import { Hash } from "./copy.tsx";
import { MerklePath } from "./merkle-path.tsx";
import { Notice } from "./notice.tsx";

function value(text: string): ComponentChildren {
  return /^[0-9a-f]{64}$/.test(text) ? <Hash hash={text} length={16} /> : <code class="hash">{text}</code>;
}

function About({ step }: { step: CheckStep }) {
  if (step.state === "ok") {
    if (step.name === "growth" && step.expected) return <p class="meta">{t("log.ok.growth_size", { size: formatNumber(Number(step.expected)) })}</p>;
    return step.expected ? <p class="meta">{tFor("log.value", step.name)} {value(step.expected)}</p> : null;
  }
  return (
    <div class="stack tight">
      {step.why ? <p class={step.state === "bad" ? undefined : "meta"}>{tFor("log.why", step.why)}</p> : null}
      {step.state === "bad" && step.computed !== undefined && step.expected !== undefined ? (
        <dl class="dl">
          <dt>{t("log.computed")}</dt>
          <dd>{value(step.computed)}</dd>
          <dt>{t("log.stated")}</dt>
          <dd>{value(step.expected)}</dd>
        </dl>
      ) : null}
    </div>
  );
}

/** The record's fields; its keys are those of the trade log's own format. */
function RecordText({ record }: { record: string }) {
  let fields: [string, unknown][];
  try {
    fields = Object.entries(JSON.parse(record) as { [key: string]: unknown });
  } catch {
    fields = [];
  }
  return (
    <details class="fold-down">
      <summary>{t("log.record_says")}</summary>
      {fields.length > 0 ? (
        <dl class="dl">
          {fields.map(([name, one]) => [<dt key={name}><code>{name}</code></dt>, <dd key={`${name}=`}><code class="hash"><bdi>{typeof one === "string" ? one : JSON.stringify(one)}</bdi></code></dd>])}
        </dl>
      ) : <code class="hash"><bdi>{record}</bdi></code>}
    </details>
  );
}

export interface ProofResultProps {
  checked: Checked;
  /** the record's text, to be read */
  record?: string | undefined;
  /** the way to the root is drawn open */
  open?: boolean;
  /** of the steps; one below what stands above them */
  heading?: "h2" | "h3";
  /** while the log is asked for its present checkpoint */
  growing?: boolean;
  children?: ComponentChildren;
}

export function ProofResult({ checked, record, open = false, heading = "h3", growing = false, children }: ProofResultProps) {
  const { failed, steps } = checked;
  const Heading = heading;
  const told = steps.filter((one) => one.name !== "growth").every((one) => one.state === "ok");
  const numbers = { n: formatNumber(checked.index), size: formatNumber(checked.size), origin: checked.origin };
  return (
    <div class="stack">
      {failed !== undefined ? (
        <Notice tone="bad" live="alert" title={t("log.proof_bad", { n: failed })}>{tFor("log.step", steps[failed - 1]?.name ?? "")}</Notice>
      ) : told ? (
        <Notice tone="ok" live="status" title={t("log.proof_holds", numbers)}>{children}</Notice>
      ) : (
        <Notice tone="warn" live="status" title={t("log.proof_partly")}>{t("log.proof_partly_why")}</Notice>
      )}
      <ol class="check-steps">
        {steps.map((one) => {
          const waiting = growing && one.name === "growth" && one.state === "open";
          return (
            <li key={one.name} class={waiting ? "open" : one.state} aria-busy={waiting ? "true" : undefined}>
              <Heading>
                {tFor("log.step", one.name)} <span class="said">{waiting ? t("common.busy") : one.state === "ok" ? t("log.said_ok") : one.state === "bad" ? t("log.said_bad") : t("log.said_open")}</span>
              </Heading>
              {waiting ? null : <About step={one} />}
              {one.name === "record" && record !== undefined ? <RecordText record={record} /> : null}
              {one.name === "path" && checked.leafHash ? (
                <details class="fold-down" open={open || one.state === "bad"}>
                  <summary>{t("log.path_show", { count: checked.path.length })}</summary>
                  <MerklePath leaf={fromHex(checked.leafHash)} steps={checked.path} root={fromHex(checked.root)} ok={checked.pathHolds} />
                </details>
              ) : null}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
