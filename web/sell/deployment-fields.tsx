// Who may call a deployment and how many replicas it has: fields of the form that starts one and of the one that changes it.
import { Radio } from "../components/choice.tsx";
import { TextField } from "../components/text-field.tsx";
import { t } from "../lib/messages.ts";
import { parseQuantity } from "./plan-draft.ts";

const most = 100;

export interface DeploymentSettings {
  visibility: "public" | "private";
  /** as typed */
  least: string;
  most: string;
}

export interface CheckedReplicas {
  low: number | undefined;
  high: number | undefined;
  lowFault: string | undefined;
  highFault: string | undefined;
}

export function checkedReplicas(settings: Pick<DeploymentSettings, "least" | "most">): CheckedReplicas {
  const [low, high] = [parseQuantity(settings.least), parseQuantity(settings.most)];
  return {
    low,
    high,
    lowFault: low === undefined || low > most ? t("error.number_between", { min: "0", max: String(most) }) : undefined,
    highFault: high === undefined || high < 1 || high > most ? t("error.number_between", { min: "1", max: String(most) }) : low !== undefined && high < low ? t("sell.replicas_order") : undefined,
  };
}

export interface DeploymentFieldsProps {
  value: DeploymentSettings;
  /** faults are shown from the first try on */
  checked: CheckedReplicas | undefined;
  onChange: (part: Partial<DeploymentSettings>) => void;
}

export function DeploymentFields({ value, checked, onChange }: DeploymentFieldsProps) {
  return (
    <>
      <Radio legend={t("sell.visibility")} value={value.visibility} options={[{ value: "public", label: t("term.public"), hint: t("sell.visibility_public") }, { value: "private", label: t("term.private"), hint: t("sell.visibility_private") }]} onChange={(one) => onChange({ visibility: one === "private" ? "private" : "public" })} />
      <div class="form-row">
        <TextField label={t("sell.min_replicas")} hint={t("sell.min_replicas_hint")} numeric inputMode="numeric" value={value.least} error={checked?.lowFault} onInput={(least) => onChange({ least })} />
        <TextField label={t("sell.max_replicas")} hint={t("sell.max_replicas_hint")} numeric inputMode="numeric" value={value.most} error={checked?.highFault} onInput={(text) => onChange({ most: text })} />
      </div>
    </>
  );
}
