// Owner and name of a repository, with the check that the name is allowed and free.
import { useEffect, useState } from "preact/hooks";
import type { Me } from "../api/answers.ts";
import { Select } from "../components/select.tsx";
import { TextField } from "../components/text-field.tsx";
import { nameFault } from "../lib/card.ts";
import { t } from "../lib/messages.ts";
import { isTaken, type Kind } from "./hub.ts";

export interface NameFieldsProps {
  kind: Kind;
  me: Me;
  owner: string;
  name: string;
  /** "ns/name" that is not "taken": the repository itself */
  own?: string;
  error?: string | undefined;
  onOwner: (owner: string) => void;
  onName: (name: string) => void;
}

const mayCreate = new Set(["contributor", "write", "admin"]);
const pause = 300;

export function nameText(name: string): string | undefined {
  switch (nameFault(name)) {
    case "empty": return t("error.field_required");
    case "long": return t("repo.name_long");
    case "characters": return t("repo.name_characters");
    case "ends": return t("repo.name_ends");
    case "double": return t("repo.name_double");
    case "suffix": return t("repo.name_suffix");
    case undefined: return undefined;
  }
}

export type Check = "none" | "asking" | "free" | "taken" | "unknown";

/** Whether the name is free, asked after a pause in typing. */
export function useNameCheck(kind: Kind, full: string, skip: boolean): Check {
  const [check, setCheck] = useState<Check>("none");
  useEffect(() => {
    if (skip) {
      setCheck("none");
      return undefined;
    }
    setCheck("asking");
    const control = new AbortController();
    const timer = setTimeout(() => {
      isTaken(kind, full, control.signal).then(
        (taken) => setCheck(taken === undefined ? "unknown" : taken ? "taken" : "free"),
        () => undefined,
      );
    }, pause);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [kind, full, skip]);
  return check;
}

export function NameFields(props: NameFieldsProps) {
  const [left, setLeft] = useState(false);
  const rule = nameText(props.name);
  const full = `${props.owner}/${props.name}`;
  const check = useNameCheck(props.kind, full, rule !== undefined || full === props.own);
  const owners = [{ value: props.me.name, label: props.me.name }, ...props.me.may_act_for.filter((one) => one.roles.some((role) => mayCreate.has(role))).map((one) => ({ value: one.name, label: one.name }))];
  const error = props.error ?? (check === "taken" ? t("repo.name_taken", { name: full }) : left && props.name !== "" ? rule : undefined);
  const hint = check === "free" ? t("repo.name_free", { name: full }) : check === "asking" ? t("repo.name_asking") : t("repo.name_hint");
  return (
    <div class="form-row name-row">
      <Select label={t("repo.owner_field")} value={props.owner} options={owners} onChange={props.onOwner} />
      <TextField
        id="repository-name"
        label={t("common.name")}
        value={props.name}
        onInput={(text) => {
          setLeft(false);
          props.onName(text);
        }}
        onBlur={() => setLeft(true)}
        hint={<span aria-live="polite">{hint}</span>}
        error={error}
        autocomplete="off"
        spellcheck={false}
        required
      />
    </div>
  );
}
