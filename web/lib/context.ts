// What the server tells every page: <script type="application/json" id="k-context">.

export interface Language {
  code: string;
  lang: string;
  name: string;
}

export interface User {
  name: string;
  /** id of the user's own party */
  party: string;
  operator: boolean;
}

export interface Context {
  lang: string;
  tag: string;
  theme: "" | "light" | "dark";
  public_url: string;
  user: User | null;
  csrf: string | null;
  /** entry -> address of its messages in this language */
  messages: Record<string, string>;
  test_clock: boolean;
  languages: Language[];
  log_key?: string;
}

const fallback: Context = {
  lang: "en",
  tag: "en",
  theme: "",
  public_url: typeof location === "undefined" ? "" : location.origin,
  user: null,
  csrf: null,
  messages: {},
  test_clock: false,
  languages: [],
};

function read(): Context {
  const text = typeof document === "undefined" ? null : document.getElementById("k-context")?.textContent;
  if (!text) return fallback;
  return { ...fallback, ...(JSON.parse(text) as Partial<Context>) };
}

export const context: Context = read();

/** data-props of a mount point, as the server wrote them; the shape is the contract with the server's page. */
export function propsOf<T extends object>(element: HTMLElement): T {
  return JSON.parse(element.dataset["props"] ?? "{}") as T;
}
