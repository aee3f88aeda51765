// The page /design.
import { mountPage } from "../components/page.tsx";
import { DesignPage } from "./design-page.tsx";

void mountPage("design", { design: DesignPage });
