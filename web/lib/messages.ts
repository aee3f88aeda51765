// Texts of the pages: load a bundle's file, t() for strings, tx() for children with slots. ICU MessageFormat's subset of web/README.md.
import { createElement, Fragment, type ComponentChildren, type VNode } from "preact";
import type english from "../messages/en.json";
import { context } from "./context.ts";

export type MessageKey = keyof typeof english;
export type Value = string | number | bigint | VNode;
export type Values = Record<string, Value>;
export type Slot = (children: ComponentChildren) => ComponentChildren;

type Part =
  | string
  | { arg: string }
  | { arg: string; kind: "plural" | "select"; options: Record<string, Part[]> }
  | { slot: string; parts: Part[] }
  | { hash: true };

const texts = new Map<string, string>();
const parsed = new Map<string, Part[]>();

export function addMessages(table: Record<string, string>): void {
  for (const [key, text] of Object.entries(table)) {
    texts.set(key, text);
    parsed.delete(key);
  }
}

/** Fetches the messages of an entry; render only after it. */
export async function loadMessages(entry: string): Promise<void> {
  const address = context.messages[entry];
  if (!address) return;
  const answer = await fetch(address, { credentials: "same-origin" });
  if (answer.ok) addMessages((await answer.json()) as Record<string, string>);
}

/** Reads a message into parts. Exported for its tests. */
export function parse(text: string): Part[] {
  let at = 0;
  const until = (stop: (rest: string) => boolean, inPlural: boolean): Part[] => {
    const parts: Part[] = [];
    let plain = "";
    const flush = (): void => {
      if (plain) parts.push(plain);
      plain = "";
    };
    while (at < text.length && !stop(text.slice(at))) {
      const rest = text.slice(at);
      if (rest.startsWith("{")) {
        flush();
        parts.push(placeholder());
        continue;
      }
      const slot = /^<([a-z]+)>/.exec(rest);
      if (slot?.[1] && rest.includes(`</${slot[1]}>`)) {
        flush();
        at += slot[0].length;
        const name = slot[1];
        const inner = until((ahead) => ahead.startsWith(`</${name}>`), inPlural);
        at += name.length + 3;
        parts.push({ slot: name, parts: inner });
        continue;
      }
      if (inPlural && rest.startsWith("#")) {
        flush();
        parts.push({ hash: true });
        at += 1;
        continue;
      }
      plain += text[at];
      at += 1;
    }
    flush();
    return parts;
  };
  const placeholder = (): Part => {
    const head = /^\{\s*(\w+)\s*(\}|,\s*(plural|select)\s*,)/.exec(text.slice(at));
    if (!head?.[1]) throw new Error(`unclear placeholder: ${text.slice(at)}`);
    at += head[0].length;
    const arg = head[1];
    if (head[2] === "}") return { arg };
    const kind = head[3] === "plural" ? "plural" : "select";
    const options: Record<string, Part[]> = {};
    for (;;) {
      const option = /^\s*(=\d+|\w+)\s*\{/.exec(text.slice(at));
      if (!option?.[1]) break;
      at += option[0].length;
      options[option[1]] = until((ahead) => ahead.startsWith("}"), kind === "plural");
      at += 1;
    }
    at += (/^\s*\}/.exec(text.slice(at)) ?? [""])[0].length;
    return { arg, kind, options };
  };
  return until(() => false, false);
}

const numbers = new Map<string, Intl.NumberFormat>();
const rules = new Map<string, Intl.PluralRules>();

function numberText(value: number | bigint): string {
  let format = numbers.get(context.tag);
  if (!format) numbers.set(context.tag, (format = new Intl.NumberFormat(context.tag)));
  return format.format(value);
}

function pluralOf(value: number | bigint): string {
  let rule = rules.get(context.tag);
  if (!rule) rules.set(context.tag, (rule = new Intl.PluralRules(context.tag)));
  return rule.select(Number(value));
}

type Out = string | VNode | ComponentChildren;

function render(parts: Part[], values: Values, slots: Record<string, Slot>, count: Value | undefined, out: Out[]): void {
  for (const part of parts) {
    if (typeof part === "string") {
      out.push(part);
    } else if ("hash" in part) {
      out.push(typeof count === "number" || typeof count === "bigint" ? numberText(count) : (count ?? ""));
    } else if ("slot" in part) {
      const inner: Out[] = [];
      render(part.parts, values, slots, count, inner);
      const make = slots[part.slot];
      out.push(make ? make(inner) : inner);
    } else if (!("kind" in part)) {
      const value = values[part.arg];
      if (value === undefined) out.push(`{${part.arg}}`);
      else out.push(typeof value === "number" || typeof value === "bigint" ? numberText(value) : value);
    } else {
      const value = values[part.arg];
      let option: Part[] | undefined;
      if (part.kind === "plural" && (typeof value === "number" || typeof value === "bigint")) {
        option = part.options[`=${value}`] ?? part.options[pluralOf(value)];
      } else {
        option = part.options[String(value)];
      }
      render(option ?? part.options["other"] ?? [], values, slots, part.kind === "plural" ? value : count, out);
    }
  }
}

function partsOf(key: string): Part[] | undefined {
  let parts = parsed.get(key);
  if (!parts) {
    const text = texts.get(key);
    if (text === undefined) return undefined;
    parsed.set(key, (parts = parse(text)));
  }
  return parts;
}

function format(parts: Part[], values: Values): string {
  const out: Out[] = [];
  render(parts, values, {}, undefined, out);
  return out.flat(Infinity).map(String).join("");
}

/** The text of a key as a string. */
export function t(key: MessageKey, values: Values = {}): string {
  const parts = partsOf(key);
  return parts ? format(parts, values) : key;
}

/** The text of a key as children: `tx("login.new_here", {}, { link: (text) => <a href="/join">{text}</a> })`. Values may be elements. */
export function tx(key: MessageKey, values: Values = {}, slots: Record<string, Slot> = {}): VNode {
  const out: Out[] = [];
  render(partsOf(key) ?? [key], values, slots, undefined, out);
  return createElement(Fragment, null, ...(out as ComponentChildren[]));
}

// "state.order" + "placed", but "price.refund_" + "standard_7d"
const keyOf = (prefix: string, word: string): string => (prefix.endsWith("_") ? prefix + word : `${prefix}.${word}`);

/** A text whose key is made of a registered prefix and a word of the API ("state.order", order.state); the word itself when there is none. */
export function tFor(prefix: string, word: string, values: Values = {}): string {
  const parts = partsOf(keyOf(prefix, word));
  return parts ? format(parts, values) : word.replaceAll("_", " ");
}

export function hasMessage(prefix: string, word: string): boolean {
  return texts.has(keyOf(prefix, word));
}
