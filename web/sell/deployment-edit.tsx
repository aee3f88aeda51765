// What of a running deployment can be changed: it goes on meanwhile.
import { useState } from "preact/hooks";
import type { Deployment, DeploymentChange } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { ErrorPanel } from "../components/states.tsx";
import { toast } from "../components/toast.tsx";
import { t } from "../lib/messages.ts";
import { checkedReplicas, DeploymentFields, type DeploymentSettings } from "./deployment-fields.tsx";

export function DeploymentEdit({ one, onClose, onChange }: { one: Deployment; onClose: () => void; onChange: (one: Deployment) => void }) {
  const before: DeploymentSettings = { visibility: one.visibility, least: String(one.min_replicas), most: String(one.max_replicas) };
  const [value, setValue] = useState(before);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const checked = checkedReplicas(value);
  const { low, high } = checked;
  const save = async (): Promise<void> => {
    setTried(true);
    if (low === undefined || high === undefined || checked.lowFault || checked.highFault) return;
    setBusy(true);
    setError(undefined);
    // only what is different: what somebody else changed meanwhile stays
    const body: DeploymentChange = {
      ...(value.visibility !== one.visibility ? { visibility: value.visibility } : {}),
      ...(low !== one.min_replicas ? { min_replicas: low } : {}),
      ...(high !== one.max_replicas ? { max_replicas: high } : {}),
    };
    try {
      onChange(await api.patch("/deployments/{id}", { path: { id: one.id }, body }));
      toast(t("common.saved"));
      onClose();
    } catch (fault) {
      setError(fault);
      setBusy(false);
    }
  };
  return (
    <Dialog open title={t("sell.deployment_edit")} locked={busy} dirty={JSON.stringify(value) !== JSON.stringify(before)} onClose={onClose}
      footer={<><Button onClick={onClose}>{t("common.cancel")}</Button><Button kind="primary" busy={busy} onClick={() => void save()}>{t("common.save")}</Button></>}>
      <form class="stack" noValidate onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void save();
      }}>
        <p class="meta">{t("sell.deployment_edit_why")}</p>
        <DeploymentFields value={value} checked={tried ? checked : undefined} onChange={(part) => setValue((now) => ({ ...now, ...part }))} />
        {error ? <ErrorPanel error={error} /> : null}
      </form>
    </Dialog>
  );
}
