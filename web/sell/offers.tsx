// Offers of a listing: price, rights, state; change a price (a new version), withdraw, add one.
import { useState } from "preact/hooks";
import type { Licence, Listing, Offer } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { usePartyNames } from "../api/use-parties.ts";
import { Badge } from "../components/badge.tsx";
import { Button } from "../components/button.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { CopyButton, Id } from "../components/copy.tsx";
import { Name, Time } from "../components/value.tsx";
import { formatList } from "../lib/format.ts";
import { t, tFor } from "../lib/messages.ts";
import { priceText } from "../lib/price-text.ts";
import { uuid } from "../lib/random.ts";
import { OfferEditor } from "./offer-editor.tsx";
import { licenceName } from "./rights-fields.tsx";

interface OfferRowProps {
  offer: Offer;
  licences: Licence[];
  buyer: string;
  zone: string;
  editable: boolean;
  onChangePrice: () => void;
  onWithdraw: () => void;
}

function OfferRow({ offer, licences, buyer, zone, editable, onChangePrice, onWithdraw }: OfferRowProps) {
  const licence = licences.find((one) => one.id === offer.licence);
  const active = offer.state === "active";
  return (
    <li class={`offer ${active ? "" : "withdrawn"}`}>
      <div class="spread">
        <strong class="price">{priceText(offer.plan)}</strong>
        <span class="row">
          {offer.visibility === "private" ? <Badge tone="info">{t("sell.private_for", { name: buyer || "…" })}</Badge> : null}
          <Badge tone={active ? "ok" : "plain"}>{active ? t("sell.offer_active") : t("sell.offer_withdrawn")}</Badge>
        </span>
      </div>
      <p class="muted">{formatList(offer.rights.map((one) => tFor("right", one)))}</p>
      <p class="meta parts">
        <span>{licence ? licenceName(licence) : offer.licence}</span>
        <span>{tFor("price.refund_", offer.plan.refund_policy ?? "standard_7d")}</span>
        {offer.auto_accept ? <span>{t("sell.auto_accept_short")}</span> : null}
        {offer.valid_until ? <span>{t("sell.valid_until")} <Time at={new Date(Date.parse(offer.valid_until) - 1).toISOString()} show="date" zone={zone} /></span> : null}
        <span>{t("sell.plan_version", { n: String(offer.plan.version) })}</span>
        <Id id={offer.id} />
      </p>
      {active && editable ? (
        <div class="row">
          <Button small onClick={onChangePrice}>{t("sell.change_price")}</Button>
          <Button small kind="quiet" class="danger" onClick={onWithdraw}>{t("sell.withdraw")}</Button>
          <CopyButton text={offer.checkout_url} what={t("sell.checkout_link")}>{t("sell.checkout_link")}</CopyButton>
        </div>
      ) : null}
    </li>
  );
}

export interface OffersProps {
  listing: Listing;
  licences: Licence[];
  currency: string;
  zone: string;
  editable: boolean;
  onReady: (save: (() => Promise<boolean>) | undefined) => void;
  reload: () => Promise<void>;
}

export function Offers(props: OffersProps) {
  const { listing, licences } = props;
  const active = listing.offers.filter((one) => one.state === "active");
  const gone = listing.offers.filter((one) => one.state !== "active");
  const names = usePartyNames(listing.offers.map((one) => one.buyer));
  // an offer being made: "new", or the one whose price changes; a listing without a price starts with one
  const [editing, setEditing] = useState<Offer | "new" | undefined>();
  const [leaving, setLeaving] = useState<Offer | undefined>();
  const [key, setKey] = useState(uuid);
  const open = editing ?? (props.editable && active.length === 0 ? "new" : undefined);
  const row = (one: Offer) => (
    <OfferRow key={one.id} offer={one} licences={licences} buyer={names(one.buyer)} zone={props.zone} editable={props.editable && open === undefined} onChangePrice={() => setEditing(one)} onWithdraw={() => {
      setKey(uuid());
      setLeaving(one);
    }} />
  );
  return (
    <div class="stack">
      {active.length > 0 ? <ul class="offers plain">{active.map(row)}</ul> : null}
      {open === undefined && props.editable ? <div class="row"><Button onClick={() => setEditing("new")}>{t("sell.add_offer")}</Button></div> : null}
      {open !== undefined ? (
        <OfferEditor
          key={open === "new" ? "new" : open.id}
          listing={listing}
          {...(open === "new" ? {} : { from: open })}
          buyerName={open === "new" ? "" : names(open.buyer)}
          licences={licences}
          currency={props.currency}
          zone={props.zone}
          onReady={props.onReady}
          onSaved={async () => {
            props.onReady(undefined);
            // It is saved, also where reading the listing again fails: the editor must not offer to save it once more.
            await props.reload().catch(() => undefined);
            setEditing(undefined);
          }}
          {...(active.length > 0 ? { onCancel: () => {
            props.onReady(undefined);
            setEditing(undefined);
          } } : {})}
        />
      ) : null}
      {gone.length > 0 ? (
        <details class="fold-down">
          <summary>{t("sell.withdrawn_count", { count: gone.length })}</summary>
          <ul class="offers plain">{gone.map(row)}</ul>
        </details>
      ) : null}
      {leaving ? (
        <ConfirmDanger
          open
          title={t("sell.withdraw_ask")}
          action={t("sell.withdraw")}
          onClose={() => setLeaving(undefined)}
          onConfirm={async () => {
            await api.post("/offers/{id}/withdraw", { path: { id: leaving.id }, body: {}, key });
            await props.reload();
          }}
        >
          <p><Name>{priceText(leaving.plan)}</Name></p>
          <p>{t("sell.withdraw_effect")}</p>
        </ConfirmDanger>
      ) : null}
    </div>
  );
}
