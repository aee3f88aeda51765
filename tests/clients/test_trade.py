# A trade in numbers, through the front door, to the last micro-unit. Every POST is sent twice with one key: one effect, two
# equal answers. The steps build on each other and run in this order on one server (sqlite, postgres or both: KONTOR_DB).
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

import models
import verify_proof
from market import THREE_TIERS, Market, dec, licence, runs, usd

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def market(server):
    return Market(server)


@pytest.fixture(scope="module")
def sale(market):
    """What steps 1 to 4 trade: 50.00 once, then runs with 100 free."""
    return market.sell(market.repository("digits"), licence("50.00"), THREE_TIERS, publish=False)


def file_of(sale):
    return f"/{sale['repo']}/resolve/main/model.onnx"


def is_payment_required(answer):
    assert answer.status == 402, answer
    assert "x-error-code" not in answer.headers
    assert "50.00" in answer.headers["x-error-message"] and answer.headers["x-error-message"].isascii()
    assert 'rel="payment"' in answer.headers["link"]
    if answer.body:
        body = answer.json()
        assert body["code"] == "payment_required" and body["error"] == answer.headers["x-error-message"] and body["offers"][0]["object"] == "offer"


def test_1_listing(market, sale):
    bob, op, listing = market.bob, market.op, sale["listing"]
    assert bob.get(f"/api/v1/listings/{listing}")["state"] == "draft"
    assert market.server.api().get(f"/api/v1/listings/{listing}").status in (401, 404)
    market.alice.get(f"/api/v1/listings/{listing}", status=404)
    preview = bob.post(f"/api/v1/plans/{sale['plan']}/preview", {"version": 1, "usage": [{"component": "runs", "quantity": 1500}]})
    assert preview["charges"][-1]["amount"] == usd("12.00") and sale["offer_body"]["price_text"].startswith("50.00 USD")
    bob.post(f"/api/v1/listings/{listing}/approve", status=(403, 404))
    bob.post(f"/api/v1/listings/{listing}/submit")
    market.alice.post(f"/api/v1/listings/{listing}/approve", status=(403, 404))
    assert op.post(f"/api/v1/listings/{listing}/approve")["state"] == "published"
    assert listing in [one["id"] for one in market.server.api().get(f"/api/v1/listings?asset=model:{sale['repo']}").json()["data"]]

    anyone, alice = market.server.api(), market.alice.api
    assert anyone.get(f"/api/models/{sale['repo']}").status == 200
    assert anyone.get(f"/api/models/{sale['repo']}/tree/main").status == 200
    for method in ("HEAD", "GET"):
        refused = anyone.request(method, file_of(sale))
        assert refused.status == 401 and refused.headers["x-error-code"] == "GatedRepo" and refused.headers["x-error-message"]
        is_payment_required(alice.request(method, file_of(sale)))
        assert market.bob.api.request(method, file_of(sale)).status == 200
    assert alice.get(f"/api/models/{sale['repo']}/xet-read-token/main").status == 402
    assert anyone.get(f"/api/models/{sale['repo']}/xet-read-token/main").status == 401
    entry = next(one for one in alice.get(f"/api/models/{sale['repo']}/tree/main").json() if one["path"] == "model.onnx")
    assert "xetHash" not in entry
    batch = alice.lfs_batch(sale["repo"], [(entry["lfs"]["oid"], entry["lfs"]["size"])], "download")
    assert batch.status == 200 and batch.json()["objects"][0]["error"]["code"] == 402
    check = market.alice.get(f"/api/v1/entitlements/check?asset=model:{sale['repo']}&right=download")
    assert (check["allowed"], check["reason"], check["offers"]) == (False, "no_entitlement", [sale["offer"]])


@pytest.mark.parametrize("quantity, total", [(0, "0.00"), (1, "0.00"), (100, "0.00"), (101, "0.01"), (1000, "9.00"), (1001, "9.01"), (1100, "10.00"), (1500, "12.00"), (10000, "54.50"), (10001, "54.505"), (25000, "84.80")])
def test_1b_rating_vectors(market, sale, quantity, total):
    answer = market.bob.post(f"/api/v1/plans/{sale['plan']}/preview", {"version": 1, "usage": [{"component": "runs", "quantity": quantity}]})
    assert sum(dec(one["amount"]) for one in answer["charges"] if one["component"] == "runs") == Decimal(total)


def test_2_order(market, sale):
    alice = market.alice
    poor = market.order(alice, sale, "50.00", status=402)
    assert poor["code"] == "payment_required" and poor["details"]["reason"] == "insufficient_funds" and poor["details"]["required"] == usd("50.00")
    market.top_up(alice, "200.00")
    assert alice.wallet() == (200, 0, 200)
    stale = market.order(alice, sale, "49.00", status=409)
    assert stale["code"] == "stale_revision" and stale["details"]["actual"] == usd("50.00")
    without_key = alice.api.request("POST", "/api/v1/orders", market.order_body(sale, "50.00", "alice"))
    assert without_key.status == 400 and without_key.json()["code"] == "idempotency_key_required"

    key = str(uuid.uuid4())
    order = alice.post("/api/v1/orders", market.order_body(sale, "50.00", "alice"), status=201, key=key)
    assert order["state"] == "completed" and order["payment_status"] == "paid" and order["total"] == usd("50.00")
    other = alice.api.post("/api/v1/orders", market.order_body(sale, "51.00", "alice"), key=key)
    assert other.status == 422 and other.json()["code"] == "idempotency_mismatch"
    assert "split" not in alice.get(f"/api/v1/orders/{order['id']}")
    shares = {one["role"]: dec(one["amount"]) for one in market.bob.get(f"/api/v1/orders/{order['id']}")["split"]}
    assert shares == {"fee": Decimal("7.50"), "seller": Decimal("42.50")}
    assert alice.wallet() == (150, 0, 150)
    check = alice.get(f"/api/v1/entitlements/check?asset=model:{sale['repo']}&right=download")
    assert check["allowed"] is True and check["entitlement"]

    got = alice.api.get(file_of(sale))
    assert got.status == 200 and got.body == models.quick()["model.onnx"]
    assert market.order(alice, sale, "50.00", status=409)["code"] == "already_entitled"
    eve = market.person("eve")
    eve.get(f"/api/v1/orders/{order['id']}", status=404)
    assert market.server.api().get(file_of(sale)).status == 401


def version_of(market, sale):
    deployment = market.deploy(sale["repo"])
    assert deployment["state"] in ("ready", "idle"), deployment
    return deployment["version"]


def predict(api, version, values, wait=30):
    return api.post("/v1/predictions", {"version": version, "input": values}, headers={"Prefer": f"wait={wait}"})


def keys_of(server, name, count):
    """Fresh tokens: the limit of creations a minute is per key."""
    return [server.cli("token", "create", name, "--role", "read", "--name", f"k{number}").stdout.strip().split("\n")[-1] for number in range(count)]


def test_3_runs(market, sale, server):
    from server import Api

    alice, version = market.alice, version_of(market, sale)
    assert predict(server.api(), version, {"x": 1}).status == 401
    eve = predict(market.person("eve").api, version, {"x": 1})
    assert eve.status == 402 and eve.json()["code"] == "payment_required" and eve.headers["content-type"].startswith("application/problem+json")
    assert market.person("eve").wallet() == (0, 0, 0)

    apis = [Api(server.url, token) for token in keys_of(server, "alice", 4)]
    before = alice.wallet()
    bad = predict(apis[0], version, {"x": "word"})  # refused or failed, but in no case a run
    assert bad.status == 422 or bad.json()["status"] == "failed", bad

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: predict(apis[number % 4], version, {"x": number}), range(1, 101)))
    for answer in answers:
        assert answer.status == 201 and answer.json()["status"] == "succeeded", answer
        assert answer.json()["output"][0]["label"] == "high"
    assert alice.wallet() == before, "100 runs are free"
    owner = predict(market.bob.api, version, {"x": -1})
    assert owner.status == 201 and owner.json()["output"][0]["label"] == "low"
    assert alice.wallet() == before
    assert predict(apis[0], version, {"x": 1000}).json()["status"] == "succeeded"
    assert alice.wallet()[0] == before[0] - Decimal("0.01"), "run 101 costs 0.01"
    assert alice.wallet()[1] == 0

    entitlement = alice.get(f"/api/v1/entitlements?asset=model:{sale['repo']}")["data"][0]
    counter = next(one for one in entitlement["counters"] if one["component"] == "runs")
    assert (counter["quantity"], counter["free_left"], dec(counter["charged"])) == (101, 0, Decimal("0.01"))
    usage = alice.get(f"/api/v1/usage?party=alice&role=buyer&asset=model:{sale['repo']}&group_by=component")["data"]
    assert [(one["quantity"], dec(one["charged"])) for one in usage if "runs" in str(one["key"])] == [(101, Decimal("0.01"))]


def test_3b_failed_runs_are_free(market, server):
    """A run that fails in the model costs nothing and takes no free unit; an empty wallet is 402 with nothing held."""
    sale = market.sell(market.repository("picky", models.picky()), licence("1.00"), runs("100.00", free=2))
    market.order(market.alice, sale, "1.00")
    version, before = version_of(market, sale), market.alice.wallet()
    for number in range(4):  # different inputs, so that no remembered answer stands in for a run
        failed = predict(market.alice.api, version, {"features": [5 + number]}).json()
        assert failed["status"] == "failed" and isinstance(failed["error"], str)
    assert market.alice.wallet() == before
    for number in range(2):
        assert predict(market.alice.api, version, {"features": [1 + number / 10]}).json()["status"] == "succeeded"
    assert market.alice.wallet() == before, "both free units were still there"
    predict(market.alice.api, version, {"features": [1.3]})
    assert market.alice.wallet()[0] == before[0] - 100
    poor = predict(market.alice.api, version, {"features": [1.4]})
    assert poor.status == 402 and market.alice.wallet() == (before[0] - 100, 0, before[0] - 100)


def refund_reason(person, order):
    """Why the person's request for a refund of it would be refused."""
    told = person.get(f"/api/v1/orders/{order['id']}")["refund"]
    assert told["possible"] is (told["reason"] is None)
    return told["reason"]


def test_4_refunds(market, sale):
    carol, dave = market.person("carol"), market.person("dave")
    market.top_up(carol, "60.00")
    order = market.order(carol, sale, "50.00", "carol")
    assert "refund" not in order, "the answer to a purchase is repeated as it was"
    told = carol.get(f"/api/v1/orders/{order['id']}")
    completed = next(one["at"] for one in told["timeline"] if one["state"] == "completed")
    assert told["refund"]["possible"] is True and told["refund"]["reason"] is None
    assert datetime.fromisoformat(told["refund"]["until"]) - datetime.fromisoformat(completed) == timedelta(days=7)
    assert next(one for one in carol.get("/api/v1/orders")["data"] if one["id"] == order["id"])["refund"] == told["refund"]
    minted = carol.api.get(f"/api/models/{sale['repo']}/xet-read-token/main")
    assert minted.status == 200
    access = minted.json()
    refund = carol.post(f"/api/v1/orders/{order['id']}/refunds", {"reason": "changed my mind"}, status=201)
    assert refund["state"] == "succeeded" and refund["amount"] == usd("50.00")
    assert carol.wallet() == (60, 0, 60)
    assert carol.get(f"/api/v1/orders/{order['id']}")["state"] == "refunded"
    states = [one["state"] for one in carol.get(f"/api/v1/entitlements?asset=model:{sale['repo']}")["data"]]
    assert states == ["revoked"]
    is_payment_required(carol.api.get(file_of(sale)))
    is_payment_required(carol.api.head(file_of(sale)))
    entry = next(one for one in market.bob.api.get(f"/api/models/{sale['repo']}/tree/main").json() if one["path"] == "model.onnx")
    old = carol.api.get(f"/cas/v2/reconstructions/{entry['xetHash']}", headers={"Authorization": f"Bearer {access['accessToken']}"})
    assert old.status in (401, 402, 403, 404), f"a token minted before the refund still works: {old}"
    again = carol.post(f"/api/v1/orders/{order['id']}/refunds", {"reason": "again"}, status=409)
    assert again["code"] == "invalid_state" and again["details"]["reason"] == refund_reason(carol, order) == "nothing_left"

    market.top_up(dave, "50.00")
    order = market.order(dave, sale, "50.00", "dave")
    assert dave.api.get(file_of(sale)).status == 200
    touched = dave.post(f"/api/v1/orders/{order['id']}/refunds", {"reason": "too late"}, status=409)
    assert touched["code"] == "invalid_state" and touched["details"]["reason"] == refund_reason(dave, order) == "touched"
    # who sells may still give it, at any time
    assert market.bob.get(f"/api/v1/orders/{order['id']}")["refund"] == {"possible": True, "until": None, "reason": None}
    assert dave.wallet() == (0, 0, 0) and dave.api.get(file_of(sale)).status == 200
    market.bob.post(f"/api/v1/orders/{order['id']}/refunds", {"reason": "goodwill"}, status=201)
    assert dave.wallet() == (50, 0, 50)


def test_4b_window(market, sale):
    frank = market.person("frank")
    market.top_up(frank, "50.00")
    order = market.order(frank, sale, "50.00", "frank")
    market.server.advance(8 * DAY_MS)
    late = frank.post(f"/api/v1/orders/{order['id']}/refunds", {"reason": "late"}, status=409)
    assert late["details"]["reason"] == refund_reason(frank, order) == "window_over"


def test_5_parallel(market, server):
    """100 orders of 1.00 on a wallet of 10.00: ten succeed. 20 equal requests with one key: one effect."""
    quick = Market(server, twice=False)
    sales = [quick.sell(quick.repository(f"cheap-{number}", {"model.onnx": models.quick()["model.onnx"]}), licence("1.00")) for number in range(100)]
    grace = quick.person("grace")
    quick.top_up(grace, "10.00")
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda one: grace.api.post("/api/v1/orders", quick.order_body(one, "1.00", "grace")).status, sales))
    assert statuses.count(201) == 10 and statuses.count(402) == 90, sorted(statuses)
    assert grace.wallet() == (0, 0, 0)
    assert len(grace.get("/api/v1/orders?role=buyer&limit=100&state=completed")["data"]) == 10

    heidi, key = quick.person("heidi"), str(uuid.uuid4())
    quick.top_up(heidi, "10.00")
    gate = threading.Barrier(20)

    def same(_):
        gate.wait()
        while True:
            answer = heidi.api.post("/api/v1/orders", quick.order_body(sales[0], "1.00", "heidi"), key=key)
            if not (answer.status == 409 and answer.json()["code"] == "in_progress"):
                return answer.status, answer.body

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(same, range(20)))
    assert len(answers) == 1 and next(iter(answers))[0] == 201, answers
    assert heidi.wallet() == (9, 0, 9)
    quick.trial_balance()


def test_6_books_to_the_micro(new_server):
    """From a fresh start: 200.00 in, 50.00 order, 1.234567 captured, 25.00 ordered and refunded."""
    server = new_server().start()
    server.user("op", "admin", admin=True)
    market = Market(server)
    alice, op = market.alice, market.op
    sale = market.sell(market.repository(), licence("50.00"), runs("1.234567"))
    other = market.sell(market.repository(), licence("25.00"))
    market.top_up(alice, "200.00")
    order = market.order(alice, sale, "50.00")
    entitlement = alice.get(f"/api/v1/entitlements?asset=model:{sale['repo']}")["data"][0]["id"]

    body = {"party": "alice", "entitlement": entitlement, "amount": usd("2.00"), "expires_in_ms": 60000, "source": "gateway", "event_id": "e-1"}
    hold = op.post("/api/v1/holds", body, status=(200, 201))
    assert alice.wallet() == (150, 2, 148)
    captured = op.post(f"/api/v1/holds/{hold['id']}/capture", {"event": {"items": [{"meter": "run", "quantity": 1}]}}, status=(200, 201))
    assert captured
    assert alice.wallet() == (Decimal("148.765433"), 0, Decimal("148.765433"))
    hold = op.post("/api/v1/holds", {**body, "event_id": "e-2"}, status=(200, 201))
    op.post(f"/api/v1/holds/{hold['id']}/void", {}, status=(200, 201))
    op.post("/api/v1/holds", {**body, "event_id": "a|b"}, status=422)
    assert alice.wallet() == (Decimal("148.765433"), 0, Decimal("148.765433"))

    refunded = market.order(alice, other, "25.00")
    alice.post(f"/api/v1/orders/{refunded['id']}/refunds", {"reason": "no need"}, status=201)
    balances = market.trial_balance()
    bank = [value for account, value in balances.items() if account.startswith("asset:bank")]
    assert sum(bank) == Decimal("200.000000")
    rest = {account: value for account, value in balances.items() if not account.startswith("asset:bank")}
    assert rest == {
        "liability:wallet:alice": Decimal("148.765433"),
        "income:platform_fee": Decimal("7.685185"),
        "liability:payable:bob:pending": Decimal("43.549382"),
    }, rest
    earned = market.bob.get("/api/v1/balances?party=bob")
    earned = earned["data"][0] if "data" in earned else earned
    assert dec(earned["pending"]) == Decimal("43.549382")
    entries = alice.get("/api/v1/wallets/USD/entries?limit=100")["data"]
    assert sum(dec(one["amount"]) for one in entries) == Decimal("148.765433")
    deadline = time.monotonic() + 10  # on PostgreSQL the numbers are given within a second after the commit
    while True:
        transfers = op.get(f"/api/v1/ledger/transfers?ref={order['id']}")["data"]
        if all(one["seq"] is not None for one in transfers) or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert [one["seq"] for one in transfers] == sorted(one["seq"] for one in transfers) and transfers

    server.advance(8 * DAY_MS)
    cleared = market.trial_balance()
    assert cleared.get("liability:payable:bob:available") == Decimal("43.549382") and "liability:payable:bob:pending" not in cleared
    server.verify()
    server.stop()
    server.start()
    assert market.trial_balance() == cleared
    server.stop()


def proof_of(api, order, kind="order.paid"):
    answer = api.get(f"/api/v1/orders/{order}/proof?kind={kind}", timeout=30)
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain"), answer
    return answer.text


def test_7_proofs(market):
    """Every order.paid is in the log, the log only grows, and a proof with any byte changed proves nothing."""
    server, anyone = market.server, market.server.api()
    key = anyone.get("/api/v1/log/key").text
    first = anyone.get("/api/v1/log/checkpoint").text
    checked = 0
    for name in ("alice", "carol", "dave", "frank", "heidi"):
        api = server.api(name)
        for order in api.get("/api/v1/orders?role=buyer&limit=100").json()["data"]:
            records = {one["kind"]: one for one in api.get(f"/api/v1/orders/{order['id']}/records").json()["data"]}
            assert list(records)[0] == "order.placed" and "order.paid" in records
            leaf = verify_proof.check_record(records["order.paid"])
            assert verify_proof.leaf_hash(leaf).hex() == records["order.paid"]["leaf_hash"]
            proof = proof_of(api, order["id"])
            checkpoint, index = verify_proof.check(key, proof, leaf)
            assert index == records["order.paid"]["index"]
            assert name not in leaf.decode(), "no personal data in leaves"
            checked += 1
    assert checked >= 5  # how many orders there are depends on which tests ran before

    refuse_mutations(key, proof, leaf)
    last = anyone.get("/api/v1/log/checkpoint").text
    public = verify_proof.Key.parse(key)
    old, new = verify_proof.Checkpoint.open(first, public), verify_proof.Checkpoint.open(last, public)
    consistency(anyone, old, new)
    for size in sorted({1, 2, 3, new.size // 2, new.size - 1, new.size} - {0}):
        answer = anyone.get(f"/api/v1/log/consistency?from={size}&to={new.size}").json()
        verify_proof.check_consistency(size, new.size, bytes.fromhex(answer["from_root"]), new.root, [bytes.fromhex(one) for one in answer["hashes"]])
    for wrong in (0, new.size + 1):
        assert anyone.get(f"/api/v1/log/consistency?from={wrong}&to={new.size}").status == 422

    leaves = [anyone.get(f"/api/v1/log/entries/{number}").json()["leaf"].encode() for number in range(new.size)]
    assert verify_proof.tree_root(leaves) == new.root, "the root is that of all entries"
    at = new.size // 3
    inclusion = anyone.get(f"/api/v1/log/inclusion?index={at}&size={new.size}").json()
    verify_proof.check_inclusion(at, new.size, verify_proof.leaf_hash(leaves[at]), [bytes.fromhex(one) for one in inclusion["hashes"]], new.root)


def consistency(api, old, new):
    assert new.size >= old.size
    if new.size > old.size:
        answer = api.get(f"/api/v1/log/consistency?from={old.size}&to={new.size}").json()
        verify_proof.check_consistency(old.size, new.size, old.root, new.root, [bytes.fromhex(one) for one in answer["hashes"]])


def refuse_mutations(key, proof, leaf):
    lines = proof.split("\n")
    blank = lines.index("")
    changed = [
        proof.replace(lines[1], f"index {int(lines[1].split()[1]) + 1}"),
        "\n".join(lines[:2] + lines[3:]),  # a step missing
        "\n".join(lines[:3] + lines[2:]),  # a step twice
        "\n".join(lines[:2] + lines[2:blank][::-1] + lines[blank:]) if blank > 4 else "",
        proof.replace(lines[blank + 2], str(int(lines[blank + 2]) + 1), 1),  # another size
        proof.replace("\u2014 ", "\u2014 x", 1),
        "",
    ]
    for text in changed:
        if text == proof:
            continue
        with pytest.raises(verify_proof.Refused):
            verify_proof.check(key, text, leaf)
    for at in range(0, len(leaf), 7):
        with pytest.raises(verify_proof.Refused):
            verify_proof.check(key, proof, leaf[:at] + bytes([leaf[at] ^ 1]) + leaf[at + 1 :])


def test_8_statement_and_refusals(market):
    bob = market.bob
    bad = {
        "number for money": ({"amount": {"amount": 5, "currency": "USD"}, "method": "bank_transfer"}, "invalid_amount"),
        "seven digits": ({"amount": usd("0.0000001"), "method": "bank_transfer"}, "invalid_amount"),
        "negative": ({"amount": usd("-5.00"), "method": "bank_transfer"}, "invalid_amount"),
        "unknown field": ({"amount": usd("5.00"), "method": "bank_transfer", "amonut": 1}, "unknown_field"),
    }
    for name, (body, code) in bad.items():
        answer = market.alice.post("/api/v1/top_ups", body, status=422)
        assert answer["code"] == code and answer["request_id"], (name, answer)
    broken = market.alice.api.request("POST", "/api/v1/top_ups", b"{", {"Idempotency-Key": "x", "Content-Type": "application/json"})
    assert broken.status == 400 and broken.json()["code"] == "malformed"
    reader = market.server.api("alice", "read")
    refused = reader.post("/api/v1/top_ups", {"amount": usd("5.00"), "method": "bank_transfer"})
    assert refused.status == 403 and refused.json()["code"] == "scope_missing"
    assert bob.api.get("/api/v1/ledger/trial_balance?currency=USD").status in (403, 404)
    assert market.server.api().get("/api/v1/me").status == 401
    for limit in ("0", "101", "x"):
        assert bob.api.get(f"/api/v1/orders?role=seller&limit={limit}").status == 422
    pages, cursor = [], ""
    while True:
        page = bob.get(f"/api/v1/listings?seller=bob&limit=7{cursor}")
        pages += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(pages) == len(set(pages)) >= 102
