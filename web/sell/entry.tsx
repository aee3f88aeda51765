// Pages of those who sell: /sell and below.
import { mountPage } from "../components/page.tsx";
import { DeploymentPage } from "./deployment.tsx";
import { DeploymentsPage } from "./deployments.tsx";
import { EarningsPage } from "./earnings.tsx";
import { ListingPage } from "./listing.tsx";
import { ListingsPage } from "./listings.tsx";
import { OrdersPage } from "./orders.tsx";
import { OverviewPage } from "./overview.tsx";

void mountPage("sell", {
  "sell": OverviewPage,
  "sell/listings": ListingsPage,
  "sell/listings/{id}": ListingPage,
  "sell/earnings": EarningsPage,
  "sell/orders": OrdersPage,
  "sell/deployments": DeploymentsPage,
  "sell/deployments/{id}": DeploymentPage,
});
