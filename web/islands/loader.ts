// Which file makes an island of <k-name>, and when it is loaded. A new island: its file, a line here.

/** An island: gets its element, with the server's HTML still inside. */
export type Mount = (element: HTMLElement) => void | Promise<void>;

const islands: Record<string, () => Promise<{ mount: Mount }>> = {
  calculator: () => import("./calculator.tsx"),
  checkout: () => import("./checkout.tsx"),
  code: () => import("./code.tsx"),
  filter: () => import("./filter.ts"),
  like: () => import("./like.ts"),
  search: () => import("./search.ts"),
  tensors: () => import("./tensors.tsx"),
  try: () => import("./try.tsx"),
  verify: () => import("./verify.tsx"),
};

/** Mounts what is inside `root`; called again for swapped-in fragments. */
export function mountIslands(root: ParentNode): void {
  for (const [name, load] of Object.entries(islands)) {
    for (const element of root.querySelectorAll<HTMLElement>(`k-${name}:not([data-mounted])`)) {
      element.dataset["mounted"] = "";
      load().then(({ mount }) => mount(element)).catch((error: unknown) => console.error(`k-${name}`, error));
    }
  }
}
