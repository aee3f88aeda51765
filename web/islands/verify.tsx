// <k-verify> on /trade-log/verify: checks a proof file in this browser, offline where the file is whole; ?order= for the parties of an order.
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { growthOf, newestProof, orderProof, withPublicLeaf } from "../api/evidence.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { EmptyState, ErrorPanel } from "../components/states.tsx";
import { FileDrop, type Dropped } from "../components/file-drop.tsx";
import { Notice } from "../components/notice.tsx";
import { ProofResult } from "../components/proof-result.tsx";
import { TextArea, TextField } from "../components/text-field.tsx";
import { useAddress } from "../components/use-address.ts";
import { context, propsOf } from "../lib/context.ts";
import { checkEvidence, NoEvidence, readEvidence, withGrowth, type Checked } from "../lib/evidence.ts";
import { useKept } from "../lib/kept.ts";
import { parseVerifierKey, type VerifierKey } from "../lib/merkle.ts";
import { t, tFor, tx } from "../lib/messages.ts";
import { withQuery } from "../lib/url.ts";
import type { Mount } from "./loader.ts";

interface VerifyProps {
  /** verifier key line of this log */
  key: string;
  origin: string;
}

/** A proof of a log with 2^53 entries has 53 hashes; records are small. */
const largestFile = 256 * 1024;

interface State {
  checked?: Checked;
  record?: string;
  growing?: boolean;
  /** a word of log.why */
  why?: string;
  error?: unknown;
  busy?: boolean;
  /** the leaf came from the log, not from the file */
  fetched?: boolean;
}

function Verify({ own }: { own: VerifyProps }) {
  const address = useAddress();
  const asked = address.get("order") ?? "";
  const kind = address.get("kind") ?? "order.paid";
  const [text, setText] = useKept("verify.text", "");
  const [order, setOrder] = useKept("verify.order", asked);
  const [keyText, setKeyText] = useKept("verify.key", own.key);
  const [state, setState] = useState<State>({});
  const round = useRef(0);

  const check = async (proof: string): Promise<void> => {
    const mine = ++round.current;
    let key: VerifierKey;
    try {
      key = parseVerifierKey(keyText);
    } catch {
      setState({ why: "key" });
      return;
    }
    try {
      const given = readEvidence(proof);
      const evidence = await withPublicLeaf(given);
      if (mine !== round.current) return;
      const checked = checkEvidence(evidence, key);
      const fetched = given.leaf === undefined && evidence.leaf !== undefined;
      // another log's growth is not asked of this one
      const here = keyText.trim() === own.key.trim();
      const found = { fetched, ...(evidence.record === undefined ? {} : { record: evidence.record }) };
      setState({ checked, growing: here, ...found });
      if (!here) return;
      const step = await growthOf(evidence, key);
      if (mine === round.current) setState({ checked: withGrowth(checked, step), ...found });
    } catch (error) {
      if (mine === round.current) setState(error instanceof NoEvidence ? { why: error.why } : { error });
    }
  };

  const ofOrder = async (id: string): Promise<void> => {
    setState({ busy: true });
    try {
      const { file } = await orderProof(id, kind);
      setText(file);
      await check(file);
    } catch (error) {
      setState({ error });
    }
  };
  useEffect(() => {
    if (asked && context.user) void ofOrder(asked);
  }, [asked, kind]);

  const takeFile = (files: Dropped[]): void => {
    const file = files[0]?.file;
    if (!file) return;
    void file.text().then((read) => {
      setText(read);
      return check(read);
    });
  };
  const sample = async (): Promise<void> => {
    setState({ busy: true });
    try {
      const proof = await newestProof();
      if (proof) {
        setText(proof);
        await check(proof);
      } else setState({});
    } catch (error) {
      setState({ error });
    }
  };

  return (
    <div class="layout even">
      <form class="stack" onSubmit={(event) => {
        event.preventDefault();
        if (order.trim() && order.trim() !== asked && !text.trim()) address.go({ order: order.trim() });
        else if (!text.trim() && order.trim()) void ofOrder(order.trim());
        else void check(text);
      }}>
        <FileDrop label={t("log.drop_proof")} hint={t("log.drop_hint")} maxBytes={largestFile} onFiles={takeFile} />
        <TextArea label={t("log.paste_proof")} value={text} onInput={setText} rows={6} code />
        {context.user ? (
          <TextField label={t("log.order_id")} hint={t("log.order_id_hint")} value={order} onInput={setOrder} placeholder={"ord_…"} autocomplete="off" spellcheck={false} />
        ) : asked ? (
          <Notice tone="info">{tx("log.order_sign_in", {}, { link: (inner) => <a href={withQuery("/login", { next: location.pathname + location.search })}>{inner}</a> })}</Notice>
        ) : null}
        <details class="fold-down">
          <summary>{t("log.pinned_key")}</summary>
          <TextField label={t("log.key")} hint={t("log.pinned_hint")} value={keyText} onInput={setKeyText} autocomplete="off" spellcheck={false} />
        </details>
        <div class="row">
          <Button kind="primary" type="submit" busy={state.busy ?? false}>{t("term.verify")}</Button>
          <Button onClick={() => void sample()}>{t("log.newest_sample")}</Button>
        </div>
      </form>
      <section aria-label={t("log.result")} aria-live="polite">
        {state.why ? <Notice tone="bad" live="alert" title={t("log.no_check")}>{tFor("log.why", state.why)}</Notice> : null}
        {state.error ? <ErrorPanel error={state.error} /> : null}
        {state.checked ? (
          <ProofResult checked={state.checked} growing={state.growing ?? false} record={state.record} heading="h2" open>
            {state.fetched ? t("log.leaf_fetched") : null}
          </ProofResult>
        ) : state.why || state.error ? null : <EmptyState title={t("log.nothing_yet")}>{t("log.nothing_yet_why")}</EmptyState>}
        {state.checked && asked && context.user ? <LinkButton href={`/account/orders/${encodeURIComponent(asked)}`}>{t("order.open")}</LinkButton> : null}
      </section>
    </div>
  );
}

export const mount: Mount = (element) => {
  const own = propsOf<VerifyProps>(element);
  element.replaceChildren();
  render(<Verify own={own} />, element);
};
