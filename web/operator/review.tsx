// Listings that wait for approval, oldest first, beside the one that is looked at. j and k move, a approves, r rejects; both ask first.
import { useEffect, useState } from "preact/hooks";
import type { Listing } from "../api/answers.ts";
import { allRows, api } from "../api/client.ts";
import { usePartyNames } from "../api/use-parties.ts";
import { Badge } from "../components/badge.tsx";
import { Select } from "../components/select.tsx";
import { EmptyState, Load, Skeleton, useLoad } from "../components/states.tsx";
import { Name, Time } from "../components/value.tsx";
import { useKept } from "../lib/kept.ts";
import { t, tFor, tx } from "../lib/messages.ts";
import { assetName } from "../lib/url.ts";
import { priceText } from "../lib/price-text.ts";
import { OperatorPage } from "./frame.tsx";
import { neighbour } from "./review-checks.ts";
import { Decision } from "./review-decision.tsx";
import { Detail } from "./review-detail.tsx";

const idIn = (path: string): string | undefined => /^\/operator\/review\/(lst_\w+)$/.exec(path)?.[1];

/** Submitted later stands further down; the API gives newest first. */
async function queue(signal: AbortSignal): Promise<Listing[]> {
  return (await allRows("/listings", { query: { state: "in_review" }, signal })).reverse();
}

function LastDecisions() {
  const last = useLoad(async (signal) => {
    const lists = await Promise.all(["listing.published", "listing.rejected"].map((action) => api.get("/admin/audit", { query: { action, limit: 10 }, signal })));
    return lists.flatMap((one) => one.data).sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, 10);
  }, []);
  const names = usePartyNames(last.data?.map((one) => one.actor) ?? []);
  if (!last.data || last.data.length === 0) return null;
  return (
    <section class="section" aria-labelledby="last-head">
      <h2 id="last-head">{t("operator.last_decisions")}</h2>
      <ol class="events plain">
        {last.data.map((one) => (
          <li key={one.id}>
            <Time at={one.at} show="full" />
            <span><Badge tone={one.action === "listing.published" ? "ok" : "warn"}>{tFor("operator.event", one.action.replace("listing.", ""))}</Badge> <a href={`/operator/review/${one.item}`}><code>{one.item.slice(0, 4)}…{one.item.slice(-4)}</code></a> · <bdi>{names(one.actor) || t("operator.platform")}</bdi></span>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface QueueProps {
  rows: Listing[];
  current: string | undefined;
  names: (id: string) => string;
  onOpen: (id: string) => void;
}

function Queue({ rows, current, names, onOpen }: QueueProps) {
  return (
    <ul class="queue plain">
      {rows.map((one) => {
        const offer = one.offers.find((other) => other.state === "active");
        return (
          <li key={one.id} class={one.id === current ? "current" : undefined}>
            <a href={`/operator/review/${one.id}`} aria-current={one.id === current ? "true" : undefined} onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              onOpen(one.id);
            }}>
              <strong><Name>{one.title}</Name></strong>
              <span class="meta"><bdi>{assetName(one.asset)}</bdi> · <bdi>{names(one.seller)}</bdi> · <Time at={one.created_at} show="date" /></span>
              <span class="meta">{offer ? priceText(offer.plan) : t("operator.no_price")}</span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}

function View({ rows, reload, onDecided }: { rows: Listing[]; reload: () => void; onDecided: (id: string) => void }) {
  const [current, setCurrent] = useState(idIn(location.pathname) ?? rows[0]?.id);
  const [seller, setSeller] = useKept("review.seller", "");
  const [category, setCategory] = useKept("review.category", "");
  const [asking, setAsking] = useState<{ kind: "approve" | "reject"; listing: Listing } | undefined>();
  const names = usePartyNames(rows.map((one) => one.seller));
  const shown = rows.filter((one) => (seller === "" || one.seller === seller) && (category === "" || one.category === category));
  const ids = shown.map((one) => one.id);
  const open = (id: string | undefined): void => {
    if (!id) return;
    history.pushState(null, "", `/operator/review/${id}`);
    setCurrent(id);
  };
  useEffect(() => {
    const back = (): void => setCurrent(idIn(location.pathname) ?? rows[0]?.id);
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, [rows]);
  const waiting = rows.find((one) => one.id === current);
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const target = event.target as Element;
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || target.closest("input, textarea, select, [contenteditable], dialog")) return;
      if (event.key === "j" || event.key === "k") {
        event.preventDefault();
        open(neighbour(ids, current, event.key === "j" ? 1 : -1));
      } else if ((event.key === "a" || event.key === "r") && waiting) {
        event.preventDefault();
        setAsking({ kind: event.key === "a" ? "approve" : "reject", listing: waiting });
      }
    };
    document.addEventListener("keydown", key);
    return () => document.removeEventListener("keydown", key);
  }, [ids.join(" "), current, waiting]);
  const sellers = [...new Set(rows.map((one) => one.seller))];
  const categories = [...new Set(rows.map((one) => one.category))];
  return (
    <div class="layout review">
      <div class="stack tight">
        {sellers.length > 1 || categories.length > 1 ? <div class="row filters">
          {sellers.length > 1 ? <Select label={t("term.seller")} value={seller} options={[{ value: "", label: t("common.all") }, ...sellers.map((one) => ({ value: one, label: names(one) || one }))]} onChange={setSeller} /> : null}
          {categories.length > 1 ? <Select label={t("operator.category")} value={category} options={[{ value: "", label: t("common.all") }, ...categories.map((one) => ({ value: one, label: tFor("sell.category", one) }))]} onChange={setCategory} /> : null}
        </div> : null}
        {rows.length === 0 ? null : shown.length === 0 ? <p class="meta">{t("common.no_match")}</p> : <Queue rows={shown} current={current} names={names} onOpen={open} />}
        {rows.length > 0 ? <p class="meta keys">{tx("operator.keys", { j: <kbd>j</kbd>, k: <kbd>k</kbd>, a: <kbd>a</kbd>, r: <kbd>r</kbd> })}</p> : null}
      </div>
      {current ? <Detail key={current} id={current} onAsk={(kind, listing) => setAsking({ kind, listing })} /> : null}
      {asking ? (
        <Decision
          key={`${asking.listing.id} ${asking.kind}`}
          listing={asking.listing}
          kind={asking.kind}
          onClose={(stale) => {
            setAsking(undefined);
            if (stale) reload();
          }}
          onDone={() => {
            const { id } = asking.listing;
            const next = ids.find((one) => ids.indexOf(one) > ids.indexOf(id)) ?? ids.find((one) => one !== id);
            setAsking(undefined);
            onDecided(id);
            if (next) open(next);
            else history.pushState(null, "", "/operator/review");
          }}
        />
      ) : null}
    </div>
  );
}

export function ReviewPage() {
  const rows = useLoad(queue, [], { onFocus: true });
  const direct = idIn(location.pathname);
  return (
    <OperatorPage title={t("operator.review")} tab="review" lead={rows.data ? t("operator.waiting", { count: rows.data.length }) : undefined}>
      <Load from={rows} skeleton={<Skeleton lines={6} height="3.2em" />}>
        {(list) => (
          <>
            {list.length === 0 && !direct ? <EmptyState title={t("operator.all_done")}>{t("operator.all_done_why")}</EmptyState> : (
              <View rows={list} reload={rows.reload} onDecided={(id) => rows.set(list.filter((one) => one.id !== id))} />
            )}
            {list.length === 0 ? <LastDecisions /> : null}
          </>
        )}
      </Load>
    </OperatorPage>
  );
}
