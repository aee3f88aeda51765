// <k-tensors>: the header of a file of weights, read by ranges in this browser. What was bought is read only when the reader says so: the
// server counts it as a download.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { Notice } from "../components/notice.tsx";
import { Skeleton } from "../components/states.tsx";
import { propsOf } from "../lib/context.ts";
import { t } from "../lib/messages.ts";
import { readGguf } from "../tensors/gguf.ts";
import { HeaderFault, type FaultCode, type Header } from "../tensors/header.ts";
import { readOnnx } from "../tensors/onnx.ts";
import { ByteReader, type ReadRange } from "../tensors/reader.ts";
import { readSafetensors } from "../tensors/safetensors.ts";
import { HeaderView } from "../tensors/view.tsx";
import type { Mount } from "./loader.ts";

interface Props {
  url: string;
  format: "safetensors" | "gguf" | "onnx";
  size: number;
  ask: boolean;
}

const readers = { safetensors: readSafetensors, gguf: readGguf, onnx: readOnnx };

function faultText(code: FaultCode): string {
  switch (code) {
    case "truncated": return t("files.header_truncated");
    case "not_format": return t("files.header_not_format");
    case "broken": return t("files.header_broken");
    case "too_large": return t("files.header_too_large");
    case "refused": return t("files.header_refused");
    case "lost": return t("error.offline");
  }
}

const rangesOf = (url: string, signal: AbortSignal): ReadRange => async (from, to) => {
  let answer: Response;
  try {
    answer = await fetch(url, { headers: { Range: `bytes=${from}-${to - 1}` }, credentials: "same-origin", signal });
  } catch {
    throw new HeaderFault("lost");
  }
  // a whole file in place of a part is not taken
  if (answer.status !== 206 && !(answer.status === 200 && from === 0 && Number(answer.headers.get("Content-Length") ?? NaN) <= to)) {
    await answer.body?.cancel();
    throw new HeaderFault(answer.status === 416 ? "truncated" : "refused");
  }
  try {
    return new Uint8Array(await answer.arrayBuffer());
  } catch {
    throw new HeaderFault("lost");
  }
};

type State = { at: "ask" } | { at: "reading" } | { at: "shown"; header: Header } | { at: "fault"; code: FaultCode };

function Tensors({ props }: { props: Props }) {
  const [state, setState] = useState<State>({ at: props.ask ? "ask" : "reading" });
  const reading = state.at === "reading";
  useEffect(() => {
    if (!reading) return undefined;
    const control = new AbortController();
    readers[props.format](new ByteReader(rangesOf(props.url, control.signal), props.size)).then(
      (header) => setState({ at: "shown", header }),
      (fault: unknown) => {
        if (!control.signal.aborted) setState({ at: "fault", code: fault instanceof HeaderFault ? fault.code : "broken" });
      },
    );
    return () => control.abort();
  }, [reading]);
  if (state.at === "ask") {
    return (
      <div class="well stack">
        <p>{t("files.header_ask")}</p>
        <p><Button onClick={() => setState({ at: "reading" })}>{t("files.header_read")}</Button></p>
      </div>
    );
  }
  if (state.at === "reading") return <Skeleton lines={6} />;
  if (state.at === "shown") return <HeaderView header={state.header} />;
  return (
    <Notice tone="warn" live="status" actions={state.code === "lost" ? <Button onClick={() => setState({ at: "reading" })}>{t("common.retry")}</Button> : undefined}>
      {faultText(state.code)}
    </Notice>
  );
}

export const mount: Mount = (element) => {
  const props = propsOf<Props>(element);
  element.replaceChildren();
  render(<Tensors props={props} />, element);
};
