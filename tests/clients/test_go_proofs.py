# The trade log through Go's own verifiers (tests/proofs): every order.paid, every earlier size, the signatures and the static tiles.
import subprocess
import time
from pathlib import Path

import pytest

from market import Market, licence

ROOT = Path(__file__).resolve().parents[2]
VERIFIER = ROOT / "build" / "verify_log"
# More than 256 entries, so that a full tile and one of the level above are among what is checked.
BUYERS, OFFERS = 6, 11


@pytest.fixture(scope="module")
def verifier():
    done = subprocess.run([ROOT / "tests" / "proofs" / "build"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return VERIFIER


def covered(api, order):
    """A checkpoint covers the order; on PostgreSQL records are numbered a moment after their commit."""
    deadline = time.monotonic() + 30
    while api.get(f"/api/v1/orders/{order}/proof").status == 503:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def traded(server, tmp_path_factory):
    market = Market(server, twice=False)
    sale = market.sell(market.repository(), licence("1.00"))
    offers = [sale]
    for _ in range(OFFERS - 1):
        made = market.bob.post(f"/api/v1/listings/{sale['listing']}/offers", {
            "plan": sale["plan"], "plan_version": 1, "visibility": "public", "rights": ["use"], "licence": "custom-commercial-1",
            "auto_accept": False, "valid_until": None, "buyer": None,
        })
        offers.append({"offer": made["id"]})
    orders, first = [], None
    for number in range(BUYERS):
        name = f"buyer{number}"
        buyer = market.person(name)
        market.top_up(buyer, "100.00")
        orders += [market.order(buyer, offer, "1.00", name)["id"] for offer in offers]
        if first is None:
            covered(market.op.api, orders[-1])
            first = tmp_path_factory.mktemp("log") / "first"
            first.write_bytes(server.api().get("/api/v1/log/checkpoint").body)
    covered(market.op.api, orders[-1])
    return market, orders, first


def run(verifier, server, token, first, orders):
    return subprocess.run([verifier, "-url", server.url, "-token", token, "-first", first, *orders], capture_output=True, text=True, timeout=300)


def test_go_accepts_the_log_and_refuses_every_mutation(verifier, server, traded):
    market, orders, first = traded
    done = run(verifier, server, server.user("op", "admin", True), first, orders)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.startswith("order.paid of ord_") for line in lines) == len(orders) == BUYERS * OFFERS
    assert "signature is right" in lines[0] and "is a beginning of" in lines[-2] and "entries in static tiles" in lines[-1]
    assert int(lines[-1].split()[0]) > 256


def test_go_refuses_another_history(verifier, server, traded):
    """The check can fail: a checkpoint with a root that the log never had, an order of nobody."""
    market, orders, first = traded
    token = server.user("op", "admin", True)
    forged = first.with_name("forged")
    lines = first.read_text().split("\n")
    lines[1] = str(int(lines[1]) - 1)
    forged.write_text("\n".join(lines))
    assert "REFUSED: the earlier checkpoint" in run(verifier, server, token, forged, orders[:1]).stderr
    assert "REFUSED" in run(verifier, server, token, first, ["ord_" + "0" * 26]).stderr
