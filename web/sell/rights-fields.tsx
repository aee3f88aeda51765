// What a buyer may do, under which licence, for whom and until when.
import { useState } from "preact/hooks";
import type { Licence } from "../api/answers.ts";
import type { FieldFault } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Checkbox, Radio } from "../components/choice.tsx";
import { Dialog } from "../components/dialog.tsx";
import { FieldGroup } from "../components/field.tsx";
import { Select } from "../components/select.tsx";
import { TextField } from "../components/text-field.tsx";
import { t, tFor } from "../lib/messages.ts";
import { faultAt } from "./faults.ts";
import { allRights, canAutoAccept, type OfferDraft } from "./offer-draft.ts";

/** Name of a licence; the server's own text below it. */
export function LicenceText({ licence, onClose }: { licence: Licence | undefined; onClose: () => void }) {
  return (
    <Dialog open={licence !== undefined} wide title={licence ? tFor("licence", licence.id) : ""} onClose={onClose} footer={<Button onClick={onClose}>{t("common.close")}</Button>}>
      {licence ? (
        <div class="stack">
          <p class="pre-line" lang="en">{licence.text}</p>
          {licence.url ? <p><a href={licence.url} rel="noopener">{licence.url}</a></p> : null}
          <p class="meta">{t("sell.licence_hash")} <code class="hash">{licence.text_hash}</code></p>
        </div>
      ) : null}
    </Dialog>
  );
}

export const licenceName = (licence: Licence): string => {
  const name = tFor("licence", licence.id);
  return name === licence.id.replaceAll("_", " ") ? licence.name : name;
};

export interface RightsFieldsProps {
  draft: OfferDraft;
  licences: Licence[];
  faults: readonly FieldFault[];
  zone: string;
  onChange: (draft: OfferDraft) => void;
}

export function RightsFields({ draft, licences, faults, zone, onChange }: RightsFieldsProps) {
  const [reading, setReading] = useState<Licence | undefined>();
  const chosen = licences.find((one) => one.id === draft.licence);
  return (
    <div class="stack">
      <FieldGroup legend={t("sell.rights_given")} hint={t("sell.rights_hint")} error={faultAt(faults, "rights")} class="wide-group">
        <div class="check-columns" id="offer-rights" tabIndex={-1}>
          {allRights.map((right) => (
            <Checkbox
              key={right}
              label={tFor("right", right)}
              checked={draft.rights.includes(right)}
              onChange={(on) => onChange({ ...draft, rights: allRights.filter((one) => (one === right ? on : draft.rights.includes(one))) })}
            />
          ))}
        </div>
      </FieldGroup>
      <div class="row bottom">
        <Select label={t("term.licence_word")} error={faultAt(faults, "licence")} value={draft.licence} options={licences.map((one) => ({ value: one.id, label: licenceName(one) }))} onChange={(licence) => onChange({ ...draft, licence })} />
        {chosen ? <Button kind="quiet" onClick={() => setReading(chosen)}>{t("sell.read_licence")}</Button> : null}
      </div>
      <LicenceText licence={reading} onClose={() => setReading(undefined)} />
      <Radio
        legend={t("sell.audience")}
        value={draft.private ? "private" : "public"}
        options={[{ value: "public", label: t("sell.audience_public") }, { value: "private", label: t("sell.audience_private"), hint: t("sell.audience_private_hint") }]}
        onChange={(value) => onChange({ ...draft, private: value === "private" })}
      />
      <div class="form-row">
        {draft.private ? <TextField id="offer-buyer" label={t("sell.buyer_name")} error={faultAt(faults, "buyer")} value={draft.buyer} autocomplete="off" spellcheck={false} onInput={(buyer) => onChange({ ...draft, buyer })} /> : null}
        <TextField type="date" label={t("sell.until")} optional hint={t("sell.until_hint", { zone })} error={faultAt(faults, "valid_until")} value={draft.until} onInput={(until) => onChange({ ...draft, until })} />
      </div>
      {canAutoAccept(draft.plan) ? <Checkbox label={t("sell.auto_accept")} hint={t("sell.auto_accept_hint")} error={faultAt(faults, "auto_accept")} checked={draft.autoAccept} onChange={(autoAccept) => onChange({ ...draft, autoAccept })} /> : null}
    </div>
  );
}
