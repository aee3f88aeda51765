// Ends the sale of a listing: buyers keep what they bought, nobody new can buy; there is no way back but a new listing.
import { useState } from "preact/hooks";
import type { Listing } from "../api/answers.ts";
import { api } from "../api/client.ts";
import { Button } from "../components/button.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { t } from "../lib/messages.ts";
import { uuid } from "../lib/random.ts";

export function Retire({ listing, onDone }: { listing: Listing; onDone: (listing: Listing) => void }) {
  const [open, setOpen] = useState(false);
  const [key, setKey] = useState(uuid);
  return (
    <section class="section" aria-labelledby="retire-head">
      <h2 id="retire-head">{t("sell.retire_head")}</h2>
      <div class="stack tight">
        <p class="muted">{t("sell.retire_effect")}</p>
        <div class="row"><Button kind="quiet" class="danger" onClick={() => {
          setKey(uuid());
          setOpen(true);
        }}>{t("sell.retire")}</Button></div>
      </div>
      <ConfirmDanger
        open={open}
        title={t("sell.retire_ask", { name: listing.title })}
        action={t("sell.retire")}
        onClose={() => setOpen(false)}
        onConfirm={async () => onDone(await api.post("/listings/{id}/retire", { path: { id: listing.id }, body: {}, key }))}
      >
        {t("sell.retire_effect")}
      </ConfirmDanger>
    </section>
  );
}
