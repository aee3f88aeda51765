# The main job of the marketplace, once, with stock clients and real data: train, publish, list, buy, download, call, settle,
# prove. Prints every command with its result and ends with status 1 at the first thing that is not as it should be.
# Usage: run.py --url URL --data DIR --kontor build/kontor   (the server is running already, with the same data folder)
import argparse
import filecmp
import io
import json
import os
import re
import secrets
import sys
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import replicate
from PIL import Image
from replicate.exceptions import ReplicateError
from sklearn.datasets import load_digits

import train
from street import Street
from wire import Api, command, expect, paint, say, short, step, wait_for

HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
FREE_RUNS = 100
PLAN = {
    "currency": "USD",
    "components": [
        {"id": "licence", "kind": "one_off", "amount": "50.00", "term": "prepaid"},
        {
            "id": "runs", "kind": "metered", "meter": "run", "model": "graduated", "term": "prepaid",
            "free_units": FREE_RUNS, "free_reset": "never",
            "tiers": [
                {"up_to": 1000, "unit_amount": "0.01", "per": 1},
                {"up_to": 10000, "unit_amount": "0.005", "per": 1},
                {"up_to": None, "unit_amount": "0.002", "per": 1},
            ],
        },
    ],
    "refund_policy": "standard_7d",
    "tax_behaviour": "exclusive",
}
TREE_CACHE = {".cache", ".huggingface"}  # what the client leaves in a download folder


def money(amount):
    return {"amount": amount, "currency": "USD"}


def value(amount):
    return Decimal(amount["amount"])


class Demo(Street):
    def __init__(self, options):
        self.url, self.data, self.kontor = options.url.rstrip("/"), options.data, options.kontor
        self.work = Path(options.data) / "demo"
        self.work.mkdir(parents=True, exist_ok=True)
        self.anyone = Api(self.url)

    # People

    def person(self, name, role, admin=False):
        """A user made with the command line; on a folder that has it already only a fresh token is made."""
        words = [self.kontor, "user", "add", name, "--data", self.data, "--password-stdin"] + (["--admin"] if admin else [])
        made = command(words, check=False, stdin=self.password(name) + "\n")
        if made.returncode != 0:
            say(f"{name} exists from an earlier demo; a new token is enough")
        token = command([self.kontor, "token", "create", name, "--data", self.data, "--role", role], secret=True)
        token = token.stdout.strip().split("\n")[-1]
        expect(token.startswith("hf_"), f"{name} has a token (shown once, kept in memory only)")
        return Api(self.url, name, token)

    def password(self, name):
        """Made once for a folder and kept beside the demo's files, readable by their owner alone."""
        path = self.work / "passwords.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        if name not in known:
            known[name] = secrets.token_urlsafe(9)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(known, file)
        return known[name]

    def hf(self, person, *words, check=True, quiet=False):
        """The stock `hf` command as this person, with a home of its own so that nobody's real login is touched."""
        home = self.work / f"home-{person.name}"
        env = {
            "HF_ENDPOINT": self.url, "HF_TOKEN": person.token, "HF_HOME": str(home),
            "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_COLOR": "1",
        }
        shown = {"HF_ENDPOINT": self.url, "HF_TOKEN": f"${person.name.upper()}"}
        return command([str(BIN / "hf"), *words], env, shown, check, secret=quiet)

    def fresh_name(self):
        """bob/digits, or bob/digits-2 and so on where earlier demos have used the name."""
        number = 1
        while self.bob.raw("GET", f"/api/models/bob/digits{'' if number == 1 else f'-{number}'}")[0] == 200:
            number += 1
        return f"bob/digits{'' if number == 1 else f'-{number}'}"

    # The trade

    def people(self):
        step(1, "Three people and what they may do")
        self.op = self.person("op", "admin", admin=True)
        self.bob = self.person("bob", "write")
        self.alice = self.person("alice", "write")
        self.hf(self.bob, "auth", "whoami")
        self.repo = self.fresh_name()
        if self.repo != "bob/digits":
            say(f"this folder holds earlier demos: this one trades {self.repo} (to start afresh, stop the server and remove {self.data})")

    def publish(self):
        step(2, "bob trains two small models on real public data and uploads them with the stock client")
        self.files = self.work / "models"
        command([sys.executable, str(HERE / "train.py"), str(self.files), "--version", "1"])
        self.hf(self.bob, "upload", self.repo, str(self.files / "digits"), ".", "--commit-message", "Version 1")
        self.table = self.repo.replace("digits", "breast-cancer")
        self.hf(self.bob, "upload", self.table, str(self.files / "breast-cancer"), ".", "--commit-message", "Version 1")
        info = self.anyone.get(f"/api/models/{self.repo}")
        expect(info["sha"] and info["cardData"]["pipeline_tag"] == "image-classification", "anyone sees the model and its card")
        self.first_commit = info["sha"]

    def list_for_sale(self):
        step(3, "bob lists it: 50.00 USD for the licence, 100 runs free, then 0.01 USD a run; the operator approves")
        listing = self.bob.post("/api/v1/listings", {
            "asset": f"model:{self.repo}", "title": "Handwritten digits", "summary": "Reads one digit",
            "category": "vision", "delivery": ["download", "api_access"], "licence_template": "custom-commercial-1",
        })
        self.listing = listing["id"]
        plan = self.bob.post(f"/api/v1/listings/{self.listing}/plans", PLAN)
        preview = self.bob.post(f"/api/v1/plans/{plan['id']}/preview", {"version": 1, "usage": [{"component": "runs", "quantity": 1500}]})
        expect(any(value(one["amount"]) == 12 for one in preview["charges"]), "1,500 runs would cost 12.00 USD")
        offer = self.bob.post(f"/api/v1/listings/{self.listing}/offers", {
            "plan": plan["id"], "plan_version": 1, "visibility": "public", "rights": ["use", "download", "run", "commercial"],
            "licence": "custom-commercial-1", "auto_accept": False, "valid_until": None, "buyer": None,
        })
        self.offer = offer
        self.bob.post(f"/api/v1/listings/{self.listing}/submit")
        state = self.op.post(f"/api/v1/listings/{self.listing}/approve")["state"]
        expect(state == "published", "the listing is published")
        deployment = self.bob.post("/api/v1/deployments", {
            "asset": f"model:{self.repo}", "revision": "main", "runtime": "auto", "visibility": "public",
            "min_replicas": 0, "max_replicas": 1, "hardware": "cpu",
        })

        def ready():
            now = self.bob.get(f"/api/v1/deployments/{deployment['id']}", quiet=True)
            if now["state"] == "failed":
                expect(False, f"the deployment failed: {now['failure']}")
            return now if now["state"] in ("ready", "idle") else None

        self.deployment = wait_for("the deployment", ready)
        say(f"deployment {self.deployment['state']}, input {short(self.deployment['input_schema'], 200)}")

    def refused(self):
        step(4, "Nobody gets the weights for nothing")
        path = f"/{self.repo}/resolve/main/model.onnx"
        expect(self.anyone.raw("HEAD", path)[0] == 401, f"HEAD {path} without a token: 401")
        tried = self.hf(self.alice, "download", self.repo, "model.onnx", "--local-dir", str(self.work / "refused"), check=False)
        text = tried.stdout + tried.stderr
        expect(tried.returncode != 0 and "50.00" in text, "hf download refuses and names the price")
        code, headers, body = self.alice.raw("GET", path)
        expect(code == 402 and json.loads(body)["code"] == "payment_required", "402 payment_required, with the offer in the body")

    def buy(self):
        step(5, "alice tops up 200.00 USD by bank transfer and buys")
        before = self.wallet()
        # Below level 2 a buyer may spend 100.00 a day, which a second run of this demo on one day would pass.
        alice = self.alice.get("/api/v1/me")["id"]
        self.op.post(f"/api/v1/parties/{alice}/kyc", {"level": 2})
        top_up = self.alice.post("/api/v1/top_ups", {"amount": money("200.00"), "method": "bank_transfer"})
        say(f"the bank reports a transfer with the reference {top_up['reference']}; the operator books it")
        self.op.post(f"/api/v1/top_ups/{top_up['id']}/confirm", {"bank_reference": f"demo {top_up['reference']}", "amount": money("200.00")})
        expect(self.wallet() == before + 200, f"alice's wallet: {before} -> {self.wallet()}")
        self.order = self.alice.post("/api/v1/orders", {
            "offer": self.offer["id"], "offer_version": self.offer["version"], "quantity": 1, "buyer": "alice",
            "payment_method": "wallet", "expected_total": money("50.00"),
        })
        expect(self.order["state"] == "completed", f"order {self.order['id']} is completed, licence delivered")
        again = self.alice.post("/api/v1/orders", {
            "offer": self.offer["id"], "offer_version": self.offer["version"], "quantity": 1, "buyer": "alice",
            "payment_method": "wallet", "expected_total": money("50.00"),
        }, status=409)
        expect(again["code"] == "already_entitled", "buying twice is refused")

    def wallet(self):
        wallets = self.alice.get("/api/v1/wallets", quiet=True)["data"]
        return sum((value(one["available"]) for one in wallets if one["currency"] == "USD"), Decimal(0))

    def download(self):
        step(6, "The very same download now works, byte for byte")
        target = self.work / f"bought-{self.repo.split('/')[1]}"
        self.hf(self.alice, "download", self.repo, "--local-dir", str(target))
        self.compare(self.files / "digits", target)

    def compare(self, sent, got):
        names = sorted(str(path.relative_to(sent)) for path in sent.rglob("*") if path.is_file() and not TREE_CACHE & set(path.parts))
        same, different, missing = filecmp.cmpfiles(sent, got, names, shallow=False)
        size = sum((sent / name).stat().st_size for name in same)
        expect(not different and not missing, f"{len(same)} files, {size:,} bytes, equal to what bob sent")

    def pictures(self):
        """Digits that the training never saw, as pictures."""
        data = load_digits()
        split = train.train_test_split(data.data, data.target, test_size=0.3, stratify=data.target, random_state=train.SEED)
        for pixels, label in zip(split[1], split[3]):
            grey = (255 - np.round(pixels.reshape(8, 8) * 255 / 16)).astype(np.uint8)
            stream = io.BytesIO()
            Image.fromarray(np.kron(grey, np.ones((8, 8), dtype=np.uint8))).save(stream, "PNG")
            stream.seek(0)
            stream.name = "digit.png"
            yield stream, str(label)

    def call_model(self):
        step(7, "alice calls the model through the official replicate client: 100 runs are free, then they are metered")
        # The limit of 60 calls a minute is per key, so alice's program has two.
        keys = [self.alice.token, self.second_key()]
        clients = [replicate.Client(api_token=key, base_url=self.url) for key in keys]
        reference = f"{self.repo}:{self.deployment['version']}"
        before, pictures = self.wallet(), self.pictures()
        image, label = next(pictures)
        print(paint("33", f"   py> replicate.Client(base_url={self.url!r}).run({short(reference, 40)!r}, input={{'image': open('digit.png','rb')}})"))
        output = clients[0].run(reference, input={"image": image})
        say(f"{output[:3]} ...")
        expect(output[0]["label"] == label, f"it is a {label}")
        image, label = next(pictures)
        print(paint("33", "   py> client.predictions.create(version=..., input=...); prediction.wait()"))
        prediction = clients[0].predictions.create(version=self.deployment["version"], input={"image": image})
        prediction.wait()
        say(f"{prediction.id} {prediction.status}, metrics {prediction.metrics}")
        expect(prediction.status == "succeeded", "created, polled, succeeded")
        right, begun = 2, time.perf_counter()
        for number in range(2, FREE_RUNS + 1):
            image, label = next(pictures)
            if number == FREE_RUNS:
                expect(self.wallet() == before, f"{number} runs so far, charged 0.00 USD: the wallet still holds {before}")
            output = self.patiently(lambda: clients[number % 2].run(reference, input={"image": image}, file_encoding_strategy="base64"))
            right += output[0]["label"] == label
        taken = time.perf_counter() - begun
        say(f"{right} of {FREE_RUNS + 1} held-out digits read rightly; {(FREE_RUNS - 1) / taken:.1f} runs a second, one after another")
        expect(self.wallet() == before - Decimal("0.01"), f"run {FREE_RUNS + 1} cost 0.01 USD: the wallet holds {self.wallet()}")
        usage = self.alice.get(f"/api/v1/usage?party=alice&role=buyer&asset=model:{self.repo}&group_by=component")
        runs = [one for one in usage["data"] if "runs" in str(one["key"])]
        expect(len(runs) == 1 and runs[0]["quantity"] == FREE_RUNS + 1 and value(runs[0]["charged"]) == Decimal("0.01"), "usage: 101 runs, 0.01 USD")

    def second_key(self):
        made = command([self.kontor, "token", "create", "alice", "--data", self.data, "--role", "read", "--name", "program"], secret=True)
        return made.stdout.strip().split("\n")[-1]

    def patiently(self, call):
        while True:
            try:
                return call()
            except ReplicateError as error:
                if error.status != 429:
                    raise
                say(f"limit reached ({error.detail}); waiting 5 s")
                time.sleep(5)

    def earnings(self):
        step(8, "bob's earnings, less the platform's 15 %")
        split = self.bob.get(f"/api/v1/orders/{self.order['id']}").get("split", [])
        shares = {one["role"]: value(one["amount"]) for one in split}
        expect(shares == {"fee": Decimal("7.50"), "seller": Decimal("42.50")}, f"of the order's 50.00: {shares.get('seller')} to bob, {shares.get('fee')} fee")
        self.bob.get("/api/v1/balances?party=bob")
        today = time.gmtime()
        start = f"{today.tm_year}-{today.tm_mon:02}-01"
        end = f"{today.tm_year + (today.tm_mon == 12)}-{today.tm_mon % 12 + 1:02}-01"
        statement = self.bob.get(f"/api/v1/statements?party=bob&currency=USD&from={start}&to={end}", quiet=True)
        say(f"statement of the month: {short(statement['totals'])}")
        totals = {name: value(amount) for name, amount in statement["totals"].items()}
        expect(totals["net"] == totals["gross"] - totals["platform_fee"] - totals["commissions"] - totals["refunds"], "gross less fee, commissions and refunds is net")

    def second_version(self):
        step(9, "A second version: 1 MiB of a 24 MiB file changes, the model is trained longer")
        command([sys.executable, str(HERE / "train.py"), str(self.files), "--version", "2"])
        changed = self.files / "digits" / "embedding_table.safetensors"
        before = self.received()
        self.hf(self.bob, "upload", self.repo, str(self.files / "digits"), ".", "--commit-message", "Version 2")
        after = self.received()
        total = sum(path.stat().st_size for path in (self.files / "digits").rglob("*") if path.is_file() and not TREE_CACHE & set(path.parts))
        if before is None or after is None:
            say("the server's counter kontor_http_received_bytes_total is not there; bytes that travelled are unknown")
        else:
            sent = after - before
            say(f"{sent:,} bytes travelled for a folder of {total:,} (its large file: {changed.stat().st_size:,}): {sent / total:.1%}")
            expect(sent < total / 4, "less than a quarter of the folder travelled")
        target = self.work / f"bought-{self.repo.split('/')[1]}-v2"
        self.hf(self.alice, "download", self.repo, "--local-dir", str(target))
        self.compare(self.files / "digits", target)
        old = self.work / f"bought-{self.repo.split('/')[1]}"
        self.hf(self.alice, "download", self.repo, "embedding_table.safetensors", "--revision", self.first_commit, "--local-dir", str(self.work / "old"))
        expect(filecmp.cmp(old / "embedding_table.safetensors", self.work / "old" / "embedding_table.safetensors", shallow=False), "version 1 is still there")

    def received(self):
        code, _, body = self.anyone.raw("GET", "/metrics")
        lines = re.findall(r"^kontor_http_received_bytes_total(?:\{[^}]*\})? ([0-9.e+]+)$", body.decode(), re.M) if code == 200 else []
        return int(sum(float(one) for one in lines)) if lines else None

    def prove(self):
        step(10, "The trade log proves the order, checked by a program that shares no code with the server")
        proofs = self.work / "proof"
        proofs.mkdir(exist_ok=True)
        for name, path in (
            ("key", "/api/v1/log/key"),
            ("proof", f"/api/v1/orders/{self.order['id']}/proof?kind=order.paid"),
            ("records.json", f"/api/v1/orders/{self.order['id']}/records"),
        ):
            code, _, body = wait_for(path, lambda: self.ready_answer(path), 30)
            print(paint("33", f"   alice> GET {path}") + f"  -> {code}, {len(body)} bytes")
            (proofs / name).write_bytes(body)
        command(["cat", str(proofs / "proof")])
        words = [sys.executable, str(HERE / "verify_proof.py"), "--key", str(proofs / "key"), "--proof", str(proofs / "proof"), "--records", str(proofs / "records.json")]
        command(words)
        records = json.loads((proofs / "records.json").read_text())
        for record in records["data"] if isinstance(records, dict) else records:
            record["record"] = record["record"].replace("50", "05", 1)  # a cheaper price, the rest untouched
        (proofs / "forged.json").write_text(json.dumps(records))
        forged = command(words[:-1] + [str(proofs / "forged.json")], check=False)
        expect(forged.returncode == 1, "the same record with another price is refused")

    def ready_answer(self, path):
        answer = self.alice.raw("GET", path)
        return answer if answer[0] == 200 else None if answer[0] == 503 else expect(False, f"GET {path} answered {answer[0]}: {answer[2][:300]}")

    def books(self):
        step(12, "The books balance")
        trial = self.op.get("/api/v1/ledger/trial_balance?currency=USD", quiet=True)
        print(paint("33", "   op> GET /api/v1/ledger/trial_balance?currency=USD"))
        width = max(len(row["account"]) for row in trial["data"])
        for row in trial["data"]:
            say(f"  {row['code']}  {row['account']:<{width}}  {row['balance']['amount']:>16} USD")
        say(f"  debits {trial['debits']['amount']}, credits {trial['credits']['amount']}")
        expect(trial["balanced"] is True and trial["debits"] == trial["credits"], "debits equal credits")
        command([self.kontor, "verify", "--data", self.data])

    def next_steps(self):
        print("\n" + paint("1;32", "The whole trade is done. The server stays up; try next:"))
        order = [
            f"open {self.url}/ in a browser; sign in as " + ", ".join(f"{name} (password {self.password(name)})" for name in ("alice", "bob", "op")),
            f"open {self.url}/{self.repo}: price, trial, files, proof",
            f"HF_ENDPOINT={self.url} hf download {self.table} (free: no listing, no price)",
            f"curl {self.url}/api/v1/log/checkpoint          the signed head of the trade log",
            f"curl {self.url}/api/v1/listings                what is for sale",
            f"{self.kontor} user add YOU --data {self.data} && {self.kontor} token create YOU --data {self.data} --role write",
            f"python {HERE.name}/verify_proof.py --help        check a proof yourself; the files lie in {self.work / 'proof'}",
            f"to start afresh: stop the server, remove {self.data}, run the demo again",
        ]
        for line in order:
            print("  - " + line)
        sys.stdout.flush()

    def run(self):
        begun = time.perf_counter()
        for part in (self.people, self.publish, self.list_for_sale, self.refused, self.buy, self.download, self.call_model,
                     self.earnings, self.second_version, self.prove, self.street, self.books):
            part()
        say(f"{time.perf_counter() - begun:.0f} s in all")
        self.next_steps()


def main():
    parser = argparse.ArgumentParser(description="The whole trade once, against a running server.")
    parser.add_argument("--url", required=True)
    parser.add_argument("--data", required=True, help="the server's data folder")
    parser.add_argument("--kontor", required=True, help="the kontor program")
    options = parser.parse_args()
    options.data, options.kontor = os.path.abspath(options.data), os.path.abspath(options.kontor)
    os.environ.pop("HF_TOKEN", None)
    Demo(options).run()


if __name__ == "__main__":
    main()
