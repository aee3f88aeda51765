// The upload page: files in, progress, one commit. The queue does the work; this draws it and asks.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { isApiError, wire } from "../api/client.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { cardFile, CardStarter, startOfCard, type CardChoice } from "../components/card-starter.tsx";
import { Checkbox } from "../components/choice.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { FileDrop, type Dropped } from "../components/file-drop.tsx";
import { Notice } from "../components/notice.tsx";
import { Page } from "../components/page.tsx";
import { EmptyState, ErrorPanel } from "../components/states.tsx";
import { TextArea, TextField } from "../components/text-field.tsx";
import { UploadTray } from "../components/upload-tray.tsx";
import { dropDraft, readDraft, saveDraft } from "../lib/drafts.ts";
import { formatBytes, formatNumber, shortHash } from "../lib/format.ts";
import { useKept } from "../lib/kept.ts";
import { t, tx } from "../lib/messages.ts";
import { clashes, cleanFolder, maxFiles, pathFault, withoutTop, type PathFault } from "./names.ts";
import { UploadQueue, type Clock, type UploadFile } from "./queue.ts";
import { hubSender, type Target } from "./sender.ts";

export interface UploadProps {
  kind: Target["kind"];
  name: string;
  /** address of the repository */
  path: string;
  revision: string;
}

interface Draft {
  message: string;
  files: { path: string; size: number }[];
}

const remembered = 2_000;

const clock: Clock = {
  now: () => performance.now(),
  wait: (ms, signal) => new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  }),
};

function faultOf(path: string, fault: PathFault | "clash" | "many"): string {
  switch (fault) {
    case "empty": return t("upload.fault_empty", { path });
    case "long":
    case "part_long": return t("upload.fault_long", { path });
    case "characters": return t("upload.fault_characters", { path });
    case "dots": return t("upload.fault_dots", { path });
    case "git": return t("upload.fault_git", { path });
    case "system": return t("upload.fault_system", { path });
    case "clash": return t("upload.fault_clash", { path });
    case "many": return t("upload.fault_many", { path, n: formatNumber(maxFiles) });
  }
}

/** The queue with a view that is drawn at most ten times a second, however fast it moves. */
function useQueue(target: Target): { queue: UploadQueue; version: number } {
  const [version, setVersion] = useState(0);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const queue = useMemo(() => new UploadQueue(hubSender(target), () => {
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      setVersion((one) => one + 1);
    }, 100);
  }, clock), []);
  useEffect(() => {
    const back = (): void => queue.online();
    addEventListener("online", back);
    return () => removeEventListener("online", back);
  }, []);
  return { queue, version };
}

function Refused({ faults, onClose }: { faults: string[]; onClose: () => void }) {
  const [all, setAll] = useState(false);
  if (faults.length === 0) return null;
  const shown = all ? faults : faults.slice(0, 5);
  return (
    <Notice tone="warn" live="alert" title={t("upload.left_out", { count: faults.length })} actions={<Button small kind="quiet" onClick={onClose}>{t("common.close")}</Button>}>
      <ul class="plain">{shown.map((one) => <li key={one}>{one}</li>)}</ul>
      {faults.length > shown.length ? <Button small kind="quiet" onClick={() => setAll(true)}>{t("common.more_count", { count: faults.length - shown.length })}</Button> : null}
    </Notice>
  );
}

export function UploadPage({ props }: { props: Record<string, unknown> }) {
  const given = props as unknown as UploadProps;
  if (/^[0-9a-f]{40}$/.test(given.revision)) {
    return (
      <Page title={t("upload.title", { name: given.name })} section={t("repo.upload")}>
        <EmptyState title={t("upload.not_a_branch")} action={<LinkButton kind="primary" href={`${given.path}/upload/main`}>{t("upload.to_main")}</LinkButton>}>{t("upload.not_a_branch_why")}</EmptyState>
      </Page>
    );
  }
  return <Uploader {...given} />;
}

function Uploader(props: UploadProps) {
  const target = { kind: props.kind, name: props.name, branch: props.revision };
  const { queue, version } = useQueue(target);
  const draftKey = `upload:${props.path}:${props.revision}`;
  const [before, setBefore] = useState(() => readDraft<Draft>(draftKey));
  const [message, setMessage] = useKept("upload.message", before?.message ?? "");
  const [folder, setFolder] = useKept("upload.folder", "");
  const [keepsFolder, setKeepsFolder] = useKept("upload.keep", false);
  // what was chosen, round by round: the choice above holds for files that are there already, too
  const chosen = useRef<{ dropped: Dropped[]; into: string }[]>([]);
  const takenOut = useRef(new Set<Blob>());
  const [faults, setFaults] = useState<string[]>([]);
  const [wantsCard, setWantsCard] = useKept("upload.with-card", true);
  const [cardThere, setCardThere] = useState(true);
  const [card, setCard] = useKept<CardChoice>("upload.card", { licence: "", task: "", text: undefined });
  const [asking, setAsking] = useState(false);

  const { phase } = queue;
  const done = phase === "done";
  const running = queue.started && !done;
  const paused = !queue.started && !done && queue.items.some((one) => one.state === "paused");
  const hasCard = queue.items.some((one) => one.path === cardFile);
  const offersCard = !cardThere && !hasCard && !running && !paused && !done;
  const ownCard = offersCard && wantsCard;

  // without a card nobody knows what this is: offer to start one
  useEffect(() => {
    wire<unknown[]>("post", `/api/${props.kind}s/${props.name}/paths-info/${encodeURIComponent(props.revision)}`, { paths: [cardFile] }, { repeatable: true }).then((found) => setCardThere(found.length > 0), () => undefined);
  }, [done]);
  // a page that is loaded anew, in another language for instance, has to be given its files again
  const holdsFiles = queue.items.length > 0 && !done;
  useEffect(() => {
    if (!holdsFiles) return undefined;
    const stay = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", stay);
    return () => removeEventListener("beforeunload", stay);
  }, [holdsFiles]);
  useEffect(() => {
    if (done) dropDraft(draftKey);
    else if (running) saveDraft(draftKey, { message, files: queue.items.slice(0, remembered).map(({ path, size }) => ({ path, size })) } satisfies Draft);
  }, [running, done, queue.items.length]);
  useEffect(() => {
    if (queue.ignored.length === 0) return;
    setFaults((all) => [...all, ...queue.ignored.splice(0).map((path) => t("upload.fault_ignored", { path }))]);
  }, [version]);

  const put = (dropped: Dropped[], into: string, keeps: boolean): string[] => {
    const bad: string[] = [];
    const good: UploadFile[] = [];
    const interrupted = new Set(before?.files.map((one) => one.path));
    const have = new Set(queue.items.map((one) => one.path));
    const asChosen = dropped.map((one) => one.path);
    const paths = keeps ? asChosen : withoutTop(asChosen);
    for (const [i, { file, path: own }] of dropped.entries()) {
      const path = paths[i] ?? own;
      const full = (into ? `${into}/${path}` : path).normalize("NFC");
      const fault = pathFault(full);
      if (fault) bad.push(faultOf(full, fault));
      else if (!have.has(full) && have.size >= maxFiles) bad.push(faultOf(full, "many"));
      else {
        have.add(full);
        good.push({ path: full, size: file.size, content: file, again: interrupted.has(full) });
      }
    }
    const known = queue.items.map((one) => one.path);
    const clash = clashes([...known, ...good.map((one) => one.path).filter((one) => !known.includes(one))]);
    for (const path of clash) bad.push(faultOf(path, "clash"));
    queue.add(good.filter((one) => !clash.has(one.path)));
    return bad;
  };
  const add = (dropped: Dropped[]): void => {
    if (done) queue.clear();
    if (queue.items.length === 0) chosen.current = [];
    for (const { file } of dropped) takenOut.current.delete(file);
    const into = cleanFolder(folder);
    chosen.current.push({ dropped, into });
    setFaults(put(dropped, into, keepsFolder));
    setBefore(undefined);
  };
  const forget = (): void => {
    queue.clear();
    chosen.current = [];
  };
  const keepFolder = (keeps: boolean): void => {
    setKeepsFolder(keeps);
    if (running || paused || chosen.current.length === 0) return;
    queue.clear();
    setFaults(chosen.current.flatMap(({ dropped, into }) => put(dropped.filter((one) => !takenOut.current.has(one.file)), into, keeps)));
  };

  const count = queue.items.length + (ownCard ? 1 : 0);
  const usual = queue.items.length === 1 && !ownCard ? t("upload.message_one", { name: queue.items[0]?.path ?? "" }) : t("upload.message_many", { count });
  const cardBlob = ownCard ? new Blob([startOfCard(props.kind, props.name, card)], { type: "text/markdown" }) : undefined;
  const start = (): void => {
    if (count === 0) return;
    if (cardBlob) queue.add([{ path: cardFile, size: cardBlob.size, content: cardBlob }]);
    queue.start(message.trim() || usual);
  };

  const status = phase === "offline" ? t("upload.cut") : phase === "signed_out" ? t("upload.signed_out") : phase === "checking" ? t("upload.checking")
    : phase === "committing" ? t("upload.committing") : phase === "attention" ? t("upload.attention") : done ? t("upload.done_status") : paused ? t("upload.paused") : t("upload.sending");
  const branch = props.revision;
  return (
    <Page
      title={tx("upload.title_rich", { name: <a href={props.path}><bdi>{props.name}</bdi></a> })}
      titleText={t("upload.title", { name: props.name })}
      section={t("repo.upload")}
      lead={tx("upload.lead", { branch: <code>{branch}</code> })}
    >
      {before && before.files.length > 0 && queue.items.length === 0 ? (
        <Notice tone="info" title={t("upload.interrupted", { count: before.files.length })} actions={<Button small kind="quiet" onClick={() => {
          dropDraft(draftKey);
          setBefore(undefined);
        }}>{t("common.discard")}</Button>}>
          {t("upload.interrupted_why")}
        </Notice>
      ) : null}
      {done && queue.result ? (
        <Notice tone="ok" live="status" focus title={t("upload.done", { count: queue.items.length })} actions={
          <>
            <LinkButton kind="primary" href={`${props.path}/tree/${encodeURIComponent(branch)}`}>{t("upload.open_files")}</LinkButton>
            <Button onClick={forget}>{t("upload.more")}</Button>
          </>
        }>
          {tx("upload.done_commit", { commit: <a href={`${props.path}/commit/${queue.result.oid}`}><code>{shortHash(queue.result.oid)}</code></a> })}
        </Notice>
      ) : (
        <div class="form-row upload-in">
          <FileDrop label={t("upload.drop")} hint={t("upload.drop_hint", { n: formatNumber(maxFiles) })} multiple folders onFiles={add} />
          <div class="stack">
            <TextField label={t("upload.folder")} optional value={folder} onInput={setFolder} hint={t("upload.folder_hint")} autocomplete="off" spellcheck={false} />
            <Checkbox label={t("upload.keep_folder")} hint={t("upload.keep_folder_hint")} checked={keepsFolder} onChange={keepFolder} />
          </div>
        </div>
      )}
      <Refused faults={faults} onClose={() => setFaults([])} />
      {queue.error ? <ErrorPanel error={queue.error} title={t("upload.failed")} /> : null}
      {queue.error && isApiError(queue.error) && Array.isArray(queue.error.details["errors"]) ? (
        <ul>{(queue.error.details["errors"] as { message?: string }[]).map((one) => <li key={one.message} lang="en">{one.message}</li>)}</ul>
      ) : null}
      {queue.items.length > 0 ? (
        <UploadTray
          files={queue.items.map((one) => ({
            id: one.id,
            path: one.path,
            size: one.size,
            state: phase === "offline" && (one.state === "sending" || one.state === "hashing" || one.state === "waiting") ? "paused" : one.state,
            share: one.state === "hashing" ? one.hashed : one.sent,
            error: one.error,
          }))}
          totalBytes={queue.totalBytes}
          sentBytes={queue.sentBytes}
          speed={queue.speed}
          status={status}
          running={running && phase !== "committing"}
          paused={paused}
          locked={done || phase === "committing"}
          onPause={(id) => queue.pause(id)}
          onResume={(id) => queue.resume(id)}
          onRemove={(id) => {
            const gone = queue.items.find((one) => one.id === id);
            if (gone) takenOut.current.add(gone.content);
            queue.remove(id);
          }}
          onPauseAll={() => queue.pauseAll()}
          onResumeAll={() => queue.resumeAll()}
          onRemoveAll={() => (running || paused ? setAsking(true) : forget())}
        />
      ) : null}
      {offersCard ? (
        <section class="panel stack" aria-label={t("repo.card_add")}>
          <Checkbox label={<strong>{t("repo.card_add")}</strong>} hint={t("repo.card_add_why")} checked={wantsCard} onChange={setWantsCard} />
          {wantsCard ? <CardStarter kind={props.kind} name={props.name} value={card} onChange={setCard} /> : null}
        </section>
      ) : null}
      {done ? null : (
        <form class="stack" onSubmit={(event) => {
          event.preventDefault();
          start();
        }}>
          <TextArea label={t("upload.message")} rows={2} value={message} onInput={setMessage} placeholder={count > 0 ? usual : ""} hint={t("upload.message_hint")} readOnly={running} />
          <div class="form-foot">
            <Button kind="primary" type="submit" busy={running} disabled={count === 0} {...(count === 0 ? { reason: t("upload.choose_first") } : {})}>
              {paused ? t("upload.resume_all") : count > 0 ? t("upload.button", { count, size: formatBytes(queue.totalBytes + (cardBlob?.size ?? 0)) }) : t("repo.upload")}
            </Button>
          </div>
        </form>
      )}
      <ConfirmDanger
        open={asking}
        title={t("upload.cancel_ask")}
        action={t("upload.cancel_all")}
        onClose={() => setAsking(false)}
        onConfirm={async () => {
          forget();
          dropDraft(draftKey);
          await Promise.resolve();
        }}
      >
        {t("upload.cancel_why")}
      </ConfirmDanger>
    </Page>
  );
}
