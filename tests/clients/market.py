# What the trade, call and crash tests do again and again: a model, a price, an offer, money, an order.
import uuid
from decimal import Decimal

import models


def usd(amount):
    return {"amount": amount, "currency": "USD"}


def dec(money):
    assert money["currency"] == "USD", money
    return Decimal(money["amount"])


def licence(amount):
    return {"id": "licence", "kind": "one_off", "amount": amount, "term": "prepaid"}


def runs(unit="0.01", free=0):
    return {
        "id": "runs", "kind": "metered", "meter": "run", "model": "graduated", "term": "prepaid",
        "free_units": free, "free_reset": "never", "tiers": [{"up_to": None, "unit_amount": unit, "per": 1}],
    }


THREE_TIERS = {
    "id": "runs", "kind": "metered", "meter": "run", "model": "graduated", "term": "prepaid", "free_units": 100, "free_reset": "never",
    "tiers": [
        {"up_to": 1000, "unit_amount": "0.01", "per": 1},
        {"up_to": 10000, "unit_amount": "0.005", "per": 1},
        {"up_to": None, "unit_amount": "0.002", "per": 1},
    ],
}


def plan_body(*components, currency="USD"):
    return {"currency": currency, "components": list(components), "refund_policy": "standard_7d", "tax_behaviour": "exclusive"}


def without_id(answer):
    """A body but for the request's own id."""
    body = answer.json()
    body.pop("request_id", None)
    return body


class Caller:
    """One person. Every POST goes out twice with one key and must have one effect and two equal answers."""

    def __init__(self, api, twice=True):
        self.api, self.twice = api, twice

    def post(self, path, body=None, status=None, key=None):
        key = key or str(uuid.uuid4())
        first = self.api.post(path, body, key=key)
        if self.twice:
            again = self.api.post(path, body, key=key)
            assert again.status == first.status and without_id(again) == without_id(first), f"replay of {path}: {first} then {again}"
            if first.status < 400:  # a refusal changed nothing and may be worked out anew
                assert again.body == first.body and again.headers.get("idempotent-replayed") == "true", f"replay of {path}: {again.headers}"
        wanted = status if isinstance(status, tuple) else (status,) if status else (200, 201)
        assert first.status in wanted, f"POST {path}: {first}"
        return first.json()

    def get(self, path, status=200):
        answer = self.api.get(path)
        assert answer.status == status, f"GET {path}: {answer}"
        return answer.json()

    def wallet(self, party=None):
        """(balance, held, available) in USD."""
        wallets = self.get("/api/v1/wallets" + (f"?party={party}" if party else ""))["data"]
        for one in wallets:
            if one["currency"] == "USD":
                return dec(one["balance"]), dec(one["held"]), dec(one["available"])
        return Decimal(0), Decimal(0), Decimal(0)


class Market:
    """A server with an operator, a seller and a buyer."""

    def __init__(self, server, twice=True):
        self.server, self.twice, self.count = server, twice, 0
        self.op = Caller(server.api("op", "admin", True), twice)
        self.bob = self.person("bob")
        self.alice = self.person("alice")

    def person(self, name):
        return Caller(self.server.api(name), self.twice)

    def repository(self, name=None, files=None):
        """A model of bob's with an ONNX file that came through LFS."""
        self.count += 1
        name = name or f"model-{self.count}"
        api = self.bob.api
        api.create_repo(name)
        repo = f"bob/{name}"
        files = files or models.quick()
        operations = []
        for path, content in files.items():
            if path.endswith(".onnx"):
                oid = api.lfs_upload(repo, content)
                operations.append({"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": oid, "size": len(content)}})
            else:
                import base64

                operations.append({"key": "file", "value": {"path": path, "encoding": "base64", "content": base64.b64encode(content).decode()}})
        answer = api.commit(repo, operations)
        assert answer.status == 200, answer
        return repo

    def sell(self, repo, *components, auto_accept=False, publish=True, delivery=("download", "api_access"), currency="USD"):
        """Listing, plan and offer; submitted and approved unless told otherwise."""
        listing = self.bob.post("/api/v1/listings", {
            "asset": f"model:{repo}", "title": repo, "summary": "A test", "category": "tests",
            "delivery": list(delivery), "licence_template": "custom-commercial-1",
        })
        plan = self.bob.post(f"/api/v1/listings/{listing['id']}/plans", plan_body(*components, currency=currency))
        offer = self.bob.post(f"/api/v1/listings/{listing['id']}/offers", {
            "plan": plan["id"], "plan_version": 1, "visibility": "public", "rights": ["use", "download", "run", "commercial"],
            "licence": "custom-commercial-1", "auto_accept": auto_accept, "valid_until": None, "buyer": None,
        })
        if publish:
            self.bob.post(f"/api/v1/listings/{listing['id']}/submit")
            state = self.op.post(f"/api/v1/listings/{listing['id']}/approve")["state"]
            assert state == "published", state
        return {"listing": listing["id"], "plan": plan["id"], "offer": offer["id"], "repo": repo, "offer_body": offer}

    def top_up(self, buyer, amount):
        made = buyer.post("/api/v1/top_ups", {"amount": usd(amount), "method": "bank_transfer"}, status=201)
        assert made["state"] == "requires_action" and made["reference"].startswith("RF"), made
        done = self.op.post(f"/api/v1/top_ups/{made['id']}/confirm", {"bank_reference": f"bank {made['id']}", "amount": usd(amount)})
        assert done["state"] == "succeeded", done
        return done

    def order_body(self, sale, total, buyer):
        return {
            "offer": sale["offer"], "offer_version": 1, "quantity": 1, "buyer": buyer,
            "payment_method": "wallet", "expected_total": usd(total),
        }

    def order(self, buyer, sale, total, name="alice", status=201):
        return buyer.post("/api/v1/orders", self.order_body(sale, total, name), status=status)

    def deploy(self, repo, seconds=60):
        import time

        made = self.bob.post("/api/v1/deployments", {
            "asset": f"model:{repo}", "revision": "main", "runtime": "auto", "visibility": "public",
            "min_replicas": 0, "max_replicas": 1, "hardware": "cpu",
        }, status=201)
        deadline = time.monotonic() + seconds
        while made["state"] == "starting":
            assert time.monotonic() < deadline, f"still starting: {made}"
            time.sleep(0.1)
            made = self.bob.get(f"/api/v1/deployments/{made['id']}")
        return made

    def trial_balance(self):
        """{account: balance}; balanced in any case."""
        answer = self.op.get("/api/v1/ledger/trial_balance?currency=USD")
        assert answer["balanced"] is True and answer["debits"] == answer["credits"], answer
        return {row["account"]: dec(row["balance"]) for row in answer["data"]}
