// Pages of the operator: /operator and below. Rows are compact unless the reader chose otherwise.
import { mountPage } from "../components/page.tsx";
import { remembered } from "../lib/drafts.ts";
import { AuditPage } from "./audit.tsx";
import { DeskPage } from "./desk.tsx";
import { HealthPage } from "./health.tsx";
import { InvitesPage } from "./invites.tsx";
import { LedgerPage } from "./ledger.tsx";
import { PartiesPage } from "./parties.tsx";
import { PartyPage } from "./party.tsx";
import { ReviewPage } from "./review.tsx";
import { TopUpsPage } from "./top-ups.tsx";

document.documentElement.dataset["density"] = remembered("density") ?? "compact";

void mountPage("operator", {
  "operator": DeskPage,
  "operator/review": ReviewPage,
  "operator/review/{id}": ReviewPage,
  "operator/parties": PartiesPage,
  "operator/parties/{name}": PartyPage,
  "operator/top-ups": TopUpsPage,
  "operator/ledger": LedgerPage,
  "operator/audit": AuditPage,
  "operator/health": HealthPage,
  "operator/invites": InvitesPage,
});
