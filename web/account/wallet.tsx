// The wallet: what is available in each currency, and every movement that led there.
import type { Wallet } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { LinkButton } from "../components/button.tsx";
import { Load, Skeleton, useLoad } from "../components/states.tsx";
import { Money } from "../components/value.tsx";
import { t } from "../lib/messages.ts";
import { isZero } from "../lib/money.ts";
import { AccountPage, type Acting } from "./frame.tsx";
import { WalletEntries } from "./wallet-entries.tsx";

export function Balances({ wallet }: { wallet: Wallet }) {
  return (
    <dl class="kv">
      <dt>{t("term.balance")}</dt>
      <dd><Money money={wallet.balance} /></dd>
      <dt>{t("term.held")}</dt>
      <dd><Money money={wallet.held} /></dd>
      {isZero(wallet.promotional) ? null : <><dt>{t("term.promotional")}</dt><dd><Money money={wallet.promotional} /></dd></>}
      {isZero(wallet.frozen) ? null : <><dt>{t("term.frozen")}</dt><dd><Money money={wallet.frozen} /></dd></>}
      <dt class="total">{t("term.available")}</dt>
      <dd class="total"><Money money={wallet.available} /></dd>
    </dl>
  );
}

function View({ acting }: { acting: Acting }) {
  const { address, party } = acting;
  const wallets = useLoad((signal) => api.get("/wallets", { query: { party }, signal }), [party], { onFocus: true });
  return (
    <Load from={wallets} skeleton={<Skeleton lines={8} />}>
      {({ data }) => {
        const wanted = address.get("currency") ?? acting.currency;
        const sorted = [...data].sort((a, b) => Number(b.currency === acting.currency) - Number(a.currency === acting.currency));
        const wallet = data.find((one) => one.currency === wanted) ?? data[0];
        if (!wallet) return null;
        return (
          <>
            <div class="wallet-head">
              <div>
                <div class="meta">{t("term.available")}</div>
                <div class="figure"><Money money={wallet.available} /></div>
                {data.length > 1 ? (
                  <ul class="chips" aria-label={t("common.currency")}>
                    {sorted.map((one) => (
                      <li key={one.currency}>
                        <a class="chip" href={address.href({ currency: one.currency })} aria-current={one.currency === wallet.currency ? "true" : undefined} onClick={(event) => {
                          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                          event.preventDefault();
                          address.go({ currency: one.currency, before: null });
                        }}><Money money={one.available} /></a>
                      </li>
                    ))}
                  </ul>
                ) : null}
              </div>
              <Balances wallet={wallet} />
            </div>
            <WalletEntries acting={acting} wallet={wallet} key={wallet.currency} />
          </>
        );
      }}
    </Load>
  );
}

export function WalletPage() {
  return (
    <AccountPage tab="wallet" title={t("nav.wallet")} actions={(acting) => <LinkButton kind="primary" href={acting.to("/account/top-ups", { currency: acting.address.get("currency") })}>{t("wallet.top_up")}</LinkButton>}>
      {(acting) => <View acting={acting} />}
    </AccountPage>
  );
}
