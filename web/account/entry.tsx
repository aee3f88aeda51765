// The buyer's side: which view answers to which page of the server.
import { mountPage } from "../components/page.tsx";
import { EntitlementsPage } from "./entitlements.tsx";
import { OrderPage } from "./order.tsx";
import { OrdersPage } from "./orders.tsx";
import { OverviewPage } from "./overview.tsx";
import { TopUpPage } from "./top-up.tsx";
import { TopUpsPage } from "./top-ups.tsx";
import { UsagePage } from "./usage.tsx";
import { WalletPage } from "./wallet.tsx";

void mountPage("account", {
  account: OverviewPage,
  "account/wallet": WalletPage,
  "account/top-ups": TopUpsPage,
  "account/top-ups/{id}": TopUpPage,
  "account/orders": OrdersPage,
  "account/orders/{id}": OrderPage,
  "account/entitlements": EntitlementsPage,
  "account/usage": UsagePage,
});
