// Evidence of an order: its records in the trade log; one of them verified here, kept as a file, printed.
import { useState } from "preact/hooks";
import type { Order } from "../api/answers.ts";
import { api, isApiError } from "../api/client.ts";
import { growthOf, orderProof } from "../api/evidence.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { Hash } from "../components/copy.tsx";
import { ProofResult } from "../components/proof-result.tsx";
import { ErrorPanel } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { context } from "../lib/context.ts";
import { checkEvidence, readEvidence, withGrowth, type Checked } from "../lib/evidence.ts";
import { saveFile } from "../lib/files.ts";
import { formatNumber, shortId } from "../lib/format.ts";
import { parseVerifierKey } from "../lib/merkle.ts";
import { t, tFor } from "../lib/messages.ts";
import { withQuery } from "../lib/url.ts";

interface State {
  busy?: "check" | "file";
  error?: unknown;
  checked?: Checked;
  record?: string;
  growing?: boolean;
}

export function OrderEvidence({ order }: { order: Order }) {
  const records = order.trade_log;
  const [kind, setKind] = useState(records.some((one) => one.kind === "order.paid") ? "order.paid" : (records[0]?.kind ?? ""));
  const [state, setState] = useState<State>({});
  const chosen = records.find((one) => one.kind === kind);
  const logged = records.filter((one) => one.index !== null);

  const check = async (): Promise<void> => {
    setState({ busy: "check" });
    try {
      const [{ file, record }, keyText] = await Promise.all([orderProof(order.id, kind), context.log_key ?? api.get("/log/key", { accept: "text/plain" })]);
      const key = parseVerifierKey(keyText);
      const evidence = readEvidence(file);
      const checked = checkEvidence(evidence, key);
      setState({ checked, record: record.record, growing: true });
      setState({ checked: withGrowth(checked, await growthOf(evidence, key)), record: record.record });
    } catch (error) {
      setState({ error });
    }
  };
  const keep = async (): Promise<void> => {
    setState({ ...state, busy: "file", error: undefined });
    try {
      const { file } = await orderProof(order.id, kind);
      saveFile(`${order.id}-${kind}.tlog-proof`, "text/plain;charset=utf-8", file);
      setState({ ...state, busy: undefined });
    } catch (error) {
      setState({ error });
    }
  };

  if (records.length === 0) return null;
  return (
    <section class="panel stack" aria-labelledby="evidence">
      <div class="spread">
        <h2 id="evidence">{t("term.evidence")}</h2>
        {logged.length === records.length && chosen?.index != null ? <span class="mark-ok">{t("order.in_log", { n: formatNumber(chosen.index) })}</span> : <span class="meta">{t("order.log_waiting")}</span>}
      </div>
      <p class="meta">{t("order.evidence_why")}</p>
      <Table
        caption={t("order.records")}
        hideCaption
        rows={records}
        rowKey={(one) => one.leaf_hash}
        columns={[
          { id: "kind", head: t("term.record"), cell: (one) => (
            <label class="check">
              <input type="radio" name="record" checked={one.kind === kind} onChange={() => {
                setKind(one.kind);
                setState({});
              }} />
              <span>{tFor("record", one.kind)}</span>
            </label>
          ) },
          { id: "index", head: t("term.entry"), cell: (one) => (one.index === null ? "…" : <a href={`/trade-log/entries/${one.index}`}>{formatNumber(one.index)}</a>), num: true },
          { id: "hash", head: t("term.hash"), cell: (one) => <Hash hash={one.leaf_hash} length={16} />, phone: "second" },
        ]}
      />
      <div class="row">
        <Button busy={state.busy === "check"} onClick={() => void check()}>{t("order.verify_here")}</Button>
        <Button busy={state.busy === "file"} onClick={() => void keep()}>{t("order.proof_download")}</Button>
        <LinkButton kind="quiet" href={withQuery("/trade-log/verify", { order: order.id, kind: kind === "order.paid" ? undefined : kind })}>{t("order.verifier_open")}</LinkButton>
        <Button kind="quiet" onClick={() => print()}>{t("common.print")}</Button>
      </div>
      {state.error ? (
        <ErrorPanel error={state.error} onRetry={() => void check()} title={isApiError(state.error) && state.error.code === "not_yet_covered" ? t("order.not_covered") : undefined} />
      ) : null}
      {state.checked ? <ProofResult checked={state.checked} record={state.record} growing={state.growing ?? false}>{t("order.proof_of", { id: shortId(order.id) })}</ProofResult> : null}
    </section>
  );
}
