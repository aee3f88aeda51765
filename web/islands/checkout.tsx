// <k-checkout>: the order form of an offer, states a to f of the design. Until its data is there, and if it does not come, the server's form stays.
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { allRows, api } from "../api/client.ts";
import type { Entitlement, Me, Offer, PlanComponent, Wallet } from "../api/answers.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { Checkbox, Radio } from "../components/choice.tsx";
import { Notice } from "../components/notice.tsx";
import { ErrorPanel, errorText } from "../components/states.tsx";
import { Time } from "../components/value.tsx";
import { context, propsOf } from "../lib/context.ts";
import { formatDuration } from "../lib/format.ts";
import { useKept } from "../lib/kept.ts";
import { t, tFor, tx } from "../lib/messages.ts";
import { compare, currencyDigits, difference, formatMoney, fromDecimal, toDecimal } from "../lib/money.ts";
import { assetPath, withQuery } from "../lib/url.ts";
import type { Mount } from "./loader.ts";
import { FormKey, isOpen, outcomeOf, type Outcome } from "./order-flow.ts";
import { PlanLines } from "./plan-lines.tsx";

interface Buyer {
  id: string;
  name: string;
  wallet: Wallet | undefined;
}

interface Loaded {
  offer: Offer;
  buyers: Buyer[];
}

const mayBuy = new Set(["write", "admin"]);

async function load(id: string): Promise<Loaded> {
  const [offer, me]: [Offer, Me] = await Promise.all([api.get("/offers/{id}", { path: { id } }), api.get("/me")]);
  const parties = [{ id: me.id, name: me.name }, ...me.may_act_for.filter((one) => one.roles.some((role) => mayBuy.has(role)))];
  const buyers = await Promise.all(parties.map(async ({ id: party, name }) => {
    const wallets = await allRows("/wallets", { query: { party } });
    return { id: party, name, wallet: wallets.find((one) => one.currency === offer.plan.currency) };
  }));
  return { offer, buyers };
}

/** Seconds left of a wait, counted down. */
function useSecondsLeft(until: number | undefined): number {
  const left = (): number => (until === undefined ? 0 : Math.max(0, Math.ceil((until - Date.now()) / 1_000)));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    if (until === undefined) return undefined;
    const timer = setInterval(() => setSeconds(left()), 250);
    return () => clearInterval(timer);
  }, [until]);
  return seconds;
}

/** What was entered in the server's form before this took its place, and where the focus was. */
interface Entered {
  buyer: string | undefined;
  accepted: boolean;
  focus: string;
}

function enteredIn(form: HTMLFormElement): Entered {
  return {
    buyer: form.querySelector<HTMLInputElement>("input[name=buyer]:checked")?.value,
    accepted: form.querySelector<HTMLInputElement>("#accept")?.checked ?? false,
    focus: form.contains(document.activeElement) ? (document.activeElement?.id ?? "") : "",
  };
}

function Checkout({ first, entered }: { first: Loaded; entered: Entered }) {
  const [{ offer, buyers }, setLoaded] = useState(first);
  const [buyer, setBuyer] = useKept("checkout.buyer", buyers.find((one) => one.name === entered.buyer)?.name ?? buyers[0]?.name ?? "");
  const [accepted, setAccepted] = useKept("checkout.accepted", entered.accepted);
  const [consentFault, setConsentFault] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>({ at: "form" });
  const [owned, setOwned] = useState<Entitlement | undefined>();
  const key = useRef<FormKey | undefined>(undefined);
  key.current ??= new FormKey();
  const sending = useRef(false);
  const seconds = useSecondsLeft(outcome.at === "wait" ? outcome.until : undefined);

  const total = offer.due_at_once;
  const code = { display: "code" } as const;
  const amount = formatMoney(total, code);
  const chosen = buyers.find((one) => one.name === buyer);
  const available = chosen?.wallet?.available ?? { amount: "0.00", currency: total.currency };
  const missing = outcome.at === "short" && outcome.missing ? outcome.missing : compare(available, total) < 0 ? difference(available, total) : undefined;
  const open = isOpen(outcome);

  const topUp = (short: { amount: string; currency: string } | undefined): string => withQuery("/account/top-ups", {
    party: buyer === context.user?.name ? null : buyer,
    amount: short ? toDecimal(fromDecimal(short.amount), currencyDigits(short.currency)) : null,
    currency: total.currency,
    next: `/market/offers/${offer.id}`,
  });

  const change = (act: () => void): void => {
    key.current?.inputChanged(outcome);
    setOutcome({ at: "form" });
    act();
  };

  const findOwned = async (): Promise<void> => {
    try {
      const list = await api.get("/entitlements", { query: { party: buyer, asset: offer.asset, state: "active" } });
      setOwned(list.data.find((one) => one.offer === offer.id) ?? list.data[0]);
    } catch {
      // the notice stands without its link
    }
  };

  const pay = async (): Promise<void> => {
    if (sending.current) return;
    if (!accepted) {
      setConsentFault(true);
      document.getElementById("accept")?.focus();
      return;
    }
    sending.current = true;
    setOutcome({ at: "working", unknown: outcome.at === "unknown" });
    let next: Outcome;
    try {
      const order = await api.post("/orders", {
        key: key.current?.value ?? "",
        body: { offer: offer.id, offer_version: offer.version, quantity: 1, buyer, payment_method: "wallet", expected_total: total },
        onUnknown: () => setOutcome({ at: "working", unknown: true }),
      });
      next = { at: "bought", order: order.id };
    } catch (error) {
      next = outcomeOf(error, total);
    }
    key.current?.answered(next);
    sending.current = false;
    if (next.at === "changed") {
      const fresh = await api.get("/offers/{id}", { path: { id: offer.id } }).catch(() => undefined);
      if (fresh) {
        if (fresh.licence !== offer.licence) setAccepted(false);
        setLoaded({ offer: fresh, buyers });
        next = { ...next, after: fresh.due_at_once };
      }
    }
    if (next.at === "owned") void findOwned();
    setOutcome(next);
    if (next.at === "bought") location.assign(withQuery(`/account/orders/${next.order}`, { new: "1", party: buyer === context.user?.name ? null : buyer }));
  };

  const licence = tFor("licence", offer.licence);
  const payLabel = outcome.at === "unknown" ? t("common.check_again") : t("checkout.pay", { amount });
  return (
    <form class="panel stack" onSubmit={(event) => {
      event.preventDefault();
      void pay();
    }}>
      {outcome.at === "changed" ? (
        <Notice tone="warn" live="alert" focus>{t("checkout.price_changed", { old: formatMoney(outcome.before, code), new: formatMoney(outcome.after, code) })}</Notice>
      ) : null}
      {outcome.at === "owned" ? (
        <Notice tone="ok" live="alert" focus actions={owned ? <LinkButton href={withQuery(`/account/orders/${owned.order}`, { party: buyer === context.user?.name ? null : buyer })}>{t("checkout.open_order")}</LinkButton> : undefined}>
          {t("checkout.owned")} {owned ? tx("checkout.owned_since", { date: <Time at={owned.valid_from} show="date" /> }) : null}
        </Notice>
      ) : null}
      {outcome.at === "unknown" || (outcome.at === "working" && outcome.unknown) ? <Notice tone="warn" live="alert" focus={outcome.at === "unknown"}>{t("checkout.unknown")}</Notice> : null}
      {outcome.at === "refused" ? <ErrorPanel error={outcome.error} /> : null}
      {outcome.at === "wait" ? <Notice tone="warn" live="alert">{errorText(outcome.error)} {seconds > 0 ? t("common.try_again_in", { time: formatDuration(seconds * 1_000, "long") }) : null}</Notice> : null}

      {buyers.length > 1 ? (
        <Radio
          legend={t("checkout.buyer")}
          value={buyer}
          onChange={(name) => change(() => setBuyer(name))}
          options={buyers.map((one) => ({
            value: one.name,
            label: <bdi>{one.name}</bdi>,
            hint: t("checkout.wallet_has", { amount: formatMoney(one.wallet?.available ?? { amount: "0.00", currency: total.currency }, code) }),
            disabled: open,
          }))}
        />
      ) : (
        <dl class="kv">
          <dt>{t("checkout.buyer")}</dt>
          <dd><bdi>{buyer}</bdi> <span class="meta">{t("checkout.wallet_has", { amount: formatMoney(available, code) })}</span></dd>
        </dl>
      )}
      <PlanLines components={offer.plan.components as PlanComponent[]} currency={offer.plan.currency} total={total} />

      <Checkbox
        id="accept"
        checked={accepted}
        disabled={open}
        onChange={(on) => {
          setAccepted(on);
          setConsentFault(false);
        }}
        label={tx("checkout.accept", { licence }, { link: (text) => <a href={`/about/licences/${encodeURIComponent(offer.licence)}`} target="_blank" rel="noopener">{text}</a> })}
        error={consentFault ? t("checkout.must_accept") : undefined}
      />
      {offer.plan.refund_policy ? <p class="meta">{tFor("price.refund_", offer.plan.refund_policy)}</p> : null}

      {missing && outcome.at !== "owned" && !open ? (
        <Notice tone="warn" live="status" actions={<LinkButton kind="primary" href={topUp(missing)}>{t("wallet.top_up")}</LinkButton>}>{t("checkout.short", { missing: formatMoney(missing, code) })}</Notice>
      ) : null}
      {outcome.at === "owned" || outcome.at === "bought" ? null : (
        <div class="row">
          <Button
            kind={missing && !open ? "plain" : "primary"}
            type="submit"
            class="large"
            busy={outcome.at === "working"}
            disabled={outcome.at === "wait" && seconds > 0}
          >
            {payLabel}
          </Button>
          {outcome.at === "changed" ? <LinkButton kind="quiet" href={assetPath(offer.asset)}>{t("common.cancel")}</LinkButton> : null}
        </div>
      )}
      {outcome.at === "bought" ? <Notice tone="ok" live="status">{t("checkout.bought_opening")}</Notice> : null}
    </form>
  );
}

export const mount: Mount = async (element) => {
  // signed out, owned already, not for sale: the server has said it, and there is no form to make better
  const form = element.querySelector("form");
  if (!context.user || !form) return;
  let first: Loaded;
  try {
    first = await load(propsOf<{ offer: string }>(element).offer);
  } catch {
    return;
  }
  const entered = enteredIn(form);
  element.replaceChildren();
  render(<Checkout first={first} entered={entered} />, element);
  if (entered.focus) element.querySelector<HTMLElement>(`#${CSS.escape(entered.focus)}`)?.focus();
};
