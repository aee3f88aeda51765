// One listing: what, price, rights, files, check; kept while it is a draft, read-only afterwards but for its offers.
import { useRef, useState } from "preact/hooks";
import type { Licence, Listing } from "../api/answers.ts";
import { api, wire } from "../api/client.ts";
import { StateBadge } from "../components/badge.tsx";
import { Button, LinkButton } from "../components/button.tsx";
import { Notice } from "../components/notice.tsx";
import { errorText, ErrorPanel, Load, useLoad } from "../components/states.tsx";
import { toast } from "../components/toast.tsx";
import { Name } from "../components/value.tsx";
import { formatDateTime } from "../lib/format.ts";
import { t } from "../lib/messages.ts";
import { uuid } from "../lib/random.ts";
import { assetName, assetPath } from "../lib/url.ts";
import { ConflictDialog } from "./conflict.tsx";
import { faultsOf } from "./faults.ts";
import { SellPage, WithSeller, type Seller } from "./frame.tsx";
import { checksOf } from "./listing-form.ts";
import { Checks, Facts, History, StateNotice, Steps } from "./listing-parts.tsx";
import { Retire } from "./listing-moves.tsx";
import { Offers } from "./offers.tsx";
import { useAutosave, type Autosave } from "./use-autosave.ts";
import { FilesFields, WhatFields, type RepositoryFile } from "./what-fields.tsx";

const plural = { model: "models", dataset: "datasets", space: "spaces" } as const;

async function filesOf(asset: string, signal: AbortSignal): Promise<RepositoryFile[]> {
  const kind = asset.split(":")[0] as keyof typeof plural;
  const tree = await wire<{ type: string; path: string; size: number }[]>("get", `/api/${plural[kind]}/${assetName(asset)}/tree/main?recursive=true&limit=1000`, undefined, { signal });
  return tree.filter((one) => one.type === "file").map((one) => ({ path: one.path, size: one.size }));
}

function SaveState({ save }: { save: Autosave }) {
  const text = save.state === "saving" ? t("common.saving") : save.state === "dirty" ? t("sell.not_yet_saved") : save.state === "failed" ? t("sell.not_saved") : save.at ? t("sell.saved_at", { time: formatDateTime(save.at) }) : "";
  return <span class="meta" role="status">{text}</span>;
}

interface ViewProps {
  seller: Seller;
  listing: Listing;
  licences: Licence[];
  onChange: (listing: Listing) => void;
}

function View({ seller, listing, licences, onChange }: ViewProps) {
  const save = useAutosave(listing, onChange);
  const files = useLoad((signal) => filesOf(listing.asset, signal), [listing.asset]);
  const saveOffer = useRef<(() => Promise<boolean>) | undefined>(undefined);
  const submitKey = useRef(uuid());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [sent, setSent] = useState(false);
  const mine = seller.me.id === listing.seller || seller.me.may_act_for.some((one) => one.id === listing.seller && one.roles.includes("admin"));
  const draft = listing.state === "draft";
  const editable = mine && draft;
  const active = listing.offers.filter((one) => one.state === "active").length;
  const card = files.data?.find((one) => one.path === "README.md");
  const checks = checksOf(save.form, active, files.data?.filter((one) => !/^(README\.md|\.gitattributes)$/.test(one.path)).length, files.data ? (card?.size ?? 0) : undefined, listing.seller === seller.me.id ? seller.me.kyc_level : undefined);
  const reload = async (): Promise<Listing> => {
    const fresh = await api.get("/listings/{id}", { path: { id: listing.id } });
    onChange(fresh);
    return fresh;
  };
  const submit = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      if (!(await save.flush())) return;
      if (saveOffer.current && !(await saveOffer.current())) return;
      const missing = checks.find((one) => one.needed && !one.good && one.id !== "offer");
      if (missing) {
        document.getElementById("check")?.scrollIntoView();
        return;
      }
      onChange(await api.post("/listings/{id}/submit", { path: { id: listing.id }, body: {}, key: submitKey.current }));
      setSent(true);
      scrollTo(0, 0);
    } catch (fault) {
      submitKey.current = uuid();
      setError(fault);
      scrollTo(0, 0);
    } finally {
      setBusy(false);
    }
  };
  const faults = faultsOf(save.error);
  return (
    <SellPage
      title={<><Name>{listing.title}</Name> <StateBadge kind="listing" state={listing.state} /></>}
      titleText={listing.title}
      tab="listings"
      seller={seller}
      lead={<a href={assetPath(listing.asset)}><bdi>{assetName(listing.asset)}</bdi></a>}
      actions={
        <>
          {editable ? <SaveState save={save} /> : null}
          {editable ? <Button kind="primary" busy={busy} onClick={() => void submit()}>{t("sell.submit")}</Button> : null}
          {listing.state === "published" ? <LinkButton href={`${assetPath(listing.asset)}/price`}>{t("sell.view_in_market")}</LinkButton> : null}
        </>
      }
    >
      {error ? <ErrorPanel error={error} onRetry={() => void submit()} /> : null}
      {save.error && faults.length === 0 ? <ErrorPanel title={t("sell.not_saved")} error={save.error} onRetry={() => void save.flush()} /> : null}
      {save.restored ? <Notice tone="info">{t("sell.restored")}</Notice> : null}
      {mine ? null : <Notice tone="warn">{t("sell.read_only_role")}</Notice>}
      <StateNotice listing={listing} seller={seller} sent={sent} />
      {save.conflict ? <ConflictDialog conflict={save.conflict} onResolve={save.resolve} /> : null}
      {editable ? <Steps checks={checks} /> : null}
      {editable ? (
        <section class="section" id="what" aria-labelledby="what-head">
          <h2 id="what-head">{t("sell.step.what")}</h2>
          <WhatFields form={save.form} licences={licences} faults={faults} onChange={save.change} />
        </section>
      ) : null}
      <section class="section" id="price" aria-labelledby="price-head">
        <h2 id="price-head">{editable ? t("sell.step.price") : t("sell.offers")}</h2>
        <Offers
          listing={{ ...listing, delivery: save.form.delivery, licence_template: save.form.licence_template }}
          licences={licences}
          currency={seller.currency}
          zone={seller.zone}
          editable={mine && listing.state !== "retired"}
          onReady={(one) => { saveOffer.current = one; }}
          reload={async () => {
            await reload();
            toast(t("sell.price_saved"));
          }}
        />
      </section>
      {editable ? null : <section class="section"><h2>{t("sell.step.what")}</h2><Facts listing={listing} licences={licences} /></section>}
      <section class="section" id="files" aria-labelledby="files-head">
        <h2 id="files-head">{t("sell.step.files")}</h2>
        <Load from={files}>{(list) => <FilesFields form={save.form} files={list} faults={faults} readOnly={!editable} onChange={save.change} />}</Load>
      </section>
      {editable ? (
        <section class="section" id="check" aria-labelledby="check-head">
          <h2 id="check-head">{t("sell.step.check")}</h2>
          <Checks checks={checks} />
        </section>
      ) : null}
      {mine || seller.me.is_operator ? <History id={listing.id} version={listing.version} /> : null}
      {mine && (listing.state === "published" || listing.state === "suspended") ? <Retire listing={listing} onDone={onChange} /> : null}
      {save.error && faults.length > 0 ? <p class="sr-only" role="alert">{errorText(save.error)}</p> : null}
    </SellPage>
  );
}

function Loaded({ seller, id }: { seller: Seller; id: string }) {
  const all = useLoad(async (signal) => {
    const [listing, licences] = await Promise.all([api.get("/listings/{id}", { path: { id }, signal }), api.get("/licences", { signal })]);
    return { listing, licences: licences.data };
  }, [id]);
  if (!all.data) return <SellPage title={t("term.listing")} tab="listings" seller={seller}><Load from={all}>{() => null}</Load></SellPage>;
  const { licences } = all.data;
  return <View seller={seller} listing={all.data.listing} licences={licences} onChange={(listing) => all.set({ listing, licences })} />;
}

export function ListingPage({ props }: { props: Record<string, unknown> }) {
  return <WithSeller title={t("term.listing")} tab="listings">{(seller) => <Loaded seller={seller} id={String(props["id"])} />}</WithSeller>;
}
