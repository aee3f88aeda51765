// Usage of a period by day, model or component: bars, and the same figures as a table. Everything that was chosen stands in the address.
import { api } from "../api/client.ts";
import { Bars } from "../components/charts.tsx";
import { LinkButton } from "../components/button.tsx";
import { Select } from "../components/select.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { Money, NumberText } from "../components/value.tsx";
import { formatCompact, formatDate, formatDay, formatNumber } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { formatMoney } from "../lib/money.ts";
import { assetName, assetPath } from "../lib/url.ts";
import { AccountPage, type Acting } from "./frame.tsx";
import { PeriodFields, periodOf } from "./period.tsx";
import { currenciesOf, groups, total, usageRows, type Group, type UsageRow } from "./usage-rows.ts";

const labelOf = (group: Group, key: string): string =>
  group === "day" ? formatDate(`${key}T12:00:00Z`, "UTC") : group === "asset" ? assetName(key) : tFor("component", key);

function View({ acting }: { acting: Acting }) {
  const { address, party, zone } = acting;
  const period = periodOf(address, acting.today, zone);
  const group = groups.find((one) => one === address.get("by")) ?? "day";
  const asset = address.get("asset");
  const byAmount = address.get("show") !== "quantity";
  const buckets = useLoad((signal) => api.get("/usage", { query: { party, role: "buyer", asset, group_by: group, from: period.range.from, to: period.range.to }, signal }), [party, asset, group, period.range.from, period.range.to], { onFocus: true });

  // the year stands in the period above
  const tick = (key: string) => (group === "day" ? { tick: formatDay(key) } : {});

  const cell = (one: UsageRow) => {
    const label = labelOf(group, one.key);
    if (group === "asset") return <a href={assetPath(one.key)}><bdi>{label}</bdi></a>;
    if (group === "day" && one.quantity > 0) return <a href={address.href({ from: one.key, to: one.key, by: "asset" })}>{label}</a>;
    return <bdi>{label}</bdi>;
  };

  return (
    <>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <PeriodFields address={address} period={period} zone={zone} today={acting.today} />
        <Select label={t("account.group_by")} value={group} onChange={(value) => address.go({ by: value === "day" ? null : value })} options={groups.map((one) => ({ value: one, label: tFor("account.by", one) }))} />
        <Select label={t("account.show")} value={byAmount ? "amount" : "quantity"} onChange={(value) => address.go({ show: value === "amount" ? null : value })}
          options={[{ value: "amount", label: t("account.charged") }, { value: "quantity", label: t("common.quantity") }]} />
        {asset ? (
          <ul class="chips wide"><li><button type="button" class="chip" onClick={() => address.go({ asset: null })} aria-label={t("common.remove_what", { what: assetName(asset) })}>
            <bdi>{assetName(asset)}</bdi> <span aria-hidden="true">✕</span>
          </button></li></ul>
        ) : null}
      </form>
      <Load from={buckets} skeleton={<Skeleton lines={3} height="8em" />} empty={{ when: (one) => one.data.length === 0, show:
        <EmptyState title={t("account.usage_none")} action={<LinkButton href={acting.to("/account/entitlements")}>{t("nav.entitlements")}</LinkButton>}>{t("account.usage_none_why")}</EmptyState> }}>
        {({ data }) => {
          const currencies = currenciesOf(data);
          const currency = currencies.find((one) => one === address.get("currency")) ?? (currencies.includes(acting.currency) ? acting.currency : (currencies[0] ?? acting.currency));
          const rows = usageRows(data, group, currency, period.from, period.to);
          const all = total(rows, currency);
          // days without use are in the bars, not in the table
          const shown = rows.filter((one) => one.quantity !== 0 || one.failed !== 0);
          return (
            <>
              {currencies.length > 1 ? (
                <ul class="chips" aria-label={t("common.currency")}>
                  {currencies.map((one) => <li key={one}><button type="button" class="chip" aria-pressed={one === currency} onClick={() => address.go({ currency: one })}>{one}</button></li>)}
                </ul>
              ) : null}
              <div class="usage">
                <Bars
                  title={byAmount ? t("account.usage_amount", { currency }) : t("account.usage_quantity")}
                  name={byAmount ? t("account.charged") : t("common.quantity")}
                  pointHead={tFor("account.by", group)}
                  bare
                  points={rows.map((one) => ({ label: labelOf(group, one.key), ...tick(one.key), value: byAmount ? one.charged.amount : one.quantity, text: byAmount ? formatMoney(one.charged, { display: "code" }) : formatNumber(one.quantity) }))}
                  {...(byAmount ? { axis: (value: number) => (value < 1000 ? formatNumber(value) : formatCompact(value)) } : {})}
                />
              </div>
              <Table
                caption={t("account.usage_of", { from: formatDate(`${period.from}T12:00:00Z`, "UTC"), to: formatDate(`${period.to}T12:00:00Z`, "UTC"), zone })}
                rows={shown}
                rowKey={(one) => one.key}
                columns={[
                  { id: "key", head: tFor("account.by", group), cell, foot: t("term.total") },
                  { id: "quantity", head: t("common.quantity"), cell: (one) => <><span class="phone-only">{t("common.quantity")}</span><NumberText value={one.quantity} /></>, num: true, phone: "second", foot: <NumberText value={all.quantity} /> },
                  { id: "failed", head: t("account.failed"), cell: (one) => <NumberText value={one.failed} />, num: true, phone: "off", foot: <NumberText value={all.failed} /> },
                  { id: "charged", head: t("account.charged"), cell: (one) => <Money money={one.charged} />, num: true, foot: <Money money={all.charged} /> },
                ]}
              />
              <p class="meta">{t("account.failed_why")}</p>
            </>
          );
        }}
      </Load>
    </>
  );
}

export function UsagePage() {
  return (
    <AccountPage tab="usage" title={t("nav.usage")}>
      {(acting) => <View acting={acting} />}
    </AccountPage>
  );
}
