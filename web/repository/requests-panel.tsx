// Who asked for the files of a gated repository, and the owner's answers.
import { useState } from "preact/hooks";
import { isApiError, wire } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { ErrorPanel, Load, useLoad } from "../components/states.tsx";
import { Table } from "../components/table.tsx";
import { Tabs } from "../components/tabs.tsx";
import { TextArea, TextField } from "../components/text-field.tsx";
import { toast } from "../components/toast.tsx";
import { Time } from "../components/value.tsx";
import { t, tx } from "../lib/messages.ts";
import { apiOf, pageOf, type Kind } from "./hub.ts";

type State = "pending" | "accepted" | "rejected";

interface Request {
  requestId: string;
  user?: { user: string; fullname: string; email?: string };
  status: State;
  timestamp: string;
  fields?: Record<string, string>;
  rejectionReason?: string;
}

const step = 50;
const most = 1_000;
const nameOf = (one: Request): string => one.user?.user ?? one.requestId;

function Refuse({ request, send, onClose }: { request: Request; send: (reason: string) => Promise<void>; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const refuse = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await send(reason.trim());
      onClose();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  const taken = request.status === "accepted";
  return (
    <Dialog
      open
      title={taken ? t("repo.requests_withdraw_named", { name: nameOf(request) }) : t("repo.requests_reject_named", { name: nameOf(request) })}
      locked={busy}
      dirty={reason !== ""}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="danger" type="submit" form="refuse-request" busy={busy}>{taken ? t("repo.requests_withdraw") : t("repo.requests_reject")}</Button>
        </>
      }
    >
      <form id="refuse-request" class="stack" onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void refuse();
      }}>
        {error ? <ErrorPanel error={error} /> : null}
        <TextArea label={t("repo.requests_reason")} hint={t("repo.requests_reason_hint")} optional value={reason} onInput={setReason} rows={3} max={500} />
      </form>
    </Dialog>
  );
}

function Grant({ api, onDone }: { api: string; onDone: () => void }) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | undefined>();
  const [error, setError] = useState<unknown>();
  const grant = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await wire("post", `${api}/grant`, { user: name.trim() });
      toast(t("repo.requests_granted", { name: name.trim() }));
      setName("");
      onDone();
    } catch (refused) {
      if (isApiError(refused) && refused.status === 404) setFault(t("repo.requests_no_such_user"));
      else if (isApiError(refused) && refused.status === 400) setFault(t("repo.requests_has_access"));
      else setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => {
      event.preventDefault();
      if (!busy && name.trim()) void grant();
    }}>
      {error ? <ErrorPanel error={error} /> : null}
      <TextField label={t("repo.requests_grant_to")} hint={t("repo.requests_grant_hint")} value={name} error={fault} autocomplete="off" spellcheck={false} onInput={(text) => {
        setFault(undefined);
        setName(text);
      }} />
      <div><Button type="submit" busy={busy} disabled={!name.trim()}>{t("repo.requests_grant")}</Button></div>
    </form>
  );
}

function Who({ one }: { one: Request }) {
  const fields = Object.entries(one.fields ?? {});
  return (
    <>
      {one.user ? <a href={`/${encodeURIComponent(one.user.user)}`}><bdi>{one.user.user}</bdi></a> : <code>{one.requestId}</code>}
      {one.user && one.user.fullname !== one.user.user ? <div class="meta"><bdi>{one.user.fullname}</bdi></div> : null}
      {one.user?.email ? <div class="meta"><bdi>{one.user.email}</bdi></div> : null}
      {fields.map(([label, value]) => <div class="meta" key={label}><bdi>{label}</bdi>: <bdi>{value}</bdi></div>)}
      {one.rejectionReason ? <div class="meta"><bdi>{one.rejectionReason}</bdi></div> : null}
    </>
  );
}

function List({ api, state, round, onRefuse, onChange }: { api: string; state: State; round: number; onRefuse: (one: Request) => void; onChange: () => void }) {
  const [limit, setLimit] = useState(step);
  const [error, setError] = useState<unknown>();
  const found = useLoad((signal) => wire<Request[]>("get", `${api}/${state}?limit=${Math.min(limit + 1, most)}`, undefined, { signal }), [state, limit, round]);
  const accept = async (one: Request): Promise<void> => {
    setError(undefined);
    try {
      await wire("post", `${api}/handle`, { requestId: one.requestId, status: "accepted" });
      toast(t("repo.requests_granted", { name: nameOf(one) }));
    } catch (refused) {
      // somebody else was faster: the list shows it
      if (!isApiError(refused) || (refused.status !== 400 && refused.status !== 404)) setError(refused);
    }
    onChange();
  };
  return (
    <Load from={found}>
      {(all) => (
        <>
          {error ? <ErrorPanel error={error} /> : null}
          <Table
            caption={t("repo.requests_title")}
            hideCaption
            rows={all.slice(0, limit)}
            rowKey={(one) => one.requestId}
            empty={t("repo.requests_none")}
            columns={[
              { id: "who", head: t("repo.requests_who"), cell: (one) => <Who one={one} /> },
              { id: "at", head: t("repo.requests_when"), cell: (one) => <Time at={one.timestamp} show="relative" />, phone: "second" },
              {
                id: "act",
                head: <span class="sr-only">{t("repo.requests_answer")}</span>,
                num: true,
                cell: (one) => (
                  <>
                    {one.status === "accepted" ? null : <Button small label={t("repo.requests_accept_named", { name: nameOf(one) })} onClick={() => void accept(one)}>{t("repo.requests_accept")}</Button>}
                    {one.status === "rejected" ? null : (
                      <Button small kind="quiet" label={one.status === "accepted" ? t("repo.requests_withdraw_named", { name: nameOf(one) }) : t("repo.requests_reject_named", { name: nameOf(one) })} onClick={() => onRefuse(one)}>
                        {one.status === "accepted" ? t("repo.requests_withdraw") : t("repo.requests_reject")}
                      </Button>
                    )}
                  </>
                ),
              },
            ]}
          />
          {all.length > limit && limit < most ? <div><Button small onClick={() => setLimit(Math.min(limit + step, most))}>{t("repo.requests_more")}</Button></div> : null}
        </>
      )}
    </Load>
  );
}

export function RequestsPanel({ kind, name }: { kind: Kind; name: string }) {
  const api = `${apiOf(kind, name)}/user-access-request`;
  const [state, setState] = useState<State>("pending");
  const [round, setRound] = useState(0);
  const [refusing, setRefusing] = useState<Request | undefined>();
  const changed = (): void => setRound((one) => one + 1);
  const list = (one: State) => <List key={one} api={api} state={one} round={round} onRefuse={setRefusing} onChange={changed} />;
  return (
    <section class="panel stack" aria-label={t("repo.requests_title")} id="requests">
      <div class="spread">
        <h2>{t("repo.requests_title")}</h2>
        <a class="btn btn-quiet" href={`${pageOf(kind, name)}/user-access-report`} download>{t("repo.requests_report")}</a>
      </div>
      <p class="meta">{tx("repo.requests_form_hint", { field: <code>extra_gated_fields</code> })}</p>
      <Tabs
        label={t("repo.requests_title")}
        selected={state}
        onSelect={(id) => setState(id as State)}
        tabs={[
          { id: "pending", label: t("repo.requests_pending"), content: list("pending") },
          { id: "accepted", label: t("repo.requests_accepted"), content: list("accepted") },
          { id: "rejected", label: t("repo.requests_rejected"), content: list("rejected") },
        ]}
      />
      <Grant api={api} onDone={changed} />
      {refusing ? (
        <Refuse
          request={refusing}
          onClose={() => setRefusing(undefined)}
          send={async (reason) => {
            await wire("post", `${api}/handle`, { requestId: refusing.requestId, status: "rejected", ...(reason ? { rejectionReason: reason } : {}) });
            changed();
          }}
        />
      ) : null}
    </section>
  );
}
