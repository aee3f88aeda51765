# What the pages ask of the API beyond the trade itself: earnings and statements in the party's time zone, the operator's desk, repeats
# of a request that still runs, reports of browsers.
import socket
import threading
import time
import uuid
from collections import defaultdict
from decimal import Decimal

import pytest

from market import Market, dec, licence, plan_body, runs, usd

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def market(server):
    one = Market(server, twice=False)
    # The first of February in Tokyo begins at 15:00 UTC the day before.
    assert one.bob.api.request("PATCH", "/api/v1/me", {"billing_tz": "Asia/Tokyo"}).status == 200
    return one


def set_clock(market, text):
    assert market.server.api().post("/api/v1/test_clock", {"set": text}).status == 200


def use(market, entitlement, quantity, failed=False):
    """A metered call by an outside gateway."""
    event = uuid.uuid4().hex
    hold = market.op.post("/api/v1/holds", {"party": "alice", "entitlement": entitlement, "amount": usd("1.00"), "source": "test", "event_id": event}, status=201)
    market.op.post(f"/api/v1/holds/{hold['id']}/capture", {"event": {"items": [{"meter": "run", "quantity": quantity}]}})


def test_earnings_equal_the_statement_in_the_sellers_days(market):
    set_clock(market, "2027-01-31T12:00:00Z")
    first = market.sell(market.repository(), licence("10.00"), runs("0.01"))
    second = market.sell(market.repository(), licence("20.00"))
    market.top_up(market.alice, "100.00")
    set_clock(market, "2027-01-31T14:59:59Z")  # still January in Tokyo
    order = market.order(market.alice, first, "10.00")
    entitlement = order["lines"][0]["entitlement"]
    set_clock(market, "2027-01-31T15:00:00Z")  # February
    use(market, entitlement, 7)
    bought = market.order(market.alice, second, "20.00")
    set_clock(market, "2027-02-02T00:00:00Z")
    use(market, entitlement, 3)
    market.alice.post(f"/api/v1/orders/{bought['id']}/refunds", {"reason": "test"}, status=201)

    january, february = market.bob.get("/api/v1/statements?month=2027-01"), market.bob.get("/api/v1/statements?month=2027-02")
    assert dec(january["totals"]["gross"]) == Decimal("10.00") and dec(february["totals"]["gross"]) == Decimal("20.10")
    assert dec(february["opening"]) == dec(january["closing"]) and dec(february["totals"]["refunds"]) == Decimal("20.00")
    same = market.bob.get("/api/v1/statements?from=2027-02-01&to=2027-03-01")
    assert same["entries"] == february["entries"]
    # The buyer's own zone is another one: his days are UTC.
    days = {one["key"] for one in market.alice.get("/api/v1/usage?group_by=day&month=2027-01")["data"]}
    assert days == {"2027-01-31"}
    assert {one["key"] for one in market.bob.get("/api/v1/usage?role=seller&group_by=day&month=2027-02")["data"]} == {"2027-02-01", "2027-02-02"}

    rows = market.bob.get("/api/v1/earnings?month=2027-02&group_by=day,listing")["data"]
    sums = defaultdict(Decimal)
    for row in rows:
        for part in ("gross", "fee", "net"):
            sums[part] += dec(row[part])
    totals = february["totals"]
    assert sums["net"] == dec(totals["net"]) and sums["fee"] == dec(totals["platform_fee"]) and sums["gross"] == dec(totals["gross"]) - dec(totals["refunds"])
    by_key = {(row["key"]["day"], row["key"]["listing"]): row for row in rows}
    assert by_key["2027-02-01", first["listing"]]["quantity"] == 7 and by_key["2027-02-01", second["listing"]]["orders"] == 1
    assert by_key["2027-02-02", first["listing"]]["quantity"] == 3 and dec(by_key["2027-02-02", second["listing"]]["gross"]) == Decimal("-20.00")
    assert by_key["2027-02-02", first["listing"]]["asset"] == f"model:{first['repo']}"
    whole = market.bob.get("/api/v1/earnings?month=2027-02&group_by=listing")["data"]
    assert {row["key"]["listing"]: row["quantity"] for row in whole} == {first["listing"]: 10, second["listing"]: 0} and whole[0]["key"]["day"] is None


@pytest.mark.parametrize("query", ["month=2027-13", "month=2027-01&from=2027-01-01", "from=2027-02-30", "from=2027-02-02&to=2027-02-01", "from=2027-02-01&to=2027-02-01"])
def test_bad_periods(market, query):
    for path in ("statements", "earnings", "usage", "usage/records"):
        market.bob.get(f"/api/v1/{path}?{query}", status=422)
    assert market.server.api().get("/api/v1/earnings").status == 401
    market.alice.get("/api/v1/earnings?party=bob", status=404)


def test_the_daily_cap_is_a_day_of_the_buyers(market):
    """100.00 USD a day below level 2; the day turns at midnight where the buyer is, and who has it already is told that first."""
    eve = market.person("eve")
    assert eve.api.request("PATCH", "/api/v1/me", {"billing_tz": "America/New_York"}).status == 200
    market.top_up(eve, "300.00")
    set_clock(market, "2027-03-02T04:00:00Z")  # 23:00 of the first of March in New York
    dear, dearer = market.sell(market.repository(), licence("90.00")), market.sell(market.repository(), licence("80.00"))
    market.order(eve, dear, "90.00", name="eve")
    refused = market.order(eve, dearer, "80.00", name="eve", status=403)
    assert refused["code"] == "kyc_required"
    assert market.order(eve, dear, "90.00", name="eve", status=409)["code"] == "already_entitled"
    set_clock(market, "2027-03-02T05:00:00Z")  # midnight
    market.order(eve, dearer, "80.00", name="eve")


def test_orders_and_top_ups_are_in_the_audit(market):
    actions = {one["action"] for one in market.op.get("/api/v1/admin/audit?limit=100")["data"]}
    assert {"order.place", "refund.create", "top_up.create", "top_up.confirm"} <= actions


def test_operators_desk(market):
    before = market.op.get("/api/v1/operator/overview")
    sale = market.sell(market.repository(), licence("3.00"), publish=False)
    market.bob.post(f"/api/v1/listings/{sale['listing']}/submit")
    market.alice.post("/api/v1/top_ups", {"amount": usd("5.00")}, status=201)
    market.top_up(market.alice, "10.00")
    other = market.sell(market.repository(), licence("4.00"))
    market.order(market.alice, other, "4.00")
    now = market.op.get("/api/v1/operator/overview")
    assert now["listings"]["in_review"] == before["listings"]["in_review"] + 1 and now["listings"]["oldest_in_review_at"]
    assert now["listings"]["published"] == before["listings"]["published"] + 1
    assert now["top_ups"]["requires_action"] == before["top_ups"]["requires_action"] + 1
    assert now["orders"]["today"] == before["orders"]["today"] + 1
    sold = lambda answer: sum(dec(one) for one in answer["orders"]["total_today"])  # noqa: E731
    assert sold(now) == sold(before) + Decimal("4.00")
    assert now["parties"]["people"] >= 4 and now["repositories"]["models"] > 4 and now["trade_log"]["size"] > 0
    assert now["books"] == [{"currency": "USD", "balanced": True}] and now["alerts"] == []
    market.server.advance(2 * DAY_MS)
    assert {"code": "review_waits_a_day", "count": 1} in market.op.get("/api/v1/operator/overview")["alerts"]
    market.alice.get("/api/v1/operator/overview", status=404)


def test_a_repeat_of_a_running_request(market):
    """The first request's body is still on its way: a repeat with its key is told so, and gets the same answer once it is done."""
    api, key = market.alice.api, str(uuid.uuid4())
    body = b'{"amount":{"amount":"7.00","currency":"USD"},"method":"bank_transfer"}'
    head = (f"POST /api/v1/top_ups HTTP/1.1\r\nHost: {api.host}:{api.port}\r\nAuthorization: Bearer {api.token}\r\nIdempotency-Key: {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n").encode()
    first = socket.create_connection((api.host, api.port))
    first.sendall(head + body[:10])
    time.sleep(0.3)
    repeat = api.request("POST", "/api/v1/top_ups", body, {"Idempotency-Key": key, "Content-Type": "application/json"})
    assert repeat.status == 409 and repeat.json()["code"] == "in_progress" and repeat.json()["retryable"] is True, repeat
    # Another key, and the same key of somebody else, are not held up.
    assert api.request("POST", "/api/v1/top_ups", body, {"Idempotency-Key": str(uuid.uuid4())}).status == 201
    assert market.bob.api.request("POST", "/api/v1/top_ups", body, {"Idempotency-Key": key}).status == 201
    # One that comes while the first is about to end waits for it.
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(api.request("POST", "/api/v1/top_ups", body, {"Idempotency-Key": key})))
    waiting.start()
    first.sendall(body[10:])
    whole = b""
    while piece := first.recv(65536):
        whole += piece
    waiting.join()
    assert b" 201 " in whole.split(b"\r\n")[0] and answers[0].status == 201 and answers[0].body == whole.split(b"\r\n\r\n", 1)[1]
    assert answers[0].headers["idempotent-replayed"] == "true"


def test_plans_that_cannot_be_sold_yet(market):
    sale = market.sell(market.repository(), licence("1.00"), publish=False)
    for component in ({"id": "monthly", "kind": "flat", "amount": "5.00", "term": "arrears"}, {"id": "seats", "kind": "seat", "amount": "5.00"},
                      {"id": "later", "kind": "metered", "meter": "run", "model": "per_unit", "unit_amount": "0.01", "term": "arrears"}):
        plan = market.bob.post(f"/api/v1/listings/{sale['listing']}/plans", plan_body(component), status=201)
        refused = market.bob.post(f"/api/v1/listings/{sale['listing']}/offers", {"plan": plan["id"], "rights": ["use"]}, status=422)
        assert refused["code"] == "invalid_plan" and refused["details"]["fields"] == [{"path": "plan", "code": "not_sold_yet"}]


def test_a_revoking_suspension_tells_every_buyer(market):
    sale = market.sell(market.repository(), licence("1.00"))
    order = market.order(market.alice, sale, "1.00")
    market.op.post(f"/api/v1/listings/{sale['listing']}/suspend", {"reason": "Stolen", "revoke": True})
    after = market.alice.get(f"/api/v1/orders/{order['id']}")
    assert [one["kind"] for one in after["trade_log"]][-1] == "entitlement.revoked"
    entitlement = market.alice.get(f"/api/v1/entitlements/{order['lines'][0]['entitlement']}")
    assert entitlement["state"] == "revoked"


def test_unsaved_plans_are_rated(market):
    plan = plan_body(licence("50.00"), runs("0.01", free=100))
    answer = market.bob.post("/api/v1/plans/preview", {"plan": plan, "usage": [{"component": "licence", "quantity": 1}, {"component": "runs", "quantity": 1100}]})
    assert answer["total"] == usd("60.00") and {one["role"]: one["amount"] for one in answer["split"]} == {"fee": usd("9.00"), "seller": usd("51.00")}
    bad = market.bob.post("/api/v1/plans/preview", {"plan": {**plan, "components": []}, "usage": []}, status=422)
    assert bad["code"] == "invalid_plan"


def test_reports_of_browsers(server):
    def counted():
        return int(next(line for line in server.api().get("/metrics").text.split("\n") if line.startswith("kontor_csp_reports_total")).split()[1])

    before = counted()
    answer = server.api().request("POST", "/csp-report", b'{"csp-report":{"violated-directive":"script-src"}}', {"Content-Type": "application/csp-report"})
    assert answer.status == 204 and answer.body == b""
    assert counted() == before + 1
    assert server.api().request("POST", "/csp-report", b"x" * 100_000).status == 413 and counted() == before + 1


def test_addresses_in_answers_are_those_of_pages(market):
    sale = market.sell(market.repository("paged"), licence("1.00"))
    assert sale["offer_body"]["checkout_url"].endswith(f"/market/offers/{sale['offer']}")
    refused = market.server.api("zoe").get(f"/{sale['repo']}/resolve/main/model.onnx")
    assert refused.status == 402 and refused.headers["x-error-message"].endswith("/bob/paged/price")
