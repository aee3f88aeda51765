// Branches and tags: what they point at, new ones, and away with them.
import { useState } from "preact/hooks";
import { wire } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Select } from "../components/select.tsx";
import { ErrorPanel, Load, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { TextField } from "../components/text-field.tsx";
import { shortHash } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { apiOf, hubError, type Kind } from "./hub.ts";

interface Ref {
  name: string;
  targetCommit: string;
}
interface Refs {
  branches: Ref[];
  tags: Ref[];
}
type Sort = "branch" | "tag";

export interface RefsPanelProps {
  kind: Kind;
  name: string;
  path: string;
}

/** Rules of git for a name of a ref; the server judges again. */
const refFault = (name: string): boolean => name === "" || name.length > 200 || /[\s~^:?*[\\\u0000-\u001f\u007f]|\.\.|@\{|\/\/|^\/|\/$|^-|\.$|\.lock$|^@$/.test(name);

function NewRef({ sort, refs, props, onClose, onDone }: { sort: Sort; refs: Refs; props: RefsPanelProps; onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState("");
  const [from, setFrom] = useState(refs.branches[0]?.name ?? "main");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | undefined>();
  const [error, setError] = useState<unknown>();
  const make = async (): Promise<void> => {
    if (refFault(name)) {
      setFault(t("repo.ref_fault"));
      return;
    }
    if ((sort === "branch" ? refs.branches : refs.tags).some((one) => one.name === name)) {
      setFault(t("repo.ref_taken", { name }));
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      if (sort === "branch") await wire("post", `${apiOf(props.kind, props.name)}/branch/${name.split("/").map(encodeURIComponent).join("/")}`, { startingPoint: from });
      else await wire("post", `${apiOf(props.kind, props.name)}/tag/${from.split("/").map(encodeURIComponent).join("/")}`, { tag: name });
      onDone();
    } catch (refused) {
      setError(hubError(refused));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      title={sort === "branch" ? t("repo.new_branch") : t("repo.new_tag")}
      locked={busy}
      dirty={name !== ""}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="primary" type="submit" form="new-ref" busy={busy}>{sort === "branch" ? t("repo.make_branch") : t("repo.make_tag")}</Button>
        </>
      }
    >
      <form id="new-ref" class="stack" noValidate onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void make();
      }}>
        {error ? <ErrorPanel error={error} /> : null}
        <TextField label={t("common.name")} value={name} error={fault} autocomplete="off" spellcheck={false} required onInput={(text) => {
          setFault(undefined);
          setName(text);
        }} />
        <Select label={t("repo.from_branch")} value={from} onChange={setFrom} options={[...refs.branches, ...refs.tags].map((one) => ({ value: one.name, label: one.name }))} />
      </form>
    </Dialog>
  );
}

export function RefsPanel(props: RefsPanelProps) {
  const refs = useLoad((signal) => wire<Refs>("get", `${apiOf(props.kind, props.name)}/refs`, undefined, { signal }), [props.name]);
  const [making, setMaking] = useState<Sort | undefined>();
  const [dropping, setDropping] = useState<{ sort: Sort; name: string } | undefined>();
  const rows = (sort: Sort, list: Ref[]) => (
    <Table
      caption={sort === "branch" ? t("repo.branches") : t("repo.tags")}
      rows={list}
      rowKey={(one) => one.name}
      empty={sort === "branch" ? t("repo.no_branches") : t("repo.no_tags")}
      columns={[
        { id: "name", head: t("common.name"), cell: (one) => <a href={`${props.path}/tree/${encodeURIComponent(one.name)}`}><bdi>{one.name}</bdi></a> },
        { id: "commit", head: t("repo.commit"), cell: (one) => <a href={`${props.path}/commit/${one.targetCommit}`}><code>{shortHash(one.targetCommit)}</code></a> },
        {
          id: "act",
          head: <span class="sr-only">{t("common.delete")}</span>,
          num: true,
          cell: (one) => (sort === "branch" && one.name === "main" ? null : <Button small kind="quiet" label={t("repo.delete_ref", { name: one.name })} onClick={() => setDropping({ sort, name: one.name })}>{t("common.delete")}</Button>),
        },
      ]}
    />
  );
  return (
    <Load from={refs}>
      {(found) => (
        <>
          {rows("branch", found.branches)}
          <div><Button small onClick={() => setMaking("branch")}>{t("repo.new_branch")}</Button></div>
          {rows("tag", found.tags)}
          <div><Button small onClick={() => setMaking("tag")}>{t("repo.new_tag")}</Button></div>
          {making ? (
            <NewRef sort={making} refs={found} props={props} onClose={() => setMaking(undefined)} onDone={() => {
              setMaking(undefined);
              refs.reload();
            }} />
          ) : null}
          <ConfirmDanger
            open={dropping !== undefined}
            title={t("repo.delete_ref_ask", { name: dropping?.name ?? "" })}
            action={t("repo.delete_ref", { name: dropping?.name ?? "" })}
            onClose={() => setDropping(undefined)}
            onConfirm={async () => {
              if (!dropping) return;
              const path = dropping.name.split("/").map(encodeURIComponent).join("/");
              await wire("delete", `${apiOf(props.kind, props.name)}/${dropping.sort}/${path}`);
              refs.reload();
            }}
          >
            {dropping?.sort === "branch" ? t("repo.delete_branch_why") : t("repo.delete_tag_why")}
          </ConfirmDanger>
        </>
      )}
    </Load>
  );
}
