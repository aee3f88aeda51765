// Files by button or drop, folders too. Dropping is never the only way; refused files are named with the reason.
import { useId, useRef, useState } from "preact/hooks";
import { formatBytes } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { Button } from "./button.tsx";

export interface Dropped {
  file: File;
  /** with the folders it came in: "images/1.png" */
  path: string;
}

export interface FileDropProps {
  label: string;
  hint?: string;
  onFiles: (files: Dropped[]) => void;
  multiple?: boolean;
  /** a second button for whole folders */
  folders?: boolean;
  /** as the accept attribute: "image/png,image/jpeg" or ".json" */
  accept?: string;
  maxBytes?: number;
  error?: string;
}

async function filesOf(entry: FileSystemEntry, folder: string, out: Dropped[]): Promise<void> {
  const path = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    out.push({ file, path });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // a reader gives at most a hundred at a time
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const one of some) await filesOf(one, `${path}/`, out);
  }
}

const accepts = (accept: string, file: File): boolean =>
  accept.split(",").map((one) => one.trim().toLowerCase()).some((one) =>
    one.startsWith(".") ? file.name.toLowerCase().endsWith(one) : one.endsWith("/*") ? file.type.startsWith(one.slice(0, -1)) : file.type === one);

export function FileDrop(props: FileDropProps) {
  const id = useId();
  const one = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState<string[]>([]);
  const take = (files: Dropped[]): void => {
    const bad: string[] = [];
    const good = files.filter(({ file, path }) => {
      if (props.maxBytes !== undefined && file.size > props.maxBytes) bad.push(t("files.refused_size", { name: path, limit: formatBytes(props.maxBytes) }));
      else if (props.accept && !accepts(props.accept, file)) bad.push(t("files.refused_type", { name: path }));
      else return true;
      return false;
    });
    setRefused(bad);
    const some = props.multiple || props.folders ? good : good.slice(0, 1);
    if (some.length > 0) props.onFiles(some);
  };
  const fromInput = (input: HTMLInputElement): void => {
    take(Array.from(input.files ?? [], (file) => ({ file, path: file.webkitRelativePath || file.name })));
    input.value = "";
  };
  const drop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    setOver(false);
    const items = Array.from(event.dataTransfer?.items ?? []).map((item) => item.webkitGetAsEntry?.()).filter((entry): entry is FileSystemEntry => Boolean(entry));
    const out: Dropped[] = [];
    if (items.length === 0) for (const file of Array.from(event.dataTransfer?.files ?? [])) out.push({ file, path: file.name });
    for (const entry of items) await filesOf(entry, "", out);
    take(out);
  };
  const faults = [...refused, ...(props.error ? [props.error] : [])];
  return (
    <div class="stack tight">
      <div
        class={`drop ${over ? "over" : ""}`}
        role="group"
        aria-labelledby={`${id}-label`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => void drop(event)}
      >
        <div id={`${id}-label`}>{props.label}</div>
        <div class="row">
          <Button onClick={() => one.current?.click()}>{props.multiple ? t("files.choose_many") : t("files.choose")}</Button>
          {props.folders ? <Button onClick={() => folder.current?.click()}>{t("files.choose_folder")}</Button> : null}
        </div>
        {props.hint ? <div class="hint">{props.hint}</div> : null}
        <input ref={one} type="file" hidden multiple={props.multiple} accept={props.accept} aria-label={props.label} onChange={(event) => fromInput(event.currentTarget)} />
        {props.folders ? <input ref={folder} type="file" hidden multiple {...{ webkitdirectory: true }} aria-label={props.label} onChange={(event) => fromInput(event.currentTarget)} /> : null}
      </div>
      {faults.length > 0 ? <div role="alert">{faults.map((text) => <div class="error" key={text}>{text}</div>)}</div> : null}
    </div>
  );
}
