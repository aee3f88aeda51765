// A picture as input: draw it, choose a file, or take one of the repository's samples. The value is an address (data: or of this server).
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { isDarkInk } from "../lib/drawing.ts";
import { formatBytes } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { Button } from "./button.tsx";
import { DrawingPad } from "./drawing-pad.tsx";
import { FieldGroup } from "./field.tsx";

export interface Sample {
  name: string;
  url: string;
}

export interface PictureFieldProps {
  id: string;
  label: string;
  hint?: string;
  error?: string | undefined;
  value: string;
  samples: Sample[];
  onChange: (value: string) => void;
  /** a chosen file or sample becomes an address; throws what to show */
  onFile: (file: Blob, name: string) => Promise<string>;
  disabled?: boolean;
}

/** What an <img> may show under the pages' policy: data: becomes blob:, own addresses stay. */
function usePicture(address: string): string {
  const made = useMemo(() => {
    if (!address.startsWith("data:")) return address.startsWith("/") || address.startsWith(location.origin) ? address : "";
    const [head = "", body = ""] = address.slice(5).split(",", 2);
    try {
      const bytes = head.endsWith(";base64") ? Uint8Array.from(atob(body), (one) => one.charCodeAt(0)) : new TextEncoder().encode(decodeURIComponent(body));
      return URL.createObjectURL(new Blob([bytes], { type: head.split(";")[0] || "application/octet-stream" }));
    } catch {
      return "";
    }
  }, [address]);
  useEffect(() => () => {
    if (made.startsWith("blob:")) URL.revokeObjectURL(made);
  }, [made]);
  return made;
}

type Way = "draw" | "file" | "sample";

export function PictureField(props: PictureFieldProps) {
  const [way, setWay] = useState<Way>(props.value ? "file" : props.samples.length > 0 ? "sample" : "draw");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState("");
  const [over, setOver] = useState(false);
  const [shown, setShown] = useState("");
  const [dark, setDark] = useState<boolean | undefined>();
  const chooser = useRef<HTMLInputElement>(null);
  const [broken, setBroken] = useState("");
  const picture = usePicture(way === "draw" ? "" : props.value);

  const take = async (file: Blob, name: string): Promise<void> => {
    setFault("");
    setBusy(name);
    try {
      props.onChange(await props.onFile(file, name));
      setShown(`${name} · ${formatBytes(file.size)}`);
    } catch (error) {
      setFault(error instanceof Error ? error.message : t("error.internal"));
    } finally {
      setBusy("");
    }
  };
  const sample = async (one: Sample): Promise<void> => {
    setBusy(one.name);
    try {
      const answer = await fetch(one.url, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(t("try.sample_gone"));
      await take(await answer.blob(), one.name);
    } catch (error) {
      setBusy("");
      setFault(error instanceof Error ? error.message : t("try.sample_gone"));
    }
  };
  const ways: [Way, string][] = [...(props.samples.length > 0 ? [["sample", t("try.way_sample")] as [Way, string]] : []), ["draw", t("try.way_draw")], ["file", t("try.way_file")]];

  return (
    <FieldGroup legend={props.label} hint={props.hint} error={fault || props.error} class="whole picture-field">
      <div class="segments" role="radiogroup" aria-label={props.label}>
        {ways.map(([name, label]) => (
          <label key={name} class="segment">
            <input id={name === way ? props.id : undefined} type="radio" name={`${props.id}-way`} checked={way === name} disabled={props.disabled} onChange={() => {
              setWay(name);
              setFault("");
              if (name === "draw") props.onChange("");
            }} />
            <span>{label}</span>
          </label>
        ))}
      </div>
      {way === "draw" ? <DrawingPad label={props.label} onChange={props.onChange} disabled={props.disabled ?? false} dark={dark} /> : null}
      {way === "sample" ? (
        <ul class="samples">
          {props.samples.map((one) => (
            <li key={one.url}>
              <button type="button" class="sample" disabled={props.disabled} aria-pressed={shown.startsWith(`${one.name} ·`)} aria-busy={busy === one.name} onClick={() => void sample(one)}>
                <img src={one.url} alt="" width={64} height={64} onLoad={(event) => setDark(isDarkInk(event.currentTarget))} />
                <bdi class="cut">{one.name}</bdi>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {way === "file" ? (
        <div
          class={`drop ${over ? "over" : ""}`}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            const file = event.dataTransfer?.files[0];
            if (file && !props.disabled) void take(file, file.name);
          }}
        >
          {picture && picture !== broken ? <img class="taken" src={picture} alt={shown || t("try.picture_now")} onError={() => setBroken(picture)} /> : picture ? null : <span>{t("try.drop_picture")}</span>}
          {shown && picture ? <bdi class="meta">{shown}</bdi> : null}
          <Button busy={busy !== ""} disabled={props.disabled ?? false} onClick={() => chooser.current?.click()}>{picture ? t("try.other_file") : t("try.choose_file")}</Button>
          <input ref={chooser} type="file" accept="image/png,image/jpeg,image/gif,image/webp,image/bmp" hidden onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = "";
            if (file) void take(file, file.name);
          }} />
        </div>
      ) : null}
    </FieldGroup>
  );
}
