// /new?kind=: a repository with its first card. The name is checked while it is typed; the server judges.
import { useState } from "preact/hooks";
import { api, isApiError, wire } from "../api/client.ts";
import type { Me } from "../api/answers.ts";
import { Button } from "../components/button.tsx";
import { cardFile, CardStarter, startOfCard, type CardChoice } from "../components/card-starter.tsx";
import { Radio } from "../components/choice.tsx";
import { Page } from "../components/page.tsx";
import { Select } from "../components/select.tsx";
import { ErrorPanel, Load, useLoad } from "../components/states.tsx";
import { LinkTabs } from "../components/tabs.tsx";
import { useAddress } from "../components/use-address.ts";
import { sdks } from "../lib/card.ts";
import { useKept } from "../lib/kept.ts";
import { t, tFor } from "../lib/messages.ts";
import { hubError, isKind, pageOf, type Kind } from "./hub.ts";
import { NameFields, nameText } from "./name-field.tsx";

const kinds: Kind[] = ["model", "dataset", "space"];

function NewForm({ kind, me }: { kind: Kind; me: Me }) {
  const [owner, setOwner] = useKept(`new.${kind}.owner`, me.name);
  const [name, setName] = useKept(`new.${kind}.name`, "");
  const [visibility, setVisibility] = useKept(`new.${kind}.visibility`, "public");
  const [sdk, setSdk] = useKept<string>(`new.${kind}.sdk`, sdks[0]);
  const [card, setCard] = useKept<CardChoice>(`new.${kind}.card`, { licence: "", task: "", text: undefined });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [fault, setFault] = useState<string | undefined>();

  const create = async (): Promise<void> => {
    const wrong = nameText(name);
    setFault(wrong);
    setError(undefined);
    if (wrong) {
      document.getElementById("repository-name")?.focus();
      return;
    }
    setBusy(true);
    const ownSdk = kind === "space" ? { sdk } : {};
    try {
      await wire("post", "/api/repos/create", {
        type: kind,
        name,
        organization: owner,
        private: visibility === "private",
        ...ownSdk,
        files: [{ path: cardFile, content: startOfCard(kind, name, card, kind === "space" ? sdk : undefined) }],
      });
      location.assign(pageOf(kind, `${owner}/${name}`));
    } catch (refused) {
      const known = hubError(refused);
      if (isApiError(known) && known.code === "name_taken") {
        setFault(t("repo.name_taken", { name: `${owner}/${name}` }));
        document.getElementById("repository-name")?.focus();
      } else {
        setError(known);
      }
      setBusy(false);
    }
  };

  return (
    <form class="stack" noValidate onSubmit={(event) => {
      event.preventDefault();
      if (!busy) void create();
    }}>
      {error ? <ErrorPanel error={error} title={t("repo.not_made")} /> : null}
      <NameFields
        kind={kind}
        me={me}
        owner={owner}
        name={name}
        error={fault}
        onOwner={(next) => {
          setFault(undefined);
          setOwner(next);
        }}
        onName={(next) => {
          setFault(undefined);
          setName(next);
        }}
      />
      <Radio
        legend={t("repo.visibility")}
        value={visibility}
        onChange={setVisibility}
        options={[
          { value: "public", label: t("repo.public"), hint: t("repo.public_hint") },
          { value: "private", label: t("repo.private"), hint: owner === me.name ? t("repo.private_hint") : t("repo.private_hint_org") },
        ]}
      />
      {kind === "space" ? <Select label={t("repo.sdk")} value={sdk} options={sdks.map((one) => ({ value: one, label: one }))} onChange={setSdk} /> : null}
      <CardStarter kind={kind} name={name || t("common.name")} value={card} onChange={setCard} {...(kind === "space" ? { sdk } : {})} />
      <div class="form-foot">
        <Button kind="primary" type="submit" busy={busy}>{t("repo.create")}</Button>
      </div>
    </form>
  );
}

export function NewPage() {
  const address = useAddress();
  const asked = address.get("kind");
  const kind: Kind = isKind(asked) ? asked : "model";
  const me = useLoad(() => api.get("/me"));
  const title = kind === "model" ? t("repo.new_model") : kind === "dataset" ? t("repo.new_dataset") : t("repo.new_space");
  return (
    <Page title={title} section="" lead={t("repo.new_lead")}>
      <LinkTabs label={t("repo.kind")} tabs={kinds.map((one) => ({ href: `/new?kind=${one}`, label: tFor("common.kind", one), current: one === kind }))} />
      <Load from={me}>{(who) => <NewForm key={kind} kind={kind} me={who} />}</Load>
    </Page>
  );
}
