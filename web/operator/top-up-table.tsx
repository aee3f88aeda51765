// Top-ups with the form that books what the bank has received. Above a limit two operators must confirm: then the first one's turn is shown.
import { useState } from "preact/hooks";
import type { TopUp } from "../api/answers.ts";
import { api, isApiError } from "../api/client.ts";
import { usePartyNames } from "../api/use-parties.ts";
import { StateBadge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { CopyButton } from "../components/copy.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Notice } from "../components/notice.tsx";
import { ErrorPanel } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { amountError, MoneyField, TextField } from "../components/text-field.tsx";
import { toast } from "../components/toast.tsx";
import { Money, Name, Time } from "../components/value.tsx";
import { context } from "../lib/context.ts";
import { t, tx } from "../lib/messages.ts";
import { compare, difference, formatMoney, parseMoney } from "../lib/money.ts";
import { uuid } from "../lib/random.ts";
import { pathOf } from "../lib/url.ts";

export interface FirstApproval {
  party: string;
  at: string;
}

export const isOpen = (one: TopUp): boolean => one.state === "requires_action" || one.state === "partially_paid";

function Confirm({ topUp, name, first, onClose, onDone }: { topUp: TopUp; name: string; first: FirstApproval | undefined; onClose: () => void; onDone: () => void }) {
  const missing = difference(topUp.received, topUp.amount);
  const [amount, setAmount] = useState(formatMoney(missing, { display: "none" }));
  const [reference, setReference] = useState("");
  const [faults, setFaults] = useState<{ amount?: string; reference?: string }>({});
  const [key, setKey] = useState(uuid);
  const [busy, setBusy] = useState(false);
  const [unknown, setUnknown] = useState(false);
  const [error, setError] = useState<unknown>();
  const parsed = parseMoney(amount);
  const received = parsed.ok ? { amount: parsed.amount, currency: topUp.amount.currency } : undefined;
  const own = first?.party === context.user?.party;
  const send = async (): Promise<void> => {
    const found = { ...(received ? {} : { amount: amountError(parsed) ?? t("error.field_required") }), ...(reference.trim() ? {} : { reference: t("error.field_required") }) };
    setFaults(found);
    if (!received || found.reference) return;
    setBusy(true);
    setError(undefined);
    try {
      const answer = await api.post("/top_ups/{id}/confirm", { path: { id: topUp.id }, body: { bank_reference: reference.trim(), amount: received }, key, onUnknown: () => setUnknown(true) });
      const booked = compare(answer.received, topUp.received) > 0;
      toast(booked ? t("operator.booked", { amount: formatMoney(received, { display: "code" }), name }) : t("operator.first_done"));
      onDone();
      onClose();
    } catch (thrown) {
      setError(thrown);
      if (!isApiError(thrown) || thrown.status !== 0) setKey(uuid());
      setBusy(false);
    }
    setUnknown(false);
  };
  return (
    <Dialog
      open
      title={t("operator.confirm_top_up", { name })}
      locked={busy}
      dirty={reference !== ""}
      onClose={onClose}
      footer={<><Button onClick={onClose}>{t("common.cancel")}</Button><Button kind="primary" busy={busy} disabled={own} onClick={() => void send()}>{received ? t("operator.book_amount", { amount: formatMoney(received, { display: "code" }) }) : t("common.confirm")}</Button></>}
    >
      <div class="stack">
        {error ? <ErrorPanel error={error} /> : null}
        {unknown ? <Notice tone="warn" live="status">{t("error.lost")}</Notice> : null}
        {first ? <Notice tone={own ? "warn" : "info"}>{own ? t("operator.first_was_you") : t("operator.first_was_other")}</Notice> : null}
        <dl class="kv">
          <dt>{t("term.payment_reference")}</dt><dd><code>{topUp.reference}</code></dd>
          <dt>{t("operator.asked")}</dt><dd><Money money={topUp.amount} /></dd>
          <dt>{t("operator.received")}</dt><dd><Money money={topUp.received} /></dd>
        </dl>
        <MoneyField label={t("operator.amount_on_bank")} hint={t("operator.amount_hint")} currency={topUp.amount.currency} value={amount} error={faults.amount} onInput={(text) => {
          setAmount(text);
          setFaults({});
          setKey(uuid());
        }} />
        <TextField label={t("operator.bank_reference")} hint={t("operator.bank_reference_hint")} value={reference} max={140} error={faults.reference} autocomplete="off" spellcheck={false} onInput={(text) => {
          setReference(text);
          setFaults({});
          setKey(uuid());
        }} />
      </div>
    </Dialog>
  );
}

export interface TopUpTableProps {
  rows: TopUp[];
  first?: ReadonlyMap<string, FirstApproval>;
  onChange: () => void;
  empty: string;
}

export function TopUpTable({ rows, first, onChange, empty }: TopUpTableProps) {
  const names = usePartyNames([...rows.map((one) => one.party), ...[...(first?.values() ?? [])].map((one) => one.party)]);
  const [confirming, setConfirming] = useState<TopUp | undefined>();
  return (
    <>
      <Table
        caption={t("operator.top_ups")}
        hideCaption
        rows={rows}
        rowKey={(one) => one.id}
        empty={empty}
        columns={[
          { id: "party", head: t("term.party"), cell: (one) => <a href={pathOf("operator", "parties", names(one.party) || one.party)}><Name>{names(one.party) || "…"}</Name></a> },
          { id: "reference", head: t("term.payment_reference"), phone: "second", cell: (one) => <span class="money"><code>{one.reference}</code><CopyButton text={one.reference} what={one.reference}><span class="sr-only">{t("common.copy")}</span></CopyButton></span> },
          { id: "state", head: t("common.state"), phone: "off", cell: (one) => {
            const before = first?.get(one.id);
            return <span class="row"><StateBadge kind="topup" state={one.state} />{before && isOpen(one) ? <span class="meta">{tx("operator.first_by", { name: <Name>{names(before.party)}</Name> })}</span> : null}</span>;
          } },
          { id: "created", head: t("common.created"), phone: "off", cell: (one) => <Time at={one.created_at} show="full" /> },
          { id: "expires", head: t("operator.expires"), phone: "off", cell: (one) => (isOpen(one) ? <Time at={one.expires_at} show="date" /> : "–") },
          { id: "amount", head: t("common.amount"), num: true, cell: (one) => <Money money={one.amount} /> },
          { id: "received", head: t("operator.received"), num: true, phone: "off", cell: (one) => <Money money={one.received} display="none" /> },
          { id: "act", head: <span class="sr-only">{t("operator.action")}</span>, num: true, phone: "second", cell: (one) => (isOpen(one) ? <Button small onClick={() => setConfirming(one)}>{t("operator.confirm_open")}</Button> : null) },
        ]}
      />
      {confirming ? <Confirm topUp={confirming} name={names(confirming.party)} first={first?.get(confirming.id)} onClose={() => setConfirming(undefined)} onDone={onChange} /> : null}
    </>
  );
}
