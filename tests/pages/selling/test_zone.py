# Days are those of the party, whatever clock the reader's machine has; the zone stands beside them.
import re

from playwright.sync_api import expect

EAST = "Pacific/Kiritimati"  # UTC+14: its day is nearly never that of Los Angeles
READERS = ("America/Los_Angeles", "Pacific/Auckland")


def test_a_statement_is_the_same_in_every_zone(house, visit):
    seller = house.fresh("z")
    assert seller.api.request("PATCH", "/api/v1/me", {"billing_tz": EAST}).status == 200
    sale = house.sell(house.small_model(seller), {"id": "licence", "kind": "one_off", "amount": "3.00", "term": "prepaid"}, owner=seller)
    house.buy(house.fresh(money="5.00"), sale, "3.00")
    seen = []
    for zone in READERS:
        window = visit(person=seller, timezone_id=zone)
        window.go("/sell/earnings")
        statement = window.page.get_by_role("table", name=window.like("sell.statement_in"))
        expect(statement.locator("tbody tr")).to_have_count(1)
        seen.append((statement.inner_text(), window.page.locator("figure.chart").inner_text(), window.text("common.as_of").inner_text()))
    assert seen[0] == seen[1]
    day = seller.get("/api/v1/earnings?group_by=day")["data"][0]["key"]["day"]
    assert EAST in seen[0][0] and re.search(rf"\b{int(day[8:])}, {day[:4]}\b", seen[0][0]), (day, seen[0][0])


def test_a_wallet_is_the_same_in_every_zone(house, visit):
    buyer = house.fresh(money="5.00")
    assert buyer.api.request("PATCH", "/api/v1/me", {"billing_tz": EAST}).status == 200
    seen = []
    for zone in READERS:
        window = visit(person=buyer, timezone_id=zone)
        window.go("/account/wallet")
        rows = window.page.locator("main table").first.locator("tbody tr")
        expect(rows).to_have_count(1)
        # a period of one day, of the party's own
        day = rows.first.inner_text()
        window.go("/account/wallet?from=2020-01-01&to=2020-01-01")
        expect(rows.filter(has_text=re.compile(r"5\.00"))).to_have_count(0)
        seen.append((day, window.page.locator("main .filters").inner_text()))
    assert seen[0] == seen[1] and EAST in seen[0][1]
