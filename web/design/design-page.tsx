// Every component in every state.
import { Page } from "../components/page.tsx";
import { t } from "../lib/messages.ts";
import { Controls } from "./controls.tsx";
import { Shown } from "./shown.tsx";
import { Work } from "./work.tsx";

export function DesignPage() {
  return (
    <Page title={t("design.title")} section="" lead={t("design.lead")}>
      <Controls />
      <Work />
      <Shown />
    </Page>
  );
}
