// Keeps the fields of a draft listing on the server: one second after the last change, one request at a time, with the version that was read.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Listing } from "../api/answers.ts";
import { api, isApiError } from "../api/client.ts";
import { dropDraft, readDraft, saveDraft } from "../lib/drafts.ts";
import { changesOf, formOf, merge, type FieldName, type ListingForm } from "./listing-form.ts";

export interface Conflict {
  theirs: Listing;
  mine: ListingForm;
  /** everything but the clashes brought together; of those the server's */
  merged: ListingForm;
  clashes: FieldName[];
}

export interface Autosave {
  form: ListingForm;
  change: (part: Partial<ListingForm>) => void;
  state: "saved" | "dirty" | "saving" | "failed";
  at: Date | undefined;
  error: unknown;
  /** somebody else changed it: which fields of both must be chosen */
  conflict: Conflict | undefined;
  resolve: (form: ListingForm) => void;
  /** saves at once; true when the server has everything */
  flush: () => Promise<boolean>;
  restored: boolean;
}

export function useAutosave(listing: Listing, onSaved: (listing: Listing) => void): Autosave {
  const object = `listing:${listing.id}`;
  const [start] = useState(() => {
    const kept = readDraft<{ form: ListingForm; base: ListingForm }>(object);
    const server = formOf(listing);
    if (!kept || listing.state !== "draft" || Object.keys(changesOf(server, kept.form)).length === 0) return { form: server, restored: false };
    return { form: merge(kept.base, kept.form, server).form, restored: true };
  });
  const [form, setForm] = useState(start.form);
  const [state, setState] = useState<Autosave["state"]>(start.restored ? "dirty" : "saved");
  const [at, setAt] = useState<Date | undefined>();
  const [error, setError] = useState<unknown>();
  const [conflict, setConflict] = useState<Conflict | undefined>();
  const base = useRef(listing);
  if (listing.version > base.current.version) base.current = listing;
  const latest = useRef(form);
  latest.current = form;
  const running = useRef<Promise<boolean> | undefined>(undefined);

  const save = async (): Promise<boolean> => {
    const before = formOf(base.current);
    const wanted = latest.current;
    const changes = changesOf(before, wanted);
    if (Object.keys(changes).length === 0) {
      setState("saved");
      dropDraft(object);
      return true;
    }
    setState("saving");
    setError(undefined);
    try {
      const saved = await api.patch("/listings/{id}", { path: { id: listing.id }, body: changes, version: base.current.version });
      base.current = saved;
      onSaved(saved);
      setAt(new Date());
      if (Object.keys(changesOf(formOf(saved), latest.current)).length > 0) return await save();
      setState("saved");
      dropDraft(object);
      return true;
    } catch (fault) {
      setState("failed");
      if (isApiError(fault) && fault.status === 412) {
        const theirs = await api.get("/listings/{id}", { path: { id: listing.id } });
        const merged = merge(before, wanted, formOf(theirs));
        base.current = theirs;
        onSaved(theirs);
        if (merged.clashes.length === 0) {
          latest.current = merged.form;
          setForm(merged.form);
          return await save();
        }
        setConflict({ theirs, mine: wanted, merged: merged.form, clashes: merged.clashes });
        return false;
      }
      setError(fault);
      return false;
    }
  };
  const flush = async (): Promise<boolean> => {
    while (running.current) await running.current;
    running.current = save();
    try {
      return await running.current;
    } finally {
      running.current = undefined;
    }
  };
  const dirty = state === "dirty";
  useEffect(() => {
    if (!dirty || conflict) return undefined;
    const timer = setTimeout(() => void flush(), 1_000);
    return () => clearTimeout(timer);
  }, [form, dirty, conflict]);
  // what could not be saved goes when the connection is back
  useEffect(() => {
    const again = (): void => setState((one) => (one === "failed" ? "dirty" : one));
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, []);

  return {
    form, state, at, error, conflict, flush, restored: start.restored,
    change: (part) => {
      const next = { ...latest.current, ...part };
      latest.current = next;
      setForm(next);
      setState("dirty");
      saveDraft(object, { form: next, base: formOf(base.current) });
    },
    resolve: (chosen) => {
      latest.current = chosen;
      setForm(chosen);
      setConflict(undefined);
      setState("dirty");
      saveDraft(object, { form: chosen, base: formOf(base.current) });
    },
  };
}
