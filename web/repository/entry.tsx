// The bundle of /new and of a repository's settings.
import { mountPage } from "../components/page.tsx";
import { NewPage } from "./new-page.tsx";
import { SettingsPage } from "./settings-page.tsx";

void mountPage("repository", { new: NewPage, "repository-settings": SettingsPage });
