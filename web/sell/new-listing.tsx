// Starts a listing: which repository, its title. The rest is filled in on the listing's own page.
import { useState } from "preact/hooks";
import { api, wire } from "../api/client.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { Combobox } from "../components/combobox.tsx";
import { ErrorPanel, Load, useLoad } from "../components/states.tsx";
import { TextField } from "../components/text-field.tsx";
import { useKept } from "../lib/kept.ts";
import { t, tFor } from "../lib/messages.ts";
import { uuid } from "../lib/random.ts";
import { assetName } from "../lib/url.ts";
import { sellPath, SellPage, type Seller } from "./frame.tsx";
import { faultAt, faultsOf } from "./faults.ts";
import { newListing } from "./listing-form.ts";

const kinds = [["model", "models"], ["dataset", "datasets"], ["space", "spaces"]] as const;

async function repositories(owner: string, signal: AbortSignal): Promise<string[]> {
  const lists = await Promise.all(kinds.map(async ([kind, plural]) =>
    (await wire<{ id: string }[]>("get", `/api/${plural}?author=${encodeURIComponent(owner)}&limit=500`, undefined, { signal })).map((one) => `${kind}:${one.id}`)));
  return lists.flat();
}

/** "model:bob/digits-v2" -> "Digits v2": a start that can be typed over. */
export function titleOf(asset: string): string {
  const name = (assetName(asset).split("/")[1] ?? "").replace(/[-_.]+/g, " ").trim();
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function Form({ seller, asset, assets }: { seller: Seller; asset: string; assets: string[] }) {
  const [chosen, setChosen] = useKept("listing.asset", asset);
  const [title, setTitle] = useKept("listing.title", titleOf(asset));
  const [typed, setTyped] = useKept("listing.typed", false);
  const [key, setKey] = useState(uuid);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const faults = faultsOf(error);
  const start = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const made = await api.post("/listings", { body: newListing(chosen, title.trim(), "custom-commercial-1"), key });
      location.assign(sellPath(`/listings/${made.id}`, seller));
    } catch (fault) {
      setError(fault);
      setKey(uuid());
      setBusy(false);
    }
  };
  return (
    <form class="stack" onSubmit={(event) => {
      event.preventDefault();
      void start();
    }}>
      <Combobox
        label={t("term.repository")}
        hint={t("sell.new_repository_hint", { name: seller.party.name })}
        error={faultAt(faults, "asset")}
        values={chosen ? [chosen] : []}
        options={assets.map((one) => ({ value: one, label: `${assetName(one)} · ${tFor("common.kind", one.split(":")[0] ?? "")}` }))}
        labelOf={(one) => assetName(one)}
        onChange={(values) => {
          setChosen(values[0] ?? "");
          if (!typed) setTitle(titleOf(values[0] ?? ""));
          setKey(uuid());
        }}
      />
      <TextField label={t("sell.title")} hint={t("sell.title_hint")} error={faultAt(faults, "title")} value={title} max={120} onInput={(value) => {
        setTitle(value);
        setTyped(true);
        setKey(uuid());
      }} />
      {error ? <ErrorPanel error={error} /> : null}
      <div class="form-foot">
        <Button kind="primary" type="submit" busy={busy} disabled={!chosen || title.trim() === ""}>{t("sell.start_listing")}</Button>
        <LinkButton kind="quiet" href={sellPath("/listings", seller)}>{t("common.cancel")}</LinkButton>
      </div>
    </form>
  );
}

export function NewListing({ seller, asset }: { seller: Seller; asset: string }) {
  const assets = useLoad((signal) => repositories(seller.party.name, signal), []);
  return (
    <SellPage title={t("sell.new_listing")} tab="listings" seller={seller} lead={t("sell.new_lead")}>
      <Load from={assets}>{(list) => <Form seller={seller} asset={/^\w+:[^/]+\/.+$/.test(asset) ? asset : ""} assets={list} />}</Load>
    </SellPage>
  );
}
