// What shows data and states: figures, badges, tables, charts, code, notices, empty and broken places.
import { ApiError } from "../api/client.ts";
import { Avatar, PartyName } from "../components/avatar.tsx";
import { Badge, StateBadge, StateLine } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { Bars, Sparkline, StackedBars } from "../components/charts.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { CopyButton, Hash, Id } from "../components/copy.tsx";
import { MerklePath } from "../components/merkle-path.tsx";
import { Banner, Notice } from "../components/notice.tsx";
import { Pager } from "../components/pager.tsx";
import { EmptyState, ErrorPanel, Skeleton } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { Bytes, Money, Name, NumberText, Percent, Time } from "../components/value.tsx";
import { formatDate, formatNumber } from "../lib/format.ts";
import { checkInclusion, leafHash } from "../lib/merkle.ts";
import { fromHex, utf8 } from "../lib/sha256.ts";
import { t } from "../lib/messages.ts";
import { formatMoney, type Money as MoneyValue } from "../lib/money.ts";
import { Part } from "./part.tsx";

const usd = (amount: string) => ({ amount, currency: "USD" });
interface Row {
  at: string;
  kind: string;
  ref: string;
  amount: MoneyValue;
  balance: MoneyValue;
}

// words only when the messages are there
const rowsNow = (): Row[] => [
  { at: "2026-02-01T14:02:00Z", kind: t("term.top_up"), ref: "RF18", amount: usd("200.00"), balance: usd("200.00") },
  { at: "2026-02-01T14:05:00Z", kind: t("term.order"), ref: "bob/digits", amount: usd("-50.00"), balance: usd("150.00") },
  { at: "2026-02-01T14:09:00Z", kind: t("term.usage"), ref: "bob/digits", amount: usd("-1.234567"), balance: usd("148.765433") },
];
const days = Array.from({ length: 28 }, (_, i) => ({ day: `2026-02-${String(i + 1).padStart(2, "0")}T00:00:00Z`, runs: (i * 37) % 90, other: (i * 53) % 40 }));
const path = ["741c79ba78e85a176d59b233684a62f3c321f3a72b5e483723996c84776aa77f", "3894414067da189276ab22fdfcdec41ee2a4ab95d6ec7b6c14fa7e67c3a0f66b"].map(fromHex);
const root = fromHex("d6598656f74f7ac88adc67f1ec54c5ad0b5c0bf60b572c56e09bcc19d950f2b0");
const leaf = leafHash(utf8('{"kind":"order.paid","order":"ord_1","seq":1}'));
const long = Array.from({ length: 60 }, (_, i) => `line_${i + 1} = ${i * i}`).join("\n");

function Figures() {
  return (
    <Part name="Money, NumberText, Bytes, Percent, Time">
      <dl class="dl">
        <dt>Money</dt>
        <dd class="row"><Money money={usd("9223372036854.775807")} /> <Money money={usd("0.000694")} display="symbol" /> <Money money={usd("-50.00")} sign /> <Money money={{ amount: "1001", currency: "JPY" }} /></dd>
        <dt>NumberText</dt><dd class="row"><NumberText value={1204} /> <NumberText value={1_234_567} compact /></dd>
        <dt>Bytes</dt><dd><Bytes value={6_300_000_000} /></dd>
        <dt>Percent</dt><dd><Percent share={0.153} /></dd>
        <dt>Time</dt>
        <dd class="row"><Time at={new Date(Date.now() - 3 * 3_600_000).toISOString()} /> <Time at="2026-02-01T14:02:00Z" show="full" zone="Asia/Tokyo" /> <Time at="2026-02-01T14:02:00Z" show="date" /></dd>
        <dt>Id, Hash</dt><dd class="row"><Id id="ord_01hzx5w8q2v7n3m4k6j9p0r1k3" /> <Hash hash="sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" /> <CopyButton text="bob/digits" /></dd>
        <dt>Avatar, Name</dt><dd class="row"><Avatar name="alice" /> <Avatar name="窯" organisation size="large" /> <PartyName name="kiln-lab" organisation href="#kiln" /> <Name>{"a\u202egnp.exe"}</Name></dd>
      </dl>
    </Part>
  );
}

function States() {
  return (
    <Part name="Badge, StateLine">
      <div class="row"><Badge>draft</Badge><Badge tone="ok">ok</Badge><Badge tone="warn">warn</Badge><Badge tone="bad">bad</Badge><Badge tone="info">info</Badge></div>
      <div class="row">{["confirmed", "delivered", "completed", "disputed", "cancelled", "refunded"].map((one) => <StateBadge key={one} kind="order" state={one} />)}</div>
      <div class="row">{["draft", "in_review", "published", "suspended", "retired"].map((one) => <StateBadge key={one} kind="listing" state={one} />)}</div>
      <div class="row">{["starting", "processing", "succeeded", "failed", "canceled"].map((one) => <StateBadge key={one} kind="prediction" state={one} />)}</div>
      <StateLine label={t("term.order")} steps={[{ label: t("state.order.placed"), at: "done", time: "2026-02-01T14:02:00Z" }, { label: t("state.order.confirmed"), at: "done" }, { label: t("state.order.delivered"), at: "now", note: t("term.delivery_word") }, { label: t("state.order.completed"), at: "ahead" }]} />
      <StateLine label={t("term.order")} steps={[{ label: t("state.order.placed"), at: "done" }, { label: t("state.order.confirmed"), at: "done" }, { label: t("state.order.disputed"), at: "left", note: t("common.reason") }]} />
    </Part>
  );
}

function Lists() {
  const rows = rowsNow();
  const columns = [
    { id: "date", head: t("common.date"), cell: (row: Row) => <Time at={row.at} show="full" zone="Asia/Tokyo" />, sortable: true, phone: "second" as const },
    { id: "kind", head: t("common.details"), cell: (row: Row) => <>{row.kind} <bdi>{row.ref}</bdi></> },
    { id: "amount", head: t("common.amount"), num: true, cell: (row: Row) => <Money money={row.amount} display="none" sign /> },
    { id: "balance", head: t("term.balance"), num: true, cell: (row: Row) => <Money money={row.balance} display="none" />, foot: "148.765433", phone: "second" as const },
  ];
  return (
    <Part name="Table, Pager">
      <Table caption={t("term.statement_wallet")} columns={columns} rows={rows} rowKey={(row) => row.at} sort={{ id: "date", descending: true }} onSort={() => undefined} />
      <Table caption={t("term.statement_wallet")} columns={columns} rows={[]} rowKey={(row: Row) => row.at} empty={t("order.empty")} />
      <Pager newer="#newer" older="#older" range={`1–50 / ${formatNumber(1204)}`} />
    </Part>
  );
}

function Charts() {
  const shown = days.map((one) => ({ label: formatDate(one.day, "UTC"), values: [one.runs, one.other], texts: [formatMoney(usd(String(one.runs))), formatMoney(usd(String(one.other)))] }));
  return (
    <Part name="Sparkline, Bars, StackedBars">
      <div class="row"><Sparkline values={days.map((one) => one.runs + one.other)} label={t("term.downloads")} /></div>
      <div class="layout even">
        <div class="panel"><Bars title={t("term.usage")} name={t("term.run")} points={days.map((one) => ({ label: formatDate(one.day, "UTC"), value: one.runs, text: formatNumber(one.runs) }))} /></div>
        <div class="panel"><StackedBars title={t("term.earnings")} series={["digits", "ocr-ja"]} points={shown} /></div>
      </div>
    </Part>
  );
}

function Proofs() {
  const good = checkInclusion(1, 3, leaf, path, root);
  return (
    <Part name="MerklePath">
      <div class="layout even">
        <div class="panel"><MerklePath leaf={leaf} steps={good.steps} root={root} ok={good.ok} /></div>
        <div class="panel"><MerklePath leaf={leaf} steps={good.steps.slice(0, 1)} root={root} ok={false} /></div>
      </div>
    </Part>
  );
}

function Places() {
  const lost = new ApiError(500, "internal", "", {}, "req_01hzx5w8q2v7n3m4");
  return (
    <Part name="Notice, Banner, Skeleton, EmptyState, ErrorPanel">
      <Banner>{t("common.test_mode")}</Banner>
      <Notice tone="warn" title={t("checkout.price_changed", { old: "$50.00", new: "$55.00" })} actions={<><Button kind="primary">{t("checkout.buy_for", { amount: "$55.00" })}</Button><Button>{t("common.cancel")}</Button></>} />
      <Notice tone="ok">{t("checkout.bought")}</Notice>
      <Notice tone="info">{t("checkout.unknown")}</Notice>
      <Notice tone="bad" title={t("try.run_failed")} />
      <Skeleton lines={3} />
      <EmptyState title={t("order.empty")} action={<Button>{t("nav.market")}</Button>} />
      <ErrorPanel error={lost} onRetry={() => undefined} />
      <ErrorPanel error={new ApiError(429, "rate_limited", "", {}, "", 30)} />
    </Part>
  );
}

export function Shown() {
  return (
    <>
      <Figures />
      <States />
      <Lists />
      <Charts />
      <Part name="CodeBlock">
        <CodeBlock language="bash" text={"export HF_TOKEN=$KONTOR_TOKEN\nhf download bob/digits"} />
        <CodeBlock language="python" text={long} />
      </Part>
      <Proofs />
      <Places />
    </>
  );
}
