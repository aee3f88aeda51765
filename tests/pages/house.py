# The house that the tests visit: the real program on a fresh folder, people with passwords, models that were trained and run, things for
# sale, orders, runs. Made once per worker of pytest, through the same wires that clients use.
import fcntl
import http.client
import json
import os
import sys
import time
import urllib.parse
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "pages"
WEB_DIR = os.environ.get("KONTOR_WEB_DIR", "")
sys.path[:0] = [str(ROOT / "tests" / "clients"), str(ROOT / "demo")]

import cards_of_models  # noqa: E402
from server import Api, Server  # noqa: E402

PASSWORD = "correct horse battery"


def trained_models():
    """build/pages/models/{digits,breast-cancer}: by the demo's own training, once."""
    folder = BUILD / "models"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".done").exists():
            import train

            train.TABLE_ROWS = 256  # the large file of the demo is about storage, which is not shown here
            train.train_digits(folder, 1)
            train.train_cancer(folder)
            (folder / ".done").touch()
    return folder


def usd(amount):
    return {"amount": amount, "currency": "USD"}


class Person:
    """A name, a password, a token for the wires, and a browser's session."""

    def __init__(self, house, name, admin=False, there=False):
        self.house, self.name, self.password = house, name, PASSWORD
        if not there:
            house.server.cli("user", "add", name, "--password-stdin", *(["--admin"] if admin else []), input=PASSWORD + "\n")
        token = house.server.cli("token", "create", name, "--role", "admin" if admin else "write").stdout.strip().split("\n")[-1]
        self.token, self.api = token, Api(house.url, token)

    def session(self):
        """A new session by the form of the sign-in page: the cookie's value."""
        answer = Api(self.house.url).request(
            "POST", "/login", urllib.parse.urlencode({"name": self.name, "password": self.password, "next": "/"}).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.house.url},
        )
        assert answer.status == 303, answer
        return answer.cookies["kontor_session"]

    def post(self, path, body=None, status=(200, 201), key=None):
        answer = self.api.post(path, body, key=key)
        assert answer.status in (status if isinstance(status, tuple) else (status,)), f"POST {path}: {answer}"
        return answer.json() if answer.body else None

    def get(self, path, status=200):
        answer = self.api.get(path)
        assert answer.status == status, f"GET {path}: {answer}"
        return answer.json()

    def wallet(self, currency="USD"):
        """(balance, held, available)"""
        for one in self.get("/api/v1/wallets")["data"]:
            if one["currency"] == currency:
                return tuple(Decimal(one[part]["amount"]) for part in ("balance", "held", "available"))
        return Decimal(0), Decimal(0), Decimal(0)

    def orders(self):
        return self.get("/api/v1/orders?limit=100")["data"]


def once(amount):
    return {"id": "licence", "kind": "one_off", "amount": amount, "term": "prepaid"}


def runs(free=0, tiers=((None, "0.01"),)):
    return {
        "id": "runs", "kind": "metered", "meter": "run", "model": "graduated", "term": "prepaid", "free_units": free, "free_reset": "never",
        "tiers": [{"up_to": up_to, "unit_amount": unit, "per": 1} for up_to, unit in tiers],
    }


THREE_TIERS = runs(100, ((1000, "0.01"), (10000, "0.005"), (None, "0.002")))


class Sale:
    def __init__(self, house, repo, listing, plan, offer):
        self.house, self.repo, self.listing, self.plan, self.offer = house, repo, listing, plan, offer
        self.path, self.checkout = f"/{repo}", f"/market/offers/{offer}"


class House:
    def __init__(self):
        more = ["--signup", "open"]
        if WEB_DIR:
            more += ["--web-dir", WEB_DIR]
        self.server = Server(more=more).start()
        self.url, self.count, self.people = self.server.url, 0, {}
        self.op = self.person("op", admin=True)
        self.bob = self.person("bob")        # sells
        self.alice = self.person("alice")    # buys
        self.dora = self.person("dora")      # has nothing, buys nothing

    def person(self, name, admin=False):
        if name not in self.people:
            self.people[name] = Person(self, name, admin)
        return self.people[name]

    def signed_up(self, name):
        """Somebody who has signed up in a browser, with PASSWORD."""
        self.people[name] = Person(self, name, there=True)
        return self.people[name]

    def new_name(self, prefix):
        self.count += 1
        return f"{prefix}{self.count}-{os.getpid() % 10_000}"

    def fresh(self, prefix="p", money=None):
        """Somebody new, with money in the wallet if asked."""
        one = self.person(self.new_name(prefix))
        if money:
            self.top_up(one, money)
        return one

    def top_up(self, person, amount):
        made = person.post("/api/v1/top_ups", {"amount": usd(amount), "method": "bank_transfer"}, 201)
        self.op.post(f"/api/v1/top_ups/{made['id']}/confirm", {"bank_reference": f"bank {made['id']}", "amount": usd(amount)})

    # ---- goods

    def repository(self, owner, name, files, kind="model", **more):
        """`files`: {path: bytes or text} or a folder."""
        if isinstance(files, Path):
            files = {str(one.relative_to(files)): one.read_bytes() for one in sorted(files.rglob("*")) if one.is_file()}
        owner.api.create_repo(name, kind, **more)
        repo, lines = f"{owner.name}/{name}", {}
        large = []
        for path, content in files.items():
            content = content.encode() if isinstance(content, str) else content
            if path.endswith((".onnx", ".safetensors", ".gguf", ".bin")):
                oid = owner.api.lfs_upload(repo, content)
                large.append({"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": oid, "size": len(content)}})
            else:
                lines[path] = content
        if lines:
            answer = owner.api.commit(repo, lines, "First files", kind=kind + "s")
            assert answer.status == 200, answer
        if large:
            answer = owner.api.commit(repo, large, "Weights", kind=kind + "s")
            assert answer.status == 200, answer
        return repo

    def small_model(self, owner=None, name=None):
        """A repository that can be sold; nobody has bought it."""
        self.count += 1
        name = name or f"model-{self.count}"
        card = f"---\nlicense: other\npipeline_tag: tabular-classification\n---\n# {name}\n\nMade for one test.\n"
        return self.repository(owner or self.bob, name, {"README.md": card, "weights.bin": bytes(range(256)) * 40, "notes.txt": "one\ntwo\n"})

    def sell(self, repo, *components, owner=None, auto_accept=False, publish=True, title=None, delivery=("download", "api_access"), refund="standard_7d", currency="USD"):
        owner = owner or self.bob
        listing = owner.post("/api/v1/listings", {
            "asset": repo if ":" in repo else f"model:{repo}", "title": title or repo.split("/")[1].replace("-", " ").capitalize(), "summary": "Made for the tests of the pages.",
            "category": "tests", "delivery": list(delivery), "licence_template": "custom-commercial-1",
        })
        plan = owner.post(f"/api/v1/listings/{listing['id']}/plans", {"currency": currency, "components": list(components), "refund_policy": refund, "tax_behaviour": "exclusive"})
        offer = owner.post(f"/api/v1/listings/{listing['id']}/offers", {
            "plan": plan["id"], "plan_version": 1, "visibility": "public", "rights": ["use", "download", "run", "commercial"],
            "licence": "custom-commercial-1", "auto_accept": auto_accept, "valid_until": None, "buyer": None,
        })
        if publish:
            owner.post(f"/api/v1/listings/{listing['id']}/submit")
            self.op.post(f"/api/v1/listings/{listing['id']}/approve")
        return Sale(self, repo.split(":")[-1], listing["id"], plan["id"], offer["id"])

    def for_sale(self, price="5.00", *more):
        """Something nobody has bought yet."""
        return self.sell(self.small_model(), once(price), *more)

    def buy(self, person, sale, total, status=201):
        return person.post("/api/v1/orders", {
            "offer": sale.offer, "offer_version": 1, "quantity": 1, "buyer": person.name, "payment_method": "wallet", "expected_total": usd(total),
        }, status)

    def deploy(self, owner, repo, wait=True, seconds=90):
        made = owner.post("/api/v1/deployments", {
            "asset": f"model:{repo}", "revision": "main", "runtime": "auto", "visibility": "public", "min_replicas": 0, "max_replicas": 1, "hardware": "cpu",
        }, 201)
        return self.ready(owner, made["id"], seconds) if wait else made

    def ready(self, owner, deployment, seconds=90):
        deadline = time.monotonic() + seconds
        while True:
            made = owner.get(f"/api/v1/deployments/{deployment}")
            if made["state"] != "starting":
                assert made["state"] in ("ready", "idle"), made
                return made
            assert time.monotonic() < deadline, f"still starting: {made}"
            time.sleep(0.1)

    def run(self, person, repo, input, status=201):
        answer = person.api.post(f"/v1/models/{repo}/predictions", {"input": input}, headers={"Prefer": "wait=60"})
        assert answer.status == status, answer
        return answer.json()

    # ---- all of it

    def furnish(self):
        """What every page has something to show of. Read-only for the tests: what they change they make themselves."""
        models = trained_models()
        bob, alice = self.bob, self.alice
        bob.api.request("PATCH", "/api/v1/me", {"full_name": "Bob Digits"})
        self.digits = self.sell(self.repository(bob, "digits", models / "digits"), once("50.00"), THREE_TIERS, title="Handwritten digits")
        self.cancer = self.sell(self.repository(bob, "cells", models / "breast-cancer"), runs(2), auto_accept=True, title="Cell nuclei", delivery=("api_access",))
        first, second = self.deploy(bob, "bob/digits", wait=False), self.deploy(bob, "bob/cells", wait=False)
        self.digits_deployment, self.cells_deployment = self.ready(bob, first["id"]), self.ready(bob, second["id"])

        ana = self.person("ana")
        for name, files in cards_of_models.CARDS.items():
            self.repository(ana, name, files)
        self.repository(ana, "street-scenes", {"README.md": cards_of_models.DATASET, "data/train.csv": "label,width\n3,8\n"}, kind="dataset")
        self.repository(ana, "digit-app", {"README.md": "---\ntitle: Digit app\nsdk: static\n---\nDraw a digit.\n", "index.html": "<h1>Draw</h1>"}, kind="space", sdk="static")
        self.repository(bob, "secret", {"README.md": "# Nobody else sees this\n"}, private=True)
        bob.api.create_repo("empty")
        self.draft = self.sell(self.small_model(name="draft-model"), once("7.00"), publish=False)
        self.waiting = self.sell(self.small_model(name="waiting-model"), once("8.00"), runs(10), publish=False)
        bob.post(f"/api/v1/listings/{self.waiting.listing}/submit")

        self.top_up(alice, "200.00")
        self.pending_top_up = alice.post("/api/v1/top_ups", {"amount": usd("30.00"), "method": "bank_transfer"}, 201)
        self.order = self.buy(alice, self.digits, "50.00")
        downloaded = alice.api.get("/bob/digits/resolve/main/config.json")
        assert downloaded.status == 200, downloaded
        sample = json.loads((models / "breast-cancer" / "examples" / "sample.json").read_text())
        self.cells_input = self.input_for(self.cells_deployment, sample)
        for _ in range(4):
            self.run(alice, "bob/cells", self.cells_input)
        self.prediction = self.run(alice, "bob/cells", self.cells_input)
        return self

    @staticmethod
    def input_for(deployment, sample):
        """The example in the shape that the input schema names: columns, or one list of features."""
        properties = deployment["input_schema"]["properties"]
        if set(properties) & set(sample):
            return {name: value for name, value in sample.items() if name in properties}
        return {next(iter(properties)): list(sample.values())}

    def close(self):
        try:
            self.server.verify()
            self.server.stop()
        finally:
            self.server.remove()


def plain(url, path, headers=None, method="GET", body=None):
    """One request with exactly these headers."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    connection.request(method, path, body, headers or {"Accept": "text/html"})
    answer = connection.getresponse()
    answer.body = answer.read()
    connection.close()
    return answer
