// Asking for a refund (buyer: what is left, in full; seller: any part), and the refunds there were.
import { useMemo, useState } from "preact/hooks";
import type { List, Refund } from "../api/answers.ts";
import { api, isApiError, type ApiError } from "../api/client.ts";
import { StateBadge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Notice } from "../components/notice.tsx";
import { ErrorPanel, type Loaded } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { amountError, MoneyField, TextField } from "../components/text-field.tsx";
import { toast } from "../components/toast.tsx";
import { Money, Time } from "../components/value.tsx";
import { t } from "../lib/messages.ts";
import { compare, difference, formatMoney, parseMoney } from "../lib/money.ts";
import { uuid } from "../lib/random.ts";
import { refusedText } from "./order-agreed.tsx";
import type { OrderData } from "./order.tsx";

const longestReason = 500;

export interface RefundDialogProps {
  open: boolean;
  data: OrderData;
  /** may give a part, and against the policy */
  seller: boolean;
  zone: string;
  onClose: () => void;
  onDone: () => void;
}

function Body(props: RefundDialogProps) {
  const { order, entitlement } = props.data;
  const left = difference(order.refunded, order.total);
  const [value, setValue] = useState(formatMoney(left, { display: "none" }));
  const [fault, setFault] = useState<string | undefined>();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [unknown, setUnknown] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  // one key for one form and its contents
  const key = useMemo(uuid, [value, reason]);
  const refused = error?.code === "invalid_state" && error.reason ? error.reason : undefined;

  const parsed = props.seller ? parseMoney(value) : undefined;
  const amount = parsed?.ok ? { amount: parsed.amount, currency: order.total.currency } : left;
  const full = compare(amount, left) === 0;

  const send = async (): Promise<void> => {
    const bad = parsed && !parsed.ok ? (amountError(parsed) ?? t("error.field_required")) : undefined;
    setFault(bad);
    if (bad) return;
    setBusy(true);
    setError(undefined);
    try {
      await api.post("/orders/{id}/refunds", { path: { id: order.id }, key, body: { ...(props.seller && !full ? { amount } : {}), ...(reason.trim() ? { reason: reason.trim() } : {}) }, onUnknown: () => setUnknown(true) });
      toast(t("order.refunded_toast", { amount: formatMoney(amount, { display: "code" }) }));
      props.onDone();
      props.onClose();
    } catch (thrown) {
      if (isApiError(thrown)) setError(thrown);
      // the page behind shows what is true now
      props.onDone();
    } finally {
      setBusy(false);
      setUnknown(false);
    }
  };
  return (
    <Dialog
      open
      title={props.seller ? t("order.refund_give") : t("order.refund_request")}
      locked={busy}
      dirty={reason !== ""}
      onClose={props.onClose}
      footer={
        <>
          <Button onClick={props.onClose}>{refused ? t("common.close") : t("common.cancel")}</Button>
          {refused ? null : <Button kind="danger" busy={busy} onClick={() => void send()}>{t("order.refund_do", { amount: formatMoney(amount, { display: "code" }) })}</Button>}
        </>
      }
    >
      <form class="stack" noValidate onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void send();
      }}>
        {refused ? <Notice tone="bad" live="alert" title={refusedText(refused, entitlement?.touched_at, props.zone)}>{t("order.nothing_refunded")}</Notice> : error ? <ErrorPanel error={error} /> : null}
        {unknown ? <Notice tone="warn" live="status">{t("error.lost")}</Notice> : null}
        {refused ? null : (
          <>
            <p>{full ? t("order.refund_ask", { amount: formatMoney(amount, { display: "code" }) }) : t("order.refund_part_ask", { amount: formatMoney(amount, { display: "code" }) })}</p>
            {props.seller ? <MoneyField label={t("common.amount")} currency={order.total.currency} value={value} onInput={(text) => {
              setValue(text);
              setFault(undefined);
            }} error={fault} hint={t("order.refund_left", { amount: formatMoney(left, { display: "code" }) })} /> : null}
            <TextField label={t("common.reason")} optional value={reason} onInput={setReason} max={longestReason} hint={t("order.refund_reason_hint")} />
          </>
        )}
      </form>
    </Dialog>
  );
}

/** A new form, with a new key, each time it opens. */
export function RefundDialog(props: RefundDialogProps) {
  return props.open ? <Body {...props} /> : null;
}

export function RefundList({ refunds, zone }: { refunds: Loaded<List<Refund>>; zone: string }) {
  if (refunds.error) return <ErrorPanel error={refunds.error} onRetry={refunds.reload} />;
  const rows = refunds.data?.data ?? [];
  if (rows.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="refunds">
      <h2 id="refunds">{t("order.refunds")}</h2>
      <Table
        caption={t("order.refunds")}
        hideCaption
        rows={rows}
        rowKey={(one) => one.id}
        columns={[
          { id: "at", head: t("common.date"), cell: (one) => <Time at={one.created_at} show="full" zone={zone} /> },
          { id: "reason", head: t("common.reason"), cell: (one) => <bdi>{one.reason || "—"}</bdi>, phone: "second" },
          { id: "state", head: t("common.state"), cell: (one) => <StateBadge kind="refund" state={one.state} />, phone: "second" },
          { id: "amount", head: t("common.amount"), cell: (one) => <Money money={one.amount} />, num: true },
        ]}
      />
    </section>
  );
}
