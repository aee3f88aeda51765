// Types of check-messages.mjs for the tests.
export function shape(text: string): { names: string[]; slots: string[]; plurals: Set<string> };
export function usedKeys(sources: string[], known: string[]): string[];
