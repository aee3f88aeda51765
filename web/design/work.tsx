// What one works with: a form of a schema, files, a drawing pad, an upload in its states, the start of a card.
import { useState } from "preact/hooks";
import { ApiError } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { CardStarter, type CardChoice } from "../components/card-starter.tsx";
import { DrawingPad } from "../components/drawing-pad.tsx";
import { FileDrop } from "../components/file-drop.tsx";
import { SchemaForm } from "../components/schema-form.tsx";
import { UploadTray, type TrayFile } from "../components/upload-tray.tsx";
import { inputFields, inputOf, startValues, type InputFaults } from "../lib/input-schema.ts";
import { t } from "../lib/messages.ts";
import { Part } from "./part.tsx";

const schema = {
  type: "object",
  required: ["text", "size"],
  properties: {
    text: { type: "string", title: "Text", description: "What to classify", "x-order": 0 },
    size: { type: "integer", title: "Size", minimum: 1, maximum: 10, default: 3, "x-order": 1 },
    mode: { type: "string", enum: ["fast", "exact"], default: "fast", title: "Mode", "x-order": 2 },
    image: { type: "string", format: "uri", title: "Image", "x-order": 3 },
    verbose: { type: "boolean", title: "Verbose", "x-order": 4 },
    row: { type: "array", title: "Row", default: [1, 2, 3], "x-order": 5 },
  },
};
const fields = inputFields(schema);
const nothing = (): void => undefined;
const trayFiles: TrayFile[] = [
  { id: 1, path: "weights/model.safetensors", size: 5_000_000_000, state: "sending", share: 0.42 },
  { id: 2, path: "weights/adapter.safetensors", size: 240_000_000, state: "hashing", share: 0.8 },
  { id: 3, path: "README.md", size: 2_400, state: "waiting", share: 0 },
  { id: 4, path: "data/train.parquet", size: 80_000_000, state: "paused", share: 0.1 },
  { id: 5, path: "data/held-out.parquet", size: 8_000_000, state: "failed", share: 0.3, error: new ApiError(413, "too_large", "") },
  { id: 6, path: "config.json", size: 700, state: "done", share: 1 },
];

function Inputs() {
  const [values, setValues] = useState(() => startValues(fields));
  const [faults, setFaults] = useState<InputFaults>({ text: { code: "required" }, size: { code: "max", value: "10" } });
  return (
    <Part name="SchemaForm, FileDrop">
      <div class="layout even">
        <form
          class="panel stack"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            setFaults(inputOf(fields, values).faults);
          }}
        >
          <SchemaForm
            prefix="design"
            fields={fields}
            values={values}
            faults={faults}
            samples={[]}
            onChange={(name, value) => setValues({ ...values, [name]: value })}
            onFile={(file) => Promise.resolve(URL.createObjectURL(file))}
          />
          <div><Button kind="primary" type="submit">{t("common.submit")}</Button></div>
        </form>
        <FileDrop label={t("term.file")} hint="PNG, JPEG" multiple folders maxBytes={1_000_000} onFiles={nothing} error={t("files.refused_size", { name: "model.bin", limit: "1 MB" })} />
      </div>
    </Part>
  );
}

export function Work() {
  const [card, setCard] = useState<CardChoice>({ licence: "apache-2.0", task: "image-classification", text: undefined });
  return (
    <>
      <Inputs />
      <Part name="DrawingPad"><DrawingPad label={t("try.way_draw")} onChange={nothing} /></Part>
      <Part name="UploadTray">
        <UploadTray files={trayFiles} totalBytes={5_328_003_100} sentBytes={2_110_000_700} speed={42_000_000} status={t("upload.sending")} running paused={false} locked={false}
          onPause={nothing} onResume={nothing} onRemove={nothing} onPauseAll={nothing} onResumeAll={nothing} onRemoveAll={nothing} />
      </Part>
      <Part name="CardStarter"><CardStarter kind="model" name="bob/digits" value={card} onChange={setCard} /></Part>
    </>
  );
}
