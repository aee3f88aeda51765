// Parts of a listing's page that only show: steps, checks, what a state means, facts, history.
import type { Licence, Listing } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { usePartyNames } from "../api/use-parties.ts";
import { LinkButton } from "../components/button.tsx";
import { Notice, type Tone } from "../components/notice.tsx";
import { ErrorPanel, useLoad } from "../components/states.tsx";
import { Name, Time } from "../components/value.tsx";
import { formatList } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { sellPath, type Seller } from "./frame.tsx";
import type { Check, Step } from "./listing-form.ts";
import { licenceName } from "./rights-fields.tsx";

const steps: Step[] = ["what", "price", "rights", "files", "check"];

/** Anchors to the parts of the form; a part is done when nothing needed is missing in it. */
export function Steps({ checks }: { checks: Check[] }) {
  return (
    <nav class="steps" aria-label={t("sell.steps")}>
      <ol>
        {steps.map((step, i) => {
          const mine = step === "check" ? checks.filter((one) => one.needed) : checks.filter((one) => one.step === step && one.needed);
          const good = mine.every((one) => one.good) && (step !== "rights" || checks.some((one) => one.id === "offer" && one.good));
          return (
            <li key={step} class={good ? "good" : "open"}>
              <a href={`#${step}`}><span class="n" aria-hidden="true">{good ? "✓" : i + 1}</span> {tFor("sell.step", step)}{good ? <span class="sr-only"> ({t("sell.step_done")})</span> : null}</a>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

export function Checks({ checks }: { checks: Check[] }) {
  return (
    <ul class="checks plain">
      {checks.map((one) => (
        <li key={one.id} class={one.good ? "good" : one.needed ? "bad" : "advice"}>
          <span aria-hidden="true">{one.good ? "✓" : one.needed ? "✗" : "!"}</span>
          <span>
            {one.good ? tFor("sell.check_good", one.id) : <a href={`#${one.step}`}>{tFor("sell.check_bad", one.id)}</a>}
            {one.good || one.needed ? null : <span class="meta"> {t("sell.check_advice")}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What the present state means and what can be done in it. */
export function StateNotice({ listing, seller, sent }: { listing: Listing; seller: Seller; sent: boolean }) {
  const tones: Record<Listing["state"], Tone> = { draft: "plain", in_review: "info", published: "ok", suspended: "warn", retired: "plain" };
  if (listing.state === "draft" && listing.review_note) {
    return <Notice tone="warn" title={t("sell.sent_back")}><p class="pre-line"><Name>{listing.review_note}</Name></p><p>{t("sell.sent_back_then")}</p></Notice>;
  }
  if (listing.state === "draft") return null;
  return (
    <Notice
      tone={tones[listing.state]}
      live={sent ? "status" : undefined}
      focus={sent}
      actions={listing.state === "retired" ? <LinkButton href={sellPath("/listings", seller, { new: listing.asset })}>{t("sell.list_again")}</LinkButton> : undefined}
    >
      {sent && listing.state === "in_review" ? <strong>{t("sell.review_sent")}</strong> : null}
      <p>{tFor("sell.state", listing.state)}</p>
      {listing.state === "suspended" && listing.review_note ? <p class="pre-line">{t("common.reason")}: <Name>{listing.review_note}</Name></p> : null}
    </Notice>
  );
}

export function Facts({ listing, licences }: { listing: Listing; licences: Licence[] }) {
  const licence = licences.find((one) => one.id === listing.licence_template);
  return (
    <dl class="dl">
      <dt>{t("sell.title")}</dt><dd><Name>{listing.title}</Name></dd>
      <dt>{t("sell.summary")}</dt><dd><Name>{listing.summary || t("sell.left_empty")}</Name></dd>
      <dt>{t("sell.category_word")}</dt><dd>{tFor("sell.category", listing.category)}</dd>
      <dt>{t("sell.delivery_word")}</dt><dd>{formatList(listing.delivery.map((one) => tFor("delivery", one)))}</dd>
      <dt>{t("sell.licence_default")}</dt><dd>{licence ? licenceName(licence) : listing.licence_template}</dd>
    </dl>
  );
}

export function History({ id, version }: { id: string; version: number }) {
  const events = useLoad((signal) => api.get("/listings/{id}/history", { path: { id }, signal }), [id, version]);
  const names = usePartyNames(events.data?.data.map((one) => one.actor) ?? []);
  if (events.error) return <ErrorPanel error={events.error} onRetry={events.reload} />;
  // every saved change of a draft is an event; only what moved it is told here
  const rows = (events.data?.data ?? []).filter((one) => !/\.(change|patch|update)$/.test(one.action));
  if (rows.length === 0) return null;
  return (
    <section class="section" aria-labelledby="history-head">
      <h2 id="history-head">{t("sell.history")}</h2>
      <ol class="events plain">
        {rows.map((one) => (
          <li key={one.id}>
            <Time at={one.at} show="full" />
            <span>{tFor("sell.event", one.action.replace(/^\w+\./, ""))} · <bdi>{names(one.actor) || t("sell.platform")}</bdi></span>
            {one.reason ? <p class="pre-line muted"><Name>{one.reason}</Name></p> : null}
          </li>
        ))}
      </ol>
    </section>
  );
}
