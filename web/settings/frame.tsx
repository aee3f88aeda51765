// The frame of a settings page, and a refused request's fields as sentences.
import type { ComponentChildren } from "preact";
import { isApiError } from "../api/client.ts";
import { Page } from "../components/page.tsx";
import { hasMessage, t, tFor } from "../lib/messages.ts";

export interface SettingsPageProps {
  tab: "profile" | "tokens" | "organisations" | "sessions" | "language";
  title: string;
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function SettingsPage(props: SettingsPageProps) {
  const tab = (name: SettingsPageProps["tab"], label: string) => ({ href: `/settings/${name}`, label, current: props.tab === name });
  return (
    <Page
      title={props.title}
      section={t("nav.settings")}
      lead={props.lead}
      actions={props.actions}
      tabs={[tab("profile", t("nav.profile")), tab("tokens", t("settings.tokens")), tab("organisations", t("settings.organisations")), tab("sessions", t("settings.sessions")), tab("language", t("nav.language_and_theme"))]}
    >
      {props.children}
    </Page>
  );
}

/** path of a field -> sentence; empty when the error is of another kind. A code that stands alone belongs to `owner`. */
export function faultsOf(error: unknown, owner: Record<string, string> = {}): Record<string, string> {
  if (!isApiError(error)) return {};
  const text = (code: string): string => (hasMessage("settings.fault", code) ? tFor("settings.fault", code) : t("error.field_invalid"));
  const out: Record<string, string> = {};
  for (const one of error.fields) out[one.path] ??= text(one.code);
  const path = owner[error.code];
  if (path && Object.keys(out).length === 0) out[path] = text(error.code);
  return out;
}

/** "currency" and "zone" of a person or an organisation. */
export const currencies = ["USD", "EUR", "CNY", "JPY", "KWD"];

export function zones(current: string): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return [...new Set(["UTC", current, ...known])].filter((one) => one !== "");
}
