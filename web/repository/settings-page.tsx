// .../settings of a repository: who sees it, who may read its files, its name, its refs, its end.
import { useState } from "preact/hooks";
import { api, isApiError, wire } from "../api/client.ts";
import type { Me } from "../api/answers.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { Radio } from "../components/choice.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { Notice } from "../components/notice.tsx";
import { Page } from "../components/page.tsx";
import { ErrorPanel, Load, useLoad } from "../components/states.tsx";
import { toast } from "../components/toast.tsx";
import { useKept } from "../lib/kept.ts";
import { t } from "../lib/messages.ts";
import { apiOf, hubError, pageOf, type Kind } from "./hub.ts";
import { NameFields, nameText } from "./name-field.tsx";
import { RefsPanel } from "./refs-panel.tsx";
import { RequestsPanel } from "./requests-panel.tsx";

interface SettingsProps {
  kind: Kind;
  name: string;
  path: string;
  private: boolean;
  gated: string;
  listed: boolean;
}

function Access({ props, onGated }: { props: SettingsProps; onGated: (gated: string) => void }) {
  const [saved, setSaved] = useState({ visibility: props.private ? "private" : "public", gated: props.gated || "off" });
  const [visibility, setVisibility] = useKept("access.visibility", saved.visibility);
  const [gated, setGated] = useKept("access.gated", saved.gated);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const same = visibility === saved.visibility && gated === saved.gated;
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await wire("put", `${apiOf(props.kind, props.name)}/settings`, { private: visibility === "private", gated: gated === "off" ? false : gated }, { repeatable: true });
      setSaved({ visibility, gated });
      onGated(gated);
      toast(t("common.saved"));
    } catch (refused) {
      setError(hubError(refused));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="panel stack" onSubmit={(event) => {
      event.preventDefault();
      if (!busy && !same) void save();
    }}>
      <h2>{t("repo.access")}</h2>
      {error ? <ErrorPanel error={error} /> : null}
      {props.listed && visibility === "private" && saved.visibility === "public" ? <Notice tone="warn">{t("repo.private_listed")}</Notice> : null}
      <Radio
        legend={t("repo.visibility")}
        value={visibility}
        onChange={setVisibility}
        options={[
          { value: "public", label: t("repo.public"), hint: t("repo.public_hint") },
          { value: "private", label: t("repo.private"), hint: t("repo.private_hint_org") },
        ]}
      />
      <Radio
        legend={t("repo.requests")}
        value={gated}
        onChange={setGated}
        options={[
          { value: "off", label: t("repo.gated_off"), hint: t("repo.gated_off_hint") },
          { value: "auto", label: t("repo.gated_auto"), hint: t("repo.gated_auto_hint") },
          { value: "manual", label: t("repo.gated_manual"), hint: t("repo.gated_manual_hint") },
        ]}
      />
      {props.listed && gated !== "off" ? <Notice>{t("repo.gated_listed")}</Notice> : null}
      <div class="form-foot"><Button kind="primary" type="submit" busy={busy} disabled={same}>{t("common.save")}</Button></div>
    </form>
  );
}

function Move({ props, me }: { props: SettingsProps; me: Me }) {
  const [oldOwner = "", oldName = ""] = props.name.split("/", 2);
  const [owner, setOwner] = useKept("move.owner", oldOwner);
  const [name, setName] = useKept("move.name", oldName);
  const [fault, setFault] = useState<string | undefined>();
  const [asking, setAsking] = useState(false);
  const to = `${owner}/${name}`;
  const same = to === props.name;
  return (
    <form class="panel stack" noValidate onSubmit={(event) => {
      event.preventDefault();
      if (same) return;
      const wrong = nameText(name);
      setFault(wrong);
      if (!wrong) setAsking(true);
    }}>
      <h2>{t("repo.move")}</h2>
      <p class="muted">{t("repo.move_why")}</p>
      <NameFields kind={props.kind} me={me} owner={owner} name={name} own={props.name} error={fault} onOwner={setOwner} onName={(next) => {
        setFault(undefined);
        setName(next);
      }} />
      <div class="form-foot"><Button type="submit" disabled={same}>{t("repo.move_button")}</Button></div>
      <ConfirmDanger
        open={asking}
        title={t("repo.move_ask", { from: props.name, to })}
        action={t("repo.move_do", { to })}
        onClose={() => setAsking(false)}
        onConfirm={async () => {
          try {
            await wire("post", "/api/repos/move", { type: props.kind, fromRepo: props.name, toRepo: to });
          } catch (refused) {
            const known = hubError(refused);
            if (isApiError(known) && known.code === "name_taken") setFault(t("repo.name_taken", { name: to }));
            throw known;
          }
          location.assign(`${pageOf(props.kind, to)}/settings`);
        }}
      >
        {t("repo.move_consequence")}
      </ConfirmDanger>
    </form>
  );
}

function Delete({ props }: { props: SettingsProps }) {
  const [asking, setAsking] = useState(false);
  return (
    <section class="panel stack danger-zone" aria-label={t("repo.delete_button")}>
      <h2>{t("repo.delete_button")}</h2>
      {props.listed ? (
        <Notice tone="warn" actions={<LinkButton href="/sell/listings">{t("repo.open_listings")}</LinkButton>}>{t("repo.delete_listed")}</Notice>
      ) : (
        <>
          <p class="muted">{t("repo.delete_why")}</p>
          <div><Button kind="danger" onClick={() => setAsking(true)}>{t("repo.delete_named", { name: props.name })}</Button></div>
        </>
      )}
      <ConfirmDanger
        open={asking}
        title={t("repo.delete_button")}
        action={t("repo.delete_named", { name: props.name })}
        typeName={props.name}
        onClose={() => setAsking(false)}
        onConfirm={async () => {
          const [organization = "", name = ""] = props.name.split("/", 2);
          try {
            await wire("delete", "/api/repos/delete", { type: props.kind, organization, name });
          } catch (refused) {
            throw hubError(refused);
          }
          location.assign(`/${encodeURIComponent(organization)}`);
        }}
      >
        {t("repo.delete_ask", { name: props.name })}
      </ConfirmDanger>
    </section>
  );
}

export function SettingsPage({ props: given }: { props: Record<string, unknown> }) {
  const props = given as unknown as SettingsProps;
  const me = useLoad(() => api.get("/me"));
  const [gated, setGated] = useState(props.gated || "off");
  return (
    <Page title={<bdi>{props.name}</bdi>} titleText={props.name} section={t("nav.settings")} lead={t("nav.settings")} actions={<LinkButton href={`${props.path}/upload/main`}>{t("repo.upload")}</LinkButton>}>
      <div class="stack loose settings">
        <Access props={props} onGated={setGated} />
        {gated === "off" ? null : <RequestsPanel kind={props.kind} name={props.name} />}
        <Load from={me}>{(who) => <Move props={props} me={who} />}</Load>
        <section class="panel stack" aria-label={t("repo.refs")}>
          <h2>{t("repo.refs")}</h2>
          <RefsPanel kind={props.kind} name={props.name} path={props.path} />
        </section>
        <Delete props={props} />
      </div>
    </Page>
  );
}
