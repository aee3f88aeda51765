# The ledger leaves the house in formats that other people's programs check: hledger and beancount must accept it.
import re
import shutil
import subprocess
from decimal import Decimal

import pytest

from market import Market, licence, runs, usd


@pytest.fixture(scope="module")
def traded(server):
    """A market with orders, a refund, metered captures and a cleared week behind it."""
    market = Market(server, twice=False)
    sale = market.sell(market.repository(), licence("49.99"), runs("0.333333"))
    other = market.sell(market.repository(), licence("25.00"))
    for name in ("alice", "carol"):
        buyer = market.person(name)
        market.top_up(buyer, "200.00")
        market.order(buyer, sale, "49.99", name)
    refunded = market.order(market.alice, other, "25.00")
    market.alice.post(f"/api/v1/orders/{refunded['id']}/refunds", {"reason": "no need"})
    entitlement = market.alice.get(f"/api/v1/entitlements?asset=model:{sale['repo']}")["data"][0]["id"]
    for number in range(7):
        body = {"party": "alice", "entitlement": entitlement, "amount": usd("1.00"), "expires_in_ms": 60000, "source": "t", "event_id": f"e{number}"}
        hold = market.op.post("/api/v1/holds", body)
        market.op.post(f"/api/v1/holds/{hold['id']}/capture", {"event": {"items": [{"meter": "run", "quantity": 1}]}})
    server.advance(8 * 86_400_000)
    return market


def export(market, form, path):
    answer = market.op.api.get(f"/api/v1/ledger/export?format={form}")
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain") and answer.body, answer
    path.write_bytes(answer.body)
    return str(path)


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{' '.join(words)}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def need(program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


@pytest.mark.parametrize("form", ["hledger", "ledger"])
def test_hledger_accepts_it(traded, tmp_path, form):
    need("hledger")
    file = export(traded, form, tmp_path / "books.journal")
    run("hledger", "-f", file, "check")
    total = run("hledger", "-f", file, "balance", "--flat", "--no-total", "-N", "-O", "csv")
    sums = sum(Decimal(amount.replace(",", "")) for amount in re.findall(r'"(?:USD ?)?(-?[0-9.,]+)(?: USD)?"$', total, re.M))
    assert sums == 0, total


def test_hledger_agrees_with_the_trial_balance(traded, tmp_path):
    need("hledger")
    file = export(traded, "hledger", tmp_path / "books.journal")
    text = run("hledger", "-f", file, "balance", "--flat", "-N", "-O", "csv").lower()
    fee = traded.trial_balance()["income:platform_fee"]
    row = next(line for line in text.splitlines() if "platform" in line and "fee" in line)
    amount = Decimal(re.search(r"-?\d[\d,]*(?:\.\d+)?", row.split(",", 1)[1]).group().replace(",", ""))
    assert abs(amount) == fee, (row, fee)


def test_beancount_accepts_it(traded, tmp_path):
    need("bean-check")
    run("bean-check", export(traded, "beancount", tmp_path / "books.beancount"))


def test_only_the_operator_may_read_it(traded):
    for caller in (traded.alice.api, traded.bob.api):
        assert caller.get("/api/v1/ledger/export?format=hledger").status in (403, 404)
    assert traded.server.api().get("/api/v1/ledger/export?format=hledger").status == 401
    assert traded.op.api.get("/api/v1/ledger/export?format=word").status == 422
