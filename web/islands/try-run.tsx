// The right half of "Try it": where the run stands, what came out, what it cost.
import type { Money as MoneyShape, Prediction } from "../api/answers.ts";
import { StateLine } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Id } from "../components/copy.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { Notice } from "../components/notice.tsx";
import { Money } from "../components/value.tsx";
import { formatDuration } from "../lib/format.ts";
import { isZero } from "../lib/money.ts";
import { t, tFor } from "../lib/messages.ts";
import { finished, stageOf, stepsOf } from "./run.ts";
import { Output } from "./try-output.tsx";

/** What is known about the price of a run: undefined while it is being looked up. */
export interface Cost {
  charged: MoneyShape;
  quantity: number;
}

export interface RunProps {
  run: Prediction;
  cold: boolean;
  /** seconds since it was sent */
  waited: number;
  metered: boolean;
  cost: Cost | undefined;
  freeLeft: number | undefined;
  canceling: boolean;
  onCancel: () => void;
  /** the run was of an earlier version of the model */
  older: boolean;
  lost: boolean;
}

/** The longest that a model may take to come up; the server gives up then too. */
const longestStart = 60_000;

function CostLine({ run, metered, cost, freeLeft }: Pick<RunProps, "run" | "metered" | "cost" | "freeLeft">) {
  if (run.status !== "succeeded") return <dd>{t("try.not_charged")}</dd>;
  if (!metered) return <dd>{t("try.own")}</dd>;
  if (!cost) return <dd aria-busy="true">{t("common.busy")}</dd>;
  return (
    <dd>
      {isZero(cost.charged) ? t("try.cost_free") : <Money money={cost.charged} />}
      {freeLeft === undefined ? null : <span class="meta"> · {t("try.free_left", { n: freeLeft })}</span>}
    </dd>
  );
}

export function Run(props: RunProps) {
  const { run, cold } = props;
  const stage = stageOf(run, cold);
  const over = finished(run);
  const taken = run.metrics?.predict_time;
  return (
    <div class="stack">
      <StateLine label={t("common.state")} steps={stepsOf(run, cold).map((one) => ({ label: tFor("state.prediction", one.stage === "running" ? "processing" : one.stage), at: one.at }))} />
      <div class="sr-only" role="status">{tFor("state.prediction", stage === "running" ? "processing" : stage)}</div>
      {props.lost ? <Notice tone="warn" live="status">{t("try.goes_on")}</Notice> : null}
      {props.older ? <Notice tone="info">{t("try.older_version")}</Notice> : null}
      {!over && stage === "starting" && props.waited >= 2 ? <Notice tone="info" live="status">{t("try.cold_start", { time: formatDuration(longestStart, "long") })}</Notice> : null}
      {over ? null : (
        <div class="row">
          <span class="meta money">{formatDuration(props.waited * 1_000)}</span>
          <Button small busy={props.canceling} onClick={props.onCancel}>{t("common.cancel")}</Button>
        </div>
      )}
      {run.status === "failed" ? <Notice tone="bad" live="alert" title={t("try.run_failed")}>{run.error ? <bdi lang="en">{run.error}</bdi> : null}</Notice> : null}
      {stage === "canceled" ? <Notice tone="info" live="status">{t("try.run_canceled")}</Notice> : null}
      {run.output === null || run.output === undefined ? null : <Output output={run.output} model={run.model} />}
      {run.data_removed ? <Notice tone="info">{t("try.data_removed")}</Notice> : null}
      {over ? (
        <dl class="dl">
          <dt>{t("try.cost")}</dt>
          <CostLine run={run} metered={props.metered} cost={props.cost} freeLeft={props.freeLeft} />
          {props.cost && props.metered ? [<dt key="u">{t("try.units")}</dt>, <dd key="v" class="money">{props.cost.quantity}</dd>] : null}
          {taken === undefined ? null : [<dt key="t">{t("try.time")}</dt>, <dd key="d" class="money">{formatDuration(taken * 1_000)}</dd>]}
          <dt>{t("try.run_id")}</dt>
          <dd><Id id={run.id} /></dd>
        </dl>
      ) : null}
      {run.logs ? <details class="fold-down"><summary>{t("try.logs")}</summary><CodeBlock text={run.logs} title={t("try.logs")} /></details> : null}
    </div>
  );
}
