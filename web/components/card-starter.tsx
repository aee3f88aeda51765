// Licence, task and the text of a first README.md; the text follows the choices until somebody writes in it.
import { cardText, licences, tasks, type CardStart } from "../lib/card.ts";
import { t, tFor } from "../lib/messages.ts";
import { Combobox } from "./combobox.tsx";
import { TextArea } from "./text-field.tsx";

/** a file's name, the same in every language */
export const cardFile = "README.md";

export interface CardChoice {
  licence: string;
  task: string;
  /** undefined: follows the choices */
  text: string | undefined;
}

export interface CardStarterProps {
  kind: CardStart["kind"];
  name: string;
  sdk?: string;
  value: CardChoice;
  onChange: (value: CardChoice) => void;
}

export function startOfCard(kind: CardStart["kind"], name: string, choice: CardChoice, sdk?: string): string {
  if (choice.text !== undefined) return choice.text;
  const model = [
    { title: t("repo.card_use"), text: t("repo.card_use_text") },
    { title: t("repo.card_limits"), text: t("repo.card_limits_text") },
    { title: t("repo.card_data"), text: t("repo.card_data_text") },
    { title: t("repo.card_results"), text: t("repo.card_results_text") },
  ];
  const sections = kind === "model" ? model : kind === "dataset" ? [model[0], model[1], { title: t("repo.card_source"), text: t("repo.card_source_text") }] : [model[0]];
  return cardText({ kind, name: name.split("/").at(-1) || name, licence: choice.licence, task: choice.task, ...(sdk ? { sdk } : {}), sections: sections.filter((one) => one !== undefined) });
}

export function CardStarter(props: CardStarterProps) {
  const { value } = props;
  const one = (values: string[]): string => values[0] ?? "";
  return (
    <>
      <div class="form-row">
        <Combobox
          label={t("repo.licence_of_files")}
          optional
          values={value.licence ? [value.licence] : []}
          options={[{ value: "", label: t("repo.not_yet") }, ...licences.map((id) => ({ value: id, label: tFor("licence", id) }))]}
          onChange={(values) => props.onChange({ ...value, licence: one(values) })}
        />
        {props.kind === "space" ? null : (
          <Combobox
            label={t("repo.task_of_files")}
            optional
            values={value.task ? [value.task] : []}
            options={[{ value: "", label: t("repo.not_yet") }, ...tasks.map((id) => ({ value: id, label: tFor("task", id) }))]}
            onChange={(values) => props.onChange({ ...value, task: one(values) })}
          />
        )}
      </div>
      <TextArea label={cardFile} class="whole" code rows={10} value={startOfCard(props.kind, props.name, value, props.sdk)} onInput={(text) => props.onChange({ ...value, text })} hint={t("repo.card_hint")} />
    </>
  );
}
