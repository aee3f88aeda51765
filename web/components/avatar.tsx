// A party's initial (first grapheme of its name) or picture; decoration beside the name.
import { firstGrapheme } from "../lib/format.ts";

export interface AvatarProps {
  name: string;
  src?: string;
  size?: "small" | "normal" | "large";
  organisation?: boolean;
}

export function Avatar({ name, src, size = "normal", organisation = false }: AvatarProps) {
  return (
    <span class={`avatar ${size === "normal" ? "" : size} ${organisation ? "organisation" : ""}`} aria-hidden="true">
      {src ? <img src={src} alt="" /> : firstGrapheme(name).toUpperCase()}
    </span>
  );
}

/** Avatar and name. */
export function PartyName({ name, organisation = false, href }: { name: string; organisation?: boolean; href?: string }) {
  const inner = (
    <>
      <Avatar name={name} size="small" organisation={organisation} />
      <bdi class="cut">{name}</bdi>
    </>
  );
  return href ? <a class="party" href={href}>{inner}</a> : <span class="party">{inner}</span>;
}
