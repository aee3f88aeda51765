// Buttons, fields, choices, menus, dialogs in every state.
import { useState } from "preact/hooks";
import type { Me } from "../api/answers.ts";
import { Button, LinkButton } from "../components/button.tsx";
import { Checkbox, Radio, Switch } from "../components/choice.tsx";
import { Combobox } from "../components/combobox.tsx";
import { ConfirmDanger } from "../components/confirm-danger.tsx";
import { Dialog, Sheet } from "../components/dialog.tsx";
import { Menu } from "../components/menu.tsx";
import { FormSummary } from "../components/notice.tsx";
import { PartySwitch } from "../components/party-switch.tsx";
import { Select } from "../components/select.tsx";
import { Slider } from "../components/slider.tsx";
import { LinkTabs, Tabs } from "../components/tabs.tsx";
import { MoneyField, TextArea, TextField } from "../components/text-field.tsx";
import { toast } from "../components/toast.tsx";
import { Tooltip } from "../components/tooltip.tsx";
import { t } from "../lib/messages.ts";
import { Part } from "./part.tsx";

const options = ["apache-2.0", "mit", "cc-by-4.0", "custom-commercial-1"].map((one) => ({ value: one, label: one }));
const many = Array.from({ length: 40 }, (_, i) => ({ value: `t${i}`, label: `Task ${i + 1}` }));
const me: Me = {
  object: "party", id: "pty_1", kind: "person", name: "alice", full_name: "Alice", email: "", kyc_level: 1, default_currency: "USD", billing_tz: "Asia/Tokyo", is_operator: false,
  may_act_for: [{ id: "pty_2", name: "kiln-lab", kind: "organisation", roles: ["admin"] }], scopes: [], csrf_token: null, created_at: "2026-02-01T14:02:00Z",
};

function Buttons() {
  return (
    <Part name="Button">
      <div class="row">
        <Button kind="primary">{t("checkout.buy_for", { amount: "$50.00" })}</Button>
        <Button>{t("common.cancel")}</Button>
        <Button kind="quiet">{t("common.details")}</Button>
        <Button kind="danger">{t("common.delete")}</Button>
        <LinkButton href="#button">{t("common.open")}</LinkButton>
      </div>
      <div class="row">
        <Button kind="primary" busy>{t("common.save")}</Button>
        <Button busy>{t("common.save")}</Button>
        <Button kind="primary" disabled reason={t("error.offline")}>{t("common.save")}</Button>
        <Button pressed>{t("common.wrap")}</Button>
        <Button small>{t("common.copy")}</Button>
      </div>
    </Part>
  );
}

function Fields() {
  const [name, setName] = useState("digits");
  const [amount, setAmount] = useState("1,234.5");
  const [summary, setSummary] = useState("Handwritten digits, 8x8. 手書き数字。");
  const [licence, setLicence] = useState("mit");
  const [task, setTask] = useState<string[]>(["t3"]);
  const [tasks, setTasks] = useState<string[]>(["t1", "t4"]);
  const [quantity, setQuantity] = useState(1500);
  return (
    <>
      <Part name="TextField, TextArea, MoneyField">
        <div class="form-row">
          <TextField label={t("common.name")} value={name} onInput={setName} hint="a-z, 0-9, - and ." />
          <TextField label={t("common.name")} value="bob/" onInput={setName} error={t("error.field_invalid")} />
          <TextField label={t("login.password")} type="password" value="correct horse" onInput={setName} autocomplete="off" />
          <TextField label={t("common.reason")} value="" onInput={setName} optional disabled />
        </div>
        <div class="form-row">
          <MoneyField label={t("common.amount")} value={amount} currency="USD" onInput={setAmount} hint="1,234.5 · １２．５ · 0,5" />
          <MoneyField label={t("common.amount")} value="0.0000001" currency="JPY" onInput={setAmount} error={t("error.amount_places")} />
        </div>
        <TextArea label={t("common.details")} value={summary} onInput={setSummary} max={40} />
        <FormSummary still faults={[{ id: "x", text: t("error.field_required") }, { id: "y", text: t("error.amount_places") }]} />
      </Part>
      <Part name="Select, Combobox, Slider">
        <div class="form-row">
          <Select label={t("term.licence_word")} value={licence} options={options} onChange={setLicence} />
          <Combobox label={t("term.task_word")} options={many} values={task} onChange={setTask} />
          <Combobox label={t("term.task_word")} options={many} values={tasks} onChange={setTasks} multi />
        </div>
        <Slider label={t("common.quantity")} value={quantity} onChange={setQuantity} min={0} max={1_000_000} logarithmic />
      </Part>
    </>
  );
}

function Choices() {
  const [checked, setChecked] = useState(true);
  const [radio, setRadio] = useState("public");
  const [on, setOn] = useState(true);
  return (
    <Part name="Checkbox, Radio, Switch">
      <div class="form-row">
        <div>
          <Checkbox label="image-classification" checked={checked} onChange={setChecked} count="84" />
          <Checkbox label="custom-commercial-1" hint={t("term.licence_word")} checked={false} onChange={setChecked} error={t("error.field_required")} />
          <Checkbox label="text" checked disabled onChange={setChecked} />
        </div>
        <Radio legend={t("common.state")} value={radio} onChange={setRadio} options={[{ value: "public", label: t("term.public") }, { value: "private", label: t("term.private"), hint: t("term.member") }]} />
        <Switch label={t("nav.theme_dark")} checked={on} onChange={setOn} />
      </div>
    </Part>
  );
}

function Layers() {
  const [open, setOpen] = useState("");
  const [tab, setTab] = useState("a");
  const close = (): void => setOpen("");
  return (
    <>
      <Part name="Tabs">
        <LinkTabs label={t("nav.sections")} tabs={[{ href: "#tabs", label: t("term.model_card"), current: true }, { href: "#tabs-2", label: t("term.file"), count: "9" }, { href: "#tabs-3", label: t("term.version"), count: "4" }]} />
        <Tabs label={t("code.samples")} selected={tab} onSelect={setTab} tabs={[{ id: "a", label: "hf", content: <p>hf</p> }, { id: "b", label: "Python", content: <p>Python</p> }]} />
      </Part>
      <Part name="Dialog, Sheet, Menu, Tooltip, Toast">
        <div class="row">
          <Button popup="dialog" onClick={() => setOpen("dialog")}>Dialog</Button>
          <Button popup="dialog" onClick={() => setOpen("sheet")}>Sheet</Button>
          <Button popup="dialog" kind="quiet" class="danger" onClick={() => setOpen("danger")}>{t("common.delete")}</Button>
          <Menu label={t("common.menu")} items={[{ label: t("common.edit"), onSelect: close }, { label: t("common.copy"), onSelect: close, disabled: true }, { label: t("common.delete"), onSelect: close }]} />
          <PartySwitch me={me} current="kiln-lab" onSelect={close} />
          <Tooltip text={t("common.exact", { value: "1,234,567" })}>1.23M</Tooltip>
          <Button onClick={() => toast(t("common.saved"), { action: { label: t("common.undo"), onClick: close } })}>Toast</Button>
        </div>
        <Dialog open={open === "dialog"} title={t("order.refund_ask", { amount: "$50.00" })} onClose={close} footer={<><Button onClick={close}>{t("common.cancel")}</Button><Button kind="primary" onClick={close}>{t("common.confirm")}</Button></>}>
          <TextField label={t("common.reason")} value="" onInput={close} />
        </Dialog>
        <Sheet open={open === "sheet"} title={t("catalogue.filters")} onClose={close} footer={<Button kind="primary" block onClick={close}>{t("catalogue.show_results")}</Button>}>
          <Checkbox label="image-classification" checked onChange={() => undefined} count="84" />
        </Sheet>
        <ConfirmDanger open={open === "danger"} title={t("repo.delete_ask", { name: "digits" })} action={t("common.delete")} typeName="bob/digits" onClose={close} onConfirm={() => Promise.resolve()}>
          {t("repo.delete_ask", { name: "digits" })}
        </ConfirmDanger>
      </Part>
    </>
  );
}

export function Controls() {
  return (
    <>
      <Buttons />
      <Fields />
      <Choices />
      <Layers />
    </>
  );
}
