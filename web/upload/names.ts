// Which files may go into a repository, and why others may not. The rules are the server's (repository: paths of a tree); it judges again.

export const maxFiles = 10_000;
/** regular files of one commit, before base64: the server takes 160 MiB of body, and compressed copies stay in its memory */
export const maxRegularBytes = 100_000_000;

export type PathFault = "empty" | "long" | "part_long" | "characters" | "dots" | "git" | "system";

const system = new Set([".ds_store", "thumbs.db", "desktop.ini", "__macosx"]);
const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** What is wrong with a path inside a repository; undefined when it may be used. */
export function pathFault(path: string): PathFault | undefined {
  if (path === "") return "empty";
  if (bytes(path) > 4096) return "long";
  // eslint-disable-next-line no-control-regex -- that is the rule
  if (/[\u0000-\u001f\u007f\\]/.test(path) || /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(path)) return "characters";
  for (const part of path.split("/")) {
    if (part === "") return "empty";
    if (part === "." || part === "..") return "dots";
    if (part.toLowerCase() === ".git") return "git";
    if (bytes(part) > 255) return "part_long";
    if (system.has(part.toLowerCase())) return "system";
  }
  return undefined;
}

/** A folder as it is typed: "/images//a/" is "images/a". */
export const cleanFolder = (text: string): string => text.normalize("NFC").split("/").map((one) => one.trim()).filter((one) => one !== "").join("/");

/** Without the name of the one folder that everything was chosen in: "many/a/1.txt" is "a/1.txt". Files chosen singly keep their names. */
export function withoutTop(paths: readonly string[]): string[] {
  const first = paths[0] ?? "";
  const top = first.slice(0, first.indexOf("/") + 1);
  return top !== "" && paths.every((one) => one.startsWith(top)) ? paths.map((one) => one.slice(top.length)) : [...paths];
}

/** A file and a folder of one name, or two files of one path, cannot be in one tree. Returns the paths that clash with an earlier one. */
export function clashes(paths: readonly string[]): Set<string> {
  const files = new Set<string>();
  const folders = new Set<string>();
  const out = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/");
    const parents = parts.slice(0, -1).map((_, i) => parts.slice(0, i + 1).join("/"));
    if (folders.has(path) || parents.some((one) => files.has(one))) {
      out.add(path);
      continue;
    }
    files.add(path);
    for (const one of parents) folders.add(one);
  }
  return out;
}
