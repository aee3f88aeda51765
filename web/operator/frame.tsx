// What all operator pages share: tabs, the density switch.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { Page } from "../components/page.tsx";
import { remember } from "../lib/drafts.ts";
import { t } from "../lib/messages.ts";

export type OperatorTab = "desk" | "review" | "parties" | "top-ups" | "ledger" | "audit" | "health" | "invites";

const tabs: [OperatorTab, string, () => string][] = [
  ["desk", "/operator", () => t("operator.desk")],
  ["review", "/operator/review", () => t("operator.review")],
  ["parties", "/operator/parties", () => t("operator.parties")],
  ["top-ups", "/operator/top-ups", () => t("operator.top_ups")],
  ["ledger", "/operator/ledger", () => t("term.ledger")],
  ["audit", "/operator/audit", () => t("term.audit_log")],
  ["health", "/operator/health", () => t("operator.health")],
  ["invites", "/operator/invites", () => t("operator.invites")],
];

function Density() {
  const [density, setDensity] = useState(document.documentElement.dataset["density"] ?? "compact");
  const compact = density === "compact";
  return (
    <Button small kind="quiet" pressed={compact} onClick={() => {
      const next = compact ? "comfortable" : "compact";
      document.documentElement.dataset["density"] = next;
      remember("density", next);
      setDensity(next);
    }}>{t("operator.compact")}</Button>
  );
}

export interface OperatorPageProps {
  title: ComponentChildren;
  titleText?: string;
  tab: OperatorTab;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function OperatorPage(props: OperatorPageProps) {
  return (
    <Page
      title={props.title}
      {...(props.titleText ? { titleText: props.titleText } : {})}
      section={t("nav.operator")}
      lead={props.lead}
      actions={<><Density />{props.actions}</>}
      tabs={tabs.map(([id, href, label]) => ({ href, label: label(), current: id === props.tab }))}
    >
      {props.children}
    </Page>
  );
}
