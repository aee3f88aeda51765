# The catalogue: free and for sale in one list, filters, counts, orders, pages; trending, activity and licences.
import time
import urllib.parse

import pytest

from market import Market, licence, runs


CARDS = {
    "digits": ("model", "---\npipeline_tag: image-classification\nlibrary_name: onnx\nlicense: apache-2.0\nlanguage: [en, ja]\n---\n# Digits\n\nReads *handwritten* digits.\n"),
    "ocr": ("model", "---\npipeline_tag: image-to-text\nlibrary_name: transformers\nlicense: mit\nlanguage: ja\n---\n日本語の帳票を読む。\n"),
    "cats": ("model", "---\npipeline_tag: image-classification\nlibrary_name: transformers\nlicense: mit\n---\nTells cats apart.\n"),
    "plain": ("model", "No front matter at all.\n"),
    "numbers": ("dataset", "---\ntask_categories: [tabular-classification]\nlicense: cc0-1.0\nlanguage: en\n---\n\nNumbers.\n"),
}


@pytest.fixture(scope="module")
def market(server):
    return Market(server, twice=False)


@pytest.fixture(scope="module")
def shop(market):
    """Five repositories of ana's, one private, and two of bob's for sale."""
    ana = market.server.api("ana")
    for name, (kind, card) in CARDS.items():
        ana.create_repo(name, kind)
        assert ana.commit(f"ana/{name}", {"README.md": card}, kind=f"{kind}s").status == 200
    ana.create_repo("secret", private=True)
    assert ana.commit("ana/secret", {"README.md": CARDS["cats"][1]}).status == 200
    cheap = market.sell(market.repository("cheap"), licence("5.00"), runs("0.50"))
    dear = market.sell(market.repository("dear"), licence("50.00"), delivery=("download",))
    return {"cheap": cheap, "dear": dear}


def catalogue(api, query="", status=200):
    answer = api.get("/api/v1/catalogue" + (f"?{query}" if query else ""))
    assert answer.status == status, answer
    return answer.json()


def names(found):
    return [one["name"] for one in found["data"]]


def facet(found, name):
    return {one["value"]: one["count"] for one in next(f for f in found["facets"] if f["name"] == name)["values"]}


def test_everything_is_there(market, shop):
    found = catalogue(market.server.api())
    assert set(names(found)) == {*CARDS, "cheap", "dear"} and found["total"] == 7 and found["total_is_minimum"] is False
    assert facet(found, "kind") == {"model": 6, "dataset": 1}
    assert facet(found, "price") == {"free": 5, "paid": 2}
    assert facet(found, "task")["image-classification"] == 2 and facet(found, "language") == {"en": 2, "ja": 2}
    assert facet(found, "licence") == {"apache-2.0": 1, "mit": 2, "cc0-1.0": 1, "custom-commercial-1": 2}
    assert facet(found, "delivery") == {"download": 2, "api_access": 1}
    digits = next(one for one in found["data"] if one["name"] == "digits")
    assert digits["summary"] == "Reads handwritten digits." and digits["languages"] == ["en", "ja"] and digits["library"] == "onnx" and digits["offer"] is None
    cheap = next(one for one in found["data"] if one["name"] == "cheap")
    assert cheap["price"] == "paid" and cheap["offer"]["id"] == shop["cheap"]["offer"] and cheap["listing"] == shop["cheap"]["listing"] and cheap["title"] == "bob/cheap"
    # Its owner and operators see the private one; nobody else does.
    for who, total in (("ana", 8), ("bob", 7), ("op", 8)):
        found = catalogue(market.server.api(who, "admin" if who == "op" else "write", who == "op"))
        assert found["total"] == total and ("secret" in names(found)) == (total == 8), who


@pytest.mark.parametrize("query, expected", [
    ("kind=dataset", {"numbers"}),
    ("kind=dataset&kind=space", {"numbers"}),
    ("task=image-classification", {"digits", "cats"}),
    ("task=image-classification&task=image-to-text", {"digits", "cats", "ocr"}),
    ("task=image-classification&library=transformers", {"cats"}),
    ("language=ja", {"digits", "ocr"}),
    ("language=j", set()),
    ("licence=mit", {"ocr", "cats"}),
    ("price=free&kind=model", {"digits", "ocr", "cats", "plain"}),
    ("price=paid", {"cheap", "dear"}),
    ("max_price=5.00&price=paid", {"cheap"}),
    ("max_price=4.99&price=paid", set()),
    ("delivery=api_access", {"cheap"}),
    ("q=CATS", {"cats"}),
    ("q=ana%2Fdig", {"digits"}),
    ("q=%E5%B8%B3%E7%A5%A8", {"ocr"}),
    ("q=handwritten+digits", {"digits"}),
    ("q=%25", set()),
    ("q=a_a", set()),
])
def test_filters(market, shop, query, expected):
    found = catalogue(market.server.api(), query)
    assert set(names(found)) == expected and found["total"] == len(expected)


def test_a_facet_counts_without_its_own_filter(market, shop):
    found = catalogue(market.server.api(), "task=image-to-text&licence=mit")
    assert names(found) == ["ocr"]
    assert facet(found, "task") == {"image-to-text": 1, "image-classification": 1}  # what another task would show under this licence
    assert facet(found, "licence") == {"mit": 1} and facet(found, "library") == {"transformers": 1}
    assert "facets" not in catalogue(market.server.api(), "facets=false")


@pytest.mark.parametrize("sort", ["trending", "newest", "price", "downloads", "name"])
def test_pages_are_whole_and_in_order(market, shop, sort):
    api, seen, query = market.server.api(), [], f"sort={sort}&limit=2"
    whole = names(catalogue(api, f"sort={sort}"))
    while True:
        found = catalogue(api, query)
        assert found["total"] == 7  # counted before paging
        seen += names(found)
        if not found["has_more"]:
            break
        query = f"sort={sort}&limit=2&cursor={urllib.parse.quote(found['next_cursor'])}"
    assert seen == whole and len(set(seen)) == 7
    if sort == "name":
        assert seen == ["cats", "digits", "numbers", "ocr", "plain", "cheap", "dear"]
    if sort == "price":
        assert seen[-2:] == ["cheap", "dear"]
    if sort == "newest":
        assert seen[0] == "dear" and seen[-1] == "digits"


@pytest.mark.parametrize("query, code", [("kind=book", "invalid"), ("sort=best", "invalid"), ("price=some", "invalid"), ("max_price=1e3", "invalid_amount"), ("limit=0", "invalid")])
def test_bad_questions(market, query, code):
    assert catalogue(market.server.api(), query, 422)["code"] == code
    assert catalogue(market.server.api(), "cursor=nonsense", 400)["code"] == "cursor_invalid"


def test_offers_come_and_go(market, shop):
    sale = shop["dear"]
    cheaper = market.bob.post(f"/api/v1/listings/{sale['listing']}/plans", {"currency": "USD", "components": [licence("1.00")]})
    offer = market.bob.post(f"/api/v1/listings/{sale['listing']}/offers", {"plan": cheaper["id"], "rights": ["use"], "visibility": "private", "buyer": "alice"})
    assert "dear" not in names(catalogue(market.server.api(), "max_price=2&price=paid"))  # a private offer is nobody else's business
    market.bob.post(f"/api/v1/offers/{offer['id']}/withdraw")
    clock = market.server.api().get("/api/v1/test_clock").json()["now"]
    until = f"{int(clock[:4]) + 1}{clock[4:]}"
    offer = market.bob.post(f"/api/v1/listings/{sale['listing']}/offers", {"plan": cheaper["id"], "rights": ["use"], "valid_until": until})
    shown = catalogue(market.server.api(), "max_price=2&price=paid")["data"]
    assert [one["offer"]["id"] for one in shown] == [offer["id"]]
    market.bob.post(f"/api/v1/offers/{offer['id']}/withdraw")
    assert catalogue(market.server.api(), "max_price=2&price=paid")["data"] == []


def test_a_suspended_listing_is_free_again(market, shop):
    listing = shop["dear"]["listing"]
    market.op.post(f"/api/v1/listings/{listing}/suspend", {"reason": "A complaint"})
    assert "dear" in names(catalogue(market.server.api(), "price=free"))
    market.op.post(f"/api/v1/listings/{listing}/reinstate")
    assert "dear" in names(catalogue(market.server.api(), "price=paid"))


def test_renamed_hidden_deleted(market, shop):
    ana, anyone = market.server.api("ana"), market.server.api()
    ana.create_repo("brief")
    assert names(catalogue(anyone, "q=ana%2Fbrief")) == ["brief"]
    assert ana.post("/api/repos/move", {"fromRepo": "ana/brief", "toRepo": "ana/brevity", "type": "model"}).status == 200
    assert names(catalogue(anyone, "q=ana%2Fbre")) == ["brevity"]
    assert ana.request("PUT", "/api/models/ana/brevity/settings", {"private": True}).status == 200
    assert catalogue(anyone, "q=brevity")["total"] == 0 and catalogue(ana, "q=brevity")["total"] == 1
    assert ana.request("DELETE", "/api/repos/delete", {"name": "brevity", "organization": "ana", "type": "model"}).status == 200
    assert catalogue(ana, "q=brevity")["total"] == 0


def test_prices_compare_within_one_currency(market, shop):
    """Two models for dollars stand there already. Three for yen, one of them for dollars too."""
    api = market.server.api()
    assert catalogue(api, "sort=price")["price_currency"] == "USD"
    yen = {name: market.sell(market.repository(name), licence(amount), currency="JPY") for name, amount in (("ichi", "1000"), ("ni", "2"), ("san", "30000"))}
    plan = market.bob.post(f"/api/v1/listings/{yen['san']['listing']}/plans", {"currency": "USD", "components": [licence("7.00")]})
    market.bob.post(f"/api/v1/listings/{yen['san']['listing']}/offers", {"plan": plan["id"], "rights": ["use"]})

    def paid(query):
        found = catalogue(api, "price=paid&" + query)
        return found["price_currency"], names(found)

    # As many are offered in dollars as in yen: the first by name. What is not offered in the currency comes last.
    assert facet(catalogue(api), "currency") == {"JPY": 3, "USD": 3}
    currency, order = paid("sort=price")
    assert currency == "JPY" and order[:3] == ["ni", "ichi", "san"] and set(order[3:]) == {"cheap", "dear"}
    assert paid("sort=price&currency=USD") == ("USD", ["cheap", "san", "dear"])
    assert paid("sort=price&currency=USD&max_price=10") == ("USD", ["cheap", "san"])
    assert paid("sort=price&max_price=1500") == ("JPY", ["ni", "ichi"])
    assert paid("sort=name&max_price=10&facets=false") == ("JPY", ["ni"])
    # What is free costs nothing in any currency; whoever names one asks for what is sold in it.
    assert set(names(catalogue(api, "max_price=10"))) == {*CARDS, "ni"}
    assert set(names(catalogue(api, "max_price=10&currency=USD"))) == {"cheap", "san"}
    # Each entry shows its offer in the currency.
    by_currency = {c: {one["name"]: one["offer"]["due_at_once"] for one in catalogue(api, f"currency={c}&q=san")["data"]} for c in ("JPY", "USD")}
    assert by_currency == {"JPY": {"san": {"amount": "30000", "currency": "JPY"}}, "USD": {"san": {"amount": "7.00", "currency": "USD"}}}
    # The facet says what another currency would show under the other filters.
    found = catalogue(api, "currency=USD&max_price=6")
    assert names(found) == ["cheap"] and facet(found, "currency") == {"USD": 1, "JPY": 1}
    assert facet(catalogue(api, "currency=USD&kind=dataset"), "currency") == {}
    nothing = catalogue(api, "currency=KWD")
    assert nothing["total"] == 0 and nothing["data"] == [] and nothing["price_currency"] == "KWD" and facet(nothing, "currency") == {"JPY": 3, "USD": 3}
    for query in ("currency=XXX", "currency=jpy", "currency=USD&currency=JPY"):
        for path in ("catalogue", "listings"):
            answer = api.get(f"/api/v1/{path}?{query}")
            assert answer.status == 422 and answer.json()["code"] == "invalid" and answer.json()["details"]["fields"][0]["path"] == "currency", answer

    # A list that began in yen goes on in yen, whatever is usual by then.
    first = catalogue(api, "price=paid&sort=price&limit=2")
    market.bob.post(f"/api/v1/offers/{yen['ichi']['offer']}/withdraw")
    assert facet(catalogue(api), "currency") == {"USD": 3, "JPY": 2} and paid("sort=price")[0] == "USD"
    rest = catalogue(api, f"price=paid&sort=price&cursor={urllib.parse.quote(first['next_cursor'])}")
    assert rest["price_currency"] == "JPY" and names(rest)[0] == "san" and set(names(rest)) == {"san", "ichi", "cheap", "dear"}

    def listed(query):
        answer = api.get(f"/api/v1/listings?{query}").json()
        return answer["price_currency"], [one["asset"].split("/")[1] for one in answer["data"]]

    currency, order = listed("sort=price")
    assert currency == "USD" and order[:3] == ["cheap", "san", "dear"] and set(order[3:]) == {"ichi", "ni"}
    assert listed("sort=price&currency=JPY") == ("JPY", ["ni", "san"])
    assert listed("sort=price&max_price=10") == ("USD", ["cheap", "san"])
    assert listed("sort=price&currency=JPY&max_price=10") == ("JPY", ["ni"])
    first = api.get("/api/v1/listings?sort=price&currency=USD&limit=1").json()
    second = api.get(f"/api/v1/listings?sort=price&currency=USD&limit=2&cursor={first['next_cursor']}").json()
    assert [one["asset"] for one in first["data"] + second["data"]] == ["model:bob/cheap", "model:bob/san", "model:bob/dear"]

    # What is for sale no more is in no currency.
    for one in yen.values():
        market.op.post(f"/api/v1/listings/{one['listing']}/retire")
    found = catalogue(api, "sort=price")
    assert facet(found, "currency") == {"USD": 2} and found["price_currency"] == "USD"
    for name in yen:
        assert market.bob.api.request("DELETE", "/api/repos/delete", {"name": name, "organization": "bob", "type": "model"}).status == 200


def eventually(question, seconds=10):
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.1)


def test_trending_and_activity(market, shop):
    anyone = market.server.api()
    for _ in range(3):
        assert anyone.get("/ana/plain/resolve/main/README.md").status == 200
    path = "/api/v1/repositories/model/ana/plain/activity?days=7"
    eventually(lambda: anyone.get(path).json()["data"][-1]["downloads"] == 3)
    days = anyone.get(path).json()["data"]
    assert len(days) == 7 and [one["downloads"] for one in days] == [0] * 6 + [3] and days[0]["day"] < days[6]["day"]
    found = catalogue(anyone, "sort=trending")
    assert names(found)[0] == "plain" and found["data"][0]["trending_score"] > 3.5 and found["data"][0]["activity"][-1] == 3 and found["data"][0]["downloads"] == 3
    assert names(catalogue(anyone, "sort=downloads"))[0] == "plain"
    # The Hub's own list says the same.
    listed = anyone.get("/api/models?sort=trendingScore&limit=3").json()
    assert listed[0]["id"] == "ana/plain" and listed[0]["trendingScore"] > 3.5 and listed[0]["downloads"] == 3
    # An order weighs ten downloads.
    market.top_up(market.alice, "100.00")
    market.order(market.alice, shop["cheap"], "5.00")
    eventually(lambda: names(catalogue(anyone, "sort=trending"))[0] == "cheap")
    assert market.server.api().get("/api/v1/repositories/model/ana/secret/activity").status in (401, 404)
    assert anyone.get("/api/v1/repositories/model/ana/plain/activity?days=0").status == 422


def test_whether_a_name_is_free(market, shop):
    """Answered with 200 for whoever may create there; for everybody else it says no more than creating does."""
    ana, alice = market.server.api("ana"), market.server.api("alice")

    def check(name, kind="model", api=ana, status=200):
        answer = api.get(f"/api/v1/repositories/{kind}/ana/{name}/availability")
        assert answer.status == status, answer
        return answer.json()

    assert check("free-name") == {"object": "name_check", "asset": "model:ana/free-name", "available": True, "reason": None}
    assert check("PLAIN")["reason"] == "taken" and check("plain", "dataset")["available"]  # without case, per kind
    assert check("secret")["reason"] == "taken" and check("two..dots")["reason"] == "invalid_name"
    for name in ("secret", "free-name", "plain"):
        refused = check(name, api=alice, status=403)
        assert refused["code"] == "forbidden"
        check(name, api=market.server.api(), status=401)
    assert ana.get("/api/v1/repositories/model/nobody-here/x/availability").status == 404
    # A name that was moved away from only redirects.
    ana.create_repo("moving")
    assert ana.post("/api/repos/move", {"type": "model", "fromRepo": "ana/moving", "toRepo": "ana/moved"}).status == 200
    assert check("moving")["available"] and check("moved")["reason"] == "taken"


def test_listings_by_price_task_and_trend(market, shop):
    anyone = market.server.api()

    def listed(query):
        answer = anyone.get(f"/api/v1/listings?{query}")
        assert answer.status == 200, answer
        return [one["asset"] for one in answer.json()["data"]]

    assert listed("sort=price") == ["model:bob/cheap", "model:bob/dear"]
    assert listed("sort=newest") == ["model:bob/dear", "model:bob/cheap"]
    assert listed("sort=trending")[0] == "model:bob/cheap"
    assert listed("max_price=10") == ["model:bob/cheap"] and listed("max_price=0") == []
    assert listed("task=image-classification") == []
    assert anyone.get("/api/v1/listings?sort=best").status == 422
    first = anyone.get("/api/v1/listings?sort=price&limit=1").json()
    second = anyone.get(f"/api/v1/listings?sort=price&limit=1&cursor={first['next_cursor']}").json()
    assert [one["asset"] for one in first["data"] + second["data"]] == ["model:bob/cheap", "model:bob/dear"] and not second["has_more"]


def test_review_notes_and_history(market, shop):
    sale = market.sell(market.repository("weak"), licence("1.00"), publish=False)
    path = f"/api/v1/listings/{sale['listing']}"
    market.bob.post(f"{path}/submit")
    queue = market.op.get("/api/v1/listings?state=in_review")["data"]
    assert [one["id"] for one in queue] == [sale["listing"]]
    assert market.alice.get("/api/v1/listings?state=in_review")["data"] == []
    rejected = market.op.post(f"{path}/reject", {"reason": "The card is empty."})
    assert rejected["state"] == "draft"
    assert market.bob.get(path)["review_note"] == "The card is empty."
    events = market.bob.get(f"{path}/history")["data"]
    assert [one["action"] for one in events] == ["listing.create", "listing.submitted", "listing.rejected"] and events[-1]["reason"] == "The card is empty."
    market.alice.get(f"{path}/history", status=404)
    market.bob.post(f"{path}/submit")
    market.op.post(f"{path}/approve")
    assert market.bob.get(path)["review_note"] is None and "review_note" not in market.server.api().get(path).json()


def test_licences(market, shop):
    import hashlib

    anyone = market.server.api()
    listed = {one["id"]: one for one in anyone.get("/api/v1/licences").json()["data"]}
    assert {"custom-commercial-1", "apache-2.0", "mit", "cc-by-4.0"} <= set(listed)
    ours = anyone.get("/api/v1/licences/custom-commercial-1").json()
    assert ours["url"] is None and len(ours["text"]) > 500 and "rights" in ours["text"]
    assert ours["text_hash"] == "sha256:" + hashlib.sha256(ours["text"].encode()).hexdigest()
    assert listed["mit"]["url"].startswith("https://") and listed["mit"]["url"] in listed["mit"]["text"]
    assert anyone.get("/api/v1/licences/unknown").status == 404
    orders = market.alice.get("/api/v1/orders")["data"]
    assert orders[0]["licence_text_hash"] == ours["text_hash"]
