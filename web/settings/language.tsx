// Language and theme, as the forms of the bar: they work by posting, and answer with a cookie.
import { context } from "../lib/context.ts";
import { t } from "../lib/messages.ts";
import { SettingsPage } from "./frame.tsx";

const here = "/settings/language";

function Choice({ action, name, legend, options, current }: { action: string; name: string; legend: string; options: { value: string; label: string; lang?: string }[]; current: string }) {
  return (
    <form class="panel stack" method="post" action={action}>
      <h2>{legend}</h2>
      <input type="hidden" name="next" value={here} />
      <div class="chips" role="group" aria-label={legend}>
        {options.map((one) => <button key={one.value} type="submit" class="chip" name={name} value={one.value} lang={one.lang} aria-current={one.value === current ? "true" : undefined}>{one.label}</button>)}
      </div>
    </form>
  );
}

export function LanguagePage() {
  return (
    <SettingsPage tab="language" title={t("nav.language_and_theme")} lead={t("settings.language_what")}>
      <div class="stack narrow-form">
        <Choice action="/settings/language" name="lang" legend={t("nav.language")} current={context.lang} options={context.languages.map((one) => ({ value: one.code, label: one.name, lang: one.lang }))} />
        <Choice action="/settings/theme" name="theme" legend={t("nav.theme")} current={context.theme || "system"} options={[{ value: "system", label: t("nav.theme_system") }, { value: "light", label: t("nav.theme_light") }, { value: "dark", label: t("nav.theme_dark") }]} />
      </div>
    </SettingsPage>
  );
}
