// Settings of the signed-in person: which view answers to which page of the server.
import { mountPage } from "../components/page.tsx";
import { LanguagePage } from "./language.tsx";
import { OrganisationPage } from "./organisation.tsx";
import { OrganisationsPage } from "./organisations.tsx";
import { ProfilePage } from "./profile.tsx";
import { SessionsPage } from "./sessions.tsx";
import { TokensPage } from "./tokens.tsx";

void mountPage("settings", {
  settings: ProfilePage,
  "settings/profile": ProfilePage,
  "settings/tokens": TokensPage,
  "settings/organisations": OrganisationsPage,
  "settings/organisations/{name}": OrganisationPage,
  "settings/sessions": SessionsPage,
  "settings/language": LanguagePage,
});
