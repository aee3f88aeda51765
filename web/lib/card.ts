// The start of a model card: front matter that the catalogue reads, and the questions a reader has. Text in, text out.

/** Identifiers as they stand in a card; names of licences are not translated. */
export const licences = [
  "apache-2.0", "mit", "bsd-3-clause", "mpl-2.0", "lgpl-3.0", "gpl-3.0", "agpl-3.0", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0",
  "openrail", "custom-commercial-1", "other",
] as const;

export const tasks = [
  "image-classification", "object-detection", "image-segmentation", "image-to-text", "text-to-image", "text-generation", "text-classification", "token-classification",
  "question-answering", "summarization", "translation", "fill-mask", "feature-extraction", "sentence-similarity", "automatic-speech-recognition", "text-to-speech",
  "audio-classification", "tabular-classification", "tabular-regression",
] as const;

export const sdks = ["gradio", "streamlit", "docker", "static"] as const;

export interface CardStart {
  kind: "model" | "dataset" | "space";
  /** heading of the card: the repository's own name */
  name: string;
  licence: string;
  task: string;
  sdk?: string;
  /** headings and what to write under them, in the author's language */
  sections: { title: string; text: string }[];
}

/** YAML needs no quotes for these: identifiers only. */
const identifier = (text: string): string => (/^[a-z0-9][a-z0-9._-]*$/i.test(text) ? text : "");

export function cardText(card: CardStart): string {
  const front: string[] = [];
  if (identifier(card.licence)) front.push(`license: ${card.licence}`);
  if (identifier(card.task)) front.push(card.kind === "dataset" ? `task_categories:\n- ${card.task}` : card.kind === "model" ? `pipeline_tag: ${card.task}` : "");
  if (card.kind === "space" && identifier(card.sdk ?? "")) front.push(`sdk: ${card.sdk}`);
  const head = front.filter(Boolean).join("\n");
  const body = [`# ${card.name}`, ...card.sections.flatMap(({ title, text }) => [`## ${title}`, text])].join("\n\n");
  return `${head ? `---\n${head}\n---\n\n` : ""}${body}\n`;
}

export type NameFault = "empty" | "long" | "characters" | "ends" | "double" | "suffix";

/** Rules of a repository's name (identity: names); the server judges again. */
export function nameFault(name: string): NameFault | undefined {
  if (name === "") return "empty";
  if (name.length > 96) return "long";
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return "characters";
  if (/^[.-]|[.-]$/.test(name)) return "ends";
  if (/--|\.\./.test(name)) return "double";
  if (/\.(git|ipynb)$/i.test(name)) return "suffix";
  return undefined;
}
