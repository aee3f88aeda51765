// Copying text, also over plain HTTP where navigator.clipboard is missing.

export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard && isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // not allowed: the old way below
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  // inside an open dialog, nothing outside it can hold the selection
  const active = document.activeElement as HTMLElement | null;
  (active?.closest("dialog") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  active?.focus({ preventScroll: true });
  return done;
}
