// Who is acting: name, kind, role. Changing it keeps the page (the party stands in the address).
import type { Me, PartyRef } from "../api/answers.ts";
import { t } from "../lib/messages.ts";
import { Avatar } from "./avatar.tsx";
import { Menu } from "./menu.tsx";

export interface PartySwitchProps {
  me: Me;
  /** name of the acting party */
  current: string;
  onSelect: (name: string) => void;
  /** only parties for which this holds (a sell right) */
  filter?: (party: PartyRef) => boolean;
}

export function PartySwitch(props: PartySwitchProps) {
  const own: PartyRef = { id: props.me.id, name: props.me.name, kind: "person" };
  const parties = [own, ...props.me.may_act_for].filter((one) => one.id === own.id || (props.filter?.(one) ?? true));
  const current = parties.find((one) => one.name === props.current) ?? own;
  const shown = (
    <span class="party">
      <span class="sr-only">{t("nav.acting_as")} </span>
      <Avatar name={current.name} size="small" organisation={current.kind === "organisation"} />
      <bdi class="cut">{current.name}</bdi>
    </span>
  );
  if (parties.length < 2) return shown;
  return (
    <Menu
      label={shown}
      kind="quiet"
      head={t("nav.acting_as")}
      items={parties.map((one) => ({
        label: one.name,
        checked: one.id === current.id,
        hint: one.kind === "organisation" ? [t("common.kind.organisation"), ...(one.roles ?? [])].join(" · ") : t("common.kind.person"),
        onSelect: () => props.onSelect(one.name),
      }))}
    />
  );
}
