// Drafts of editors in sessionStorage, per object and user; cleared on sign-out. No tokens, no amounts paid, no card data here.
import { context } from "./context.ts";

const prefix = "k-draft:";
const keyFor = (user: string, object: string): string => `${prefix}${user}:${object}`;
const keyOf = (object: string): string => keyFor(context.user?.name ?? "", object);

export function saveDraft(object: string, value: object): void {
  try {
    sessionStorage.setItem(keyOf(object), JSON.stringify(value));
  } catch {
    // full or switched off: the draft lives in memory only
  }
}

export function readDraft<T extends object>(object: string): T | undefined {
  try {
    const text = sessionStorage.getItem(keyOf(object));
    return text ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}

/** Read once and gone. What stood there before somebody signed in, in this tab, is theirs. */
export function takeDraft<T extends object>(object: string): T | undefined {
  try {
    const keys = [keyOf(object), keyFor("", object)];
    const text = keys.map((key) => sessionStorage.getItem(key)).find((one) => one !== null);
    for (const key of keys) sessionStorage.removeItem(key);
    return text ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}

export function dropDraft(object: string): void {
  try {
    sessionStorage.removeItem(keyOf(object));
  } catch {
    // nothing to drop
  }
}

/** For sign-out, and when another user signs in. Where nobody is signed in any more, what a visitor entered since then stays. */
export function dropAllDrafts(keepVisitors = false): void {
  try {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(prefix) && !(keepVisitors && key.startsWith(keyFor("", "")))) sessionStorage.removeItem(key);
  } catch {
    // nothing to drop
  }
}

/** A choice that is remembered on this machine (tab of code samples, density). */
export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(`k-${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`k-${name}`, value);
  } catch {
    // not remembered
  }
}
