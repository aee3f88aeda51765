// The frame of an A page: title, acting party, tabs, banners; and mountPage, which every entry calls.
import { render, type ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { context } from "../lib/context.ts";
import { loadMessages, t } from "../lib/messages.ts";
import { matchPage } from "../lib/url.ts";
import { EmptyState } from "./states.tsx";
import { LinkTabs, type LinkTab } from "./tabs.tsx";

export interface PageProps {
  /** the thing: the only h1 */
  title: ComponentChildren;
  /** for document.title, when `title` is no string */
  titleText?: string;
  /** "Account", "Sell": document.title = thing - section - Kontor */
  section: string;
  lead?: ComponentChildren;
  /** beside the title: PartySwitch, badges, buttons. One primary button in a view */
  actions?: ComponentChildren;
  tabs?: LinkTab[];
  children: ComponentChildren;
}

/** Sets `{thing} - {section} - Kontor`. */
export function useTitle(thing: string, section: string): void {
  useEffect(() => {
    document.title = [thing, section, "Kontor"].filter(Boolean).join(" - ");
  }, [thing, section]);
}

export function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const change = (): void => setOnline(navigator.onLine);
    addEventListener("online", change);
    addEventListener("offline", change);
    return () => {
      removeEventListener("online", change);
      removeEventListener("offline", change);
    };
  }, []);
  return online;
}

export function Page(props: PageProps) {
  useTitle(props.titleText ?? (typeof props.title === "string" ? props.title : ""), props.section);
  return (
    <>
      <div class="page-head">
        <div>
          <h1>{props.title}</h1>
          {props.lead ? <p class="lead">{props.lead}</p> : null}
        </div>
        {props.actions ? <div class="row">{props.actions}</div> : null}
      </div>
      {props.tabs ? <LinkTabs label={t("nav.sections")} tabs={props.tabs} /> : null}
      <div class="stack" style={{ paddingTop: props.tabs ? "24px" : "0" }}>{props.children}</div>
    </>
  );
}

/** One page of a bundle: gets data-props of #app and the values of its address. */
export type PageView = (props: { props: Record<string, unknown> }) => ComponentChildren;

const NoPage: PageView = () => <EmptyState title={t("error.no_permission")}>{t("error.page_not_found")}</EmptyState>;

/** Called once by each entry: loads its messages, then draws the page that the server named in data-page. Names may hold values: "account/orders/{id}". */
export async function mountPage(entry: string, pages: Record<string, PageView>): Promise<void> {
  const app = document.getElementById("app");
  if (!app) return;
  const match = matchPage(Object.keys(pages), app.dataset["page"] ?? "");
  const View = (match && pages[match.name]) ?? NoPage;
  await loadMessages(entry);
  // the shell's title makes room for the page's own, which has actions beside it
  if (match) document.querySelector("h1.page-title")?.remove();
  app.replaceChildren();
  const props = JSON.parse(app.dataset["props"] ?? "{}") as Record<string, unknown>;
  render(<View props={{ ...props, ...match?.values }} />, app);
}

export const signedInAs = (): string => context.user?.name ?? "";
