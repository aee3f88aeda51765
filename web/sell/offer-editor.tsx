// Makes an offer, or a new price for one: plan fields, live examples, rights. Saving makes the plan (or its next version), then the offer, then
// withdraws the old one, in that order: if something fails between, the listing is never without a price.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Licence, Listing, Offer } from "../api/answers.ts";
import { api, isApiError, type FieldFault } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { FormSummary, Notice } from "../components/notice.tsx";
import { errorText, ErrorPanel } from "../components/states.tsx";
import { dropDraft, readDraft, saveDraft } from "../lib/drafts.ts";
import { formatNumber } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { uuid } from "../lib/random.ts";
import { Examples } from "./examples.tsx";
import { faultWithPlace } from "./faults.ts";
import { bodyOf, canAutoAccept, draftOf, freshOffer, type OfferDraft } from "./offer-draft.ts";
import { fieldId, toPlan } from "./plan-draft.ts";
import { PlanFields } from "./plan-fields.tsx";
import { RightsFields } from "./rights-fields.tsx";
import { shownAmount } from "./shown.ts";

export interface OfferEditorProps {
  listing: Listing;
  /** the offer whose price changes; none for a new one */
  from?: Offer;
  buyerName: string;
  licences: Licence[];
  currency: string;
  zone: string;
  /** save() for the page's own button; resolves to false when something is missing */
  onReady?: (save: () => Promise<boolean>) => void;
  onSaved: () => void | Promise<void>;  // waited for: what is read again must not arrive after the next change
  onCancel?: () => void;
}

interface Keys {
  plan: string;
  offer: string;
  withdraw: string;
}
const keys = (): Keys => ({ plan: uuid(), offer: uuid(), withdraw: uuid() });

// Fields outside the plan: where their controls are.
const places: Record<string, string> = { rights: "offer-rights", buyer: "offer-buyer", json: "plan-json" };

export function OfferEditor(props: OfferEditorProps): ComponentChildren {
  const { listing, from, zone } = props;
  const object = `offer:${listing.id}:${from?.id ?? "new"}`;
  const first = (): OfferDraft => (from ? draftOf(from, props.buyerName, zone, shownAmount(from.plan.currency), formatNumber) : freshOffer(listing.delivery, listing.licence_template, props.currency));
  const [restored] = useState(() => readDraft<OfferDraft>(object));
  const [draft, setDraft] = useState<OfferDraft>(restored ?? first());
  const [again, setAgain] = useState(restored !== undefined);
  const [tried, setTried] = useState(false);
  const [server, setServer] = useState<FieldFault[]>([]);
  const [offerFaults, setOfferFaults] = useState<FieldFault[]>([]);
  const [summary, setSummary] = useState<{ id: string; text: string }[]>([]);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const sent = useRef(keys());

  const read = toPlan(draft.plan);
  const planFaults = [...(tried || draft.plan.json !== undefined ? read.faults : []), ...server];
  const change = (next: OfferDraft): void => {
    setDraft(canAutoAccept(next.plan) ? next : { ...next, autoAccept: false });
    setServer([]);
    setOfferFaults([]);
    setSummary([]);
    sent.current = keys();
    saveDraft(object, next);
  };
  const show = (faults: FieldFault[]): void => setSummary(faults.map((one) => ({ id: places[one.path] ?? fieldId(one.path), text: faultWithPlace(one, draft.plan) })));

  const save = async (): Promise<boolean> => {
    setTried(true);
    setError(undefined);
    const missing: FieldFault[] = [...read.faults, ...server];
    if (draft.rights.length === 0) missing.push({ path: "rights", code: "missing" });
    if (draft.private && draft.buyer.trim() === "") missing.push({ path: "buyer", code: "missing" });
    setOfferFaults(missing.filter((one) => one.path in places));
    if (missing.length > 0 || !read.plan) {
      show(missing);
      return false;
    }
    setBusy(true);
    try {
      const plan = from
        ? await api.post("/plans/{id}/versions", { path: { id: from.plan.id }, body: read.plan, key: sent.current.plan })
        : await api.post("/listings/{id}/plans", { path: { id: listing.id }, body: read.plan, key: sent.current.plan });
      await api.post("/listings/{id}/offers", { path: { id: listing.id }, body: bodyOf(draft, plan.id, plan.version, zone), key: sent.current.offer });
      if (from?.state === "active") await api.post("/offers/{id}/withdraw", { path: { id: from.id }, body: {}, key: sent.current.withdraw });
      dropDraft(object);
      sent.current = keys();
      await props.onSaved();
      return true;
    } catch (fault) {
      const fields = isApiError(fault) ? fault.fields : [];
      setServer(fields.filter((one) => one.path.startsWith("components")));
      setOfferFaults(fields.filter((one) => !one.path.startsWith("components")));
      show(fields);
      setError(fault);
      return false;
    } finally {
      setBusy(false);
    }
  };
  const saver = useRef(save);
  saver.current = save;
  useEffect(() => props.onReady?.(() => saver.current()), []);

  return (
    <div class="stack">
      {again ? (
        <Notice tone="info" actions={<Button small onClick={() => {
          dropDraft(object);
          setDraft(first());
          setAgain(false);
        }}>{t("common.discard")}</Button>}>{t("sell.restored")}</Notice>
      ) : null}
      {summary.length > 0 ? <FormSummary faults={summary} rest={isApiError(error) ? errorText(error) : undefined} /> : error ? <ErrorPanel error={error} /> : null}
      <div class="layout with-examples">
        <PlanFields draft={draft.plan} faults={planFaults} fresh={!from} onChange={(plan) => change({ ...draft, plan })} />
        <div class="rail beside"><Examples plan={read.plan} onFaults={setServer} /></div>
      </div>
      <h2 id="rights">{t("term.rights")}</h2>
      <RightsFields draft={draft} licences={props.licences} faults={offerFaults} zone={zone} onChange={change} />
      <div class="form-foot">
        <Button busy={busy} onClick={() => void save()}>{from ? t("sell.save_new_price") : t("sell.save_offer")}</Button>
        {props.onCancel ? <Button kind="quiet" onClick={() => {
          dropDraft(object);
          props.onCancel?.();
        }}>{t("common.cancel")}</Button> : null}
        {from && listing.state !== "draft" ? <span class="hint">{t("sell.new_price_hint")}</span> : null}
      </div>
    </div>
  );
}
