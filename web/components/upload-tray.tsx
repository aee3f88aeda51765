// Files on their way: state and share of each, sum, speed, pause, resume and remove for each and for all. Announces at steps of 25 %.
import { useRef } from "preact/hooks";
import { formatBytes, formatDuration, formatPercent } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { pieces } from "../lib/visible.ts";
import { StateBadge } from "./badge.tsx";
import { Button } from "./button.tsx";
import { errorText } from "./states.tsx";

export interface TrayFile {
  id: number;
  path: string;
  size: number;
  state: "waiting" | "hashing" | "sending" | "paused" | "done" | "failed";
  /** 0 to 1, of the present step */
  share: number;
  error?: unknown;
}

export interface UploadTrayProps {
  files: TrayFile[];
  totalBytes: number;
  sentBytes: number;
  /** bytes per second; 0 when not known */
  speed: number;
  /** what happens now, one sentence */
  status: string;
  running: boolean;
  paused: boolean;
  /** nothing can be changed any more */
  locked: boolean;
  onPause: (id: number) => void;
  onResume: (id: number) => void;
  onRemove: (id: number) => void;
  onPauseAll: () => void;
  onResumeAll: () => void;
  onRemoveAll: () => void;
}

const order = { failed: 0, sending: 1, hashing: 2, paused: 3, waiting: 4, done: 5 };
const rows = 100;

function Path({ path }: { path: string }) {
  const cut = path.lastIndexOf("/") + 1;
  const show = (text: string) => pieces(text).map((one, i) => (one.marked ? <span key={i} class="bidi-mark">{one.text}</span> : one.text));
  return <bdi class="path" title={path}>{cut > 0 ? <span class="muted">{show(path.slice(0, cut))}</span> : null}{show(path.slice(cut))}</bdi>;
}

function Row({ file, tray }: { file: TrayFile; tray: UploadTrayProps }) {
  const moving = file.state === "hashing" || file.state === "sending";
  return (
    <li class="upload">
      <div>
        <Path path={file.path} />
        {file.error ? <div class="error">{errorText(file.error)}</div> : null}
      </div>
      <span class="num meta">{formatBytes(file.size)}</span>
      <span class="state">
        <StateBadge kind="upload" state={file.state} />
        {moving ? <span class="num meta">{formatPercent(Math.floor(file.share * 100) / 100, 0)}</span> : null}
      </span>
      <span class="acts">
        {tray.locked || file.state === "done" ? null : file.state === "paused" || file.state === "failed" ? (
          <Button small kind="quiet" label={file.state === "failed" ? t("upload.retry_one", { name: file.path }) : t("upload.resume_one", { name: file.path })} onClick={() => tray.onResume(file.id)}>{file.state === "failed" ? t("common.retry") : t("upload.resume")}</Button>
        ) : tray.running ? (
          <Button small kind="quiet" label={t("upload.pause_one", { name: file.path })} onClick={() => tray.onPause(file.id)}>{t("upload.pause")}</Button>
        ) : null}
        {tray.locked ? null : (
          <button type="button" class="btn btn-quiet small icon" aria-label={t("common.remove_what", { what: file.path })} onClick={() => tray.onRemove(file.id)}><span aria-hidden="true">✕</span></button>
        )}
      </span>
      {moving ? <progress class="progress" value={file.share} max={1} aria-hidden="true" /> : null}
    </li>
  );
}

export function UploadTray(props: UploadTrayProps) {
  const share = props.totalBytes > 0 ? props.sentBytes / props.totalBytes : props.files.every((one) => one.state === "done") ? 1 : 0;
  const said = useRef(0);
  const step = Math.floor(share * 4) * 25;
  if (step !== said.current) said.current = step;
  const left = props.totalBytes - props.sentBytes;
  const sorted = [...props.files].sort((a, b) => order[a.state] - order[b.state] || a.id - b.id);
  const done = props.files.filter((one) => one.state === "done").length;
  return (
    <section class="tray" aria-label={t("upload.files")}>
      <header class="stack tight">
        <div class="spread">
          <strong>{t("upload.count", { count: props.files.length, size: formatBytes(props.totalBytes) })}</strong>
          {props.locked ? null : (
            <div class="row">
              {props.running ? <Button small onClick={props.onPauseAll}>{t("upload.pause_all")}</Button> : null}
              {props.paused ? <Button small onClick={props.onResumeAll}>{t("upload.resume_all")}</Button> : null}
              <Button small kind="quiet" onClick={props.onRemoveAll}>{props.running || props.paused ? t("upload.cancel_all") : t("common.clear_all")}</Button>
            </div>
          )}
        </div>
        {props.running || props.paused || share > 0 ? (
          <>
            <progress class="progress large" value={share} max={1} aria-label={t("upload.progress")} />
            <div class="spread meta">
              <span>{props.status}</span>
              <span class="money">
                {t("upload.sent_of", { sent: formatBytes(props.sentBytes), total: formatBytes(props.totalBytes) })} · {formatPercent(Math.floor(share * 1000) / 1000, 1)}
                {props.running && props.speed > 0 && left > 0 && props.files.some((one) => one.state === "sending") ? ` · ${t("upload.speed", { speed: formatBytes(props.speed), time: formatDuration(Math.min((left / props.speed) * 1_000, 359_999_000)) })}` : ""}
              </span>
            </div>
          </>
        ) : null}
      </header>
      <ul>{sorted.slice(0, rows).map((one) => <Row key={one.id} file={one} tray={props} />)}</ul>
      {sorted.length > rows ? <p class="meta rest">{t("upload.more_files", { count: sorted.length - rows, done })}</p> : null}
      <div class="sr-only" role="status">{said.current > 0 ? t("upload.said", { percent: formatPercent(said.current / 100, 0) }) : ""}</div>
    </section>
  );
}
