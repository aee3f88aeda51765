# Prices compare within one currency: the facet, the note, the highest price, with a script and without, in every language.
import pytest
from house import once
from playwright.sync_api import expect
from words import LANGUAGES


def names(window):
    return [one.split("/")[1] for one in window.page.locator("#results .card h3 a").all_inner_texts()]


def note(window):
    return window.page.locator("#results .prices-in")


def filtered(window):
    expect(window.page.locator("#results[aria-busy=true]")).to_have_count(0)
    window.settle()


@pytest.fixture
def yen(house):
    """Three models for yen; the dearest is the cheapest for dinars."""
    made, prefix = {}, house.new_name("yen")
    for name, amount in (("cheap", "300"), ("middle", "2000"), ("dear", "90000")):
        made[name] = house.sell(house.small_model(name=f"{prefix}-{name}"), once(amount), currency="JPY")
    plan = house.bob.post(f"/api/v1/listings/{made['dear'].listing}/plans", {"currency": "KWD", "components": [once("1.500")]})
    house.bob.post(f"/api/v1/listings/{made['dear'].listing}/offers", {"plan": plan["id"], "rights": ["use"]})
    yield {name: one.repo.split("/")[1] for name, one in made.items()}
    for one in made.values():
        house.op.post(f"/api/v1/listings/{one.listing}/retire")


def usual(house):
    return house.alice.get("/api/v1/catalogue?price=paid&limit=1")["price_currency"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_script(house, visit, yen, lang):
    window = visit(lang=lang, script=False, width=390 if lang == "zh" else 1280)
    page = window.page
    page.goto("/market?sort=price")
    currency = usual(house)
    expect(note(window)).to_have_text(window.like("catalogue.prices_in_first", whole=True, currency=currency))
    expect(page.locator("#max-price-in")).to_have_text(currency)
    box = page.locator("fieldset.facet").filter(has=page.locator("input[name=currency]"))
    expect(box.locator("legend")).to_have_text(window.say("common.currency"))
    expect(box.locator("input[type=radio]")).to_have_count(3)
    expect(box.locator("li").filter(has=page.locator("input[value=JPY]")).locator(".count")).to_have_text("3")
    if lang == "zh":
        page.locator("details.facets > summary").click()
    page.locator("input[name=currency][value=JPY]").check()
    page.locator("#filters button[type=submit]").click()
    assert "currency=JPY" in window.path and "sort=price" in window.path
    expect(note(window)).to_have_text(window.like("catalogue.prices_in", whole=True, currency="JPY"))
    assert names(window) == [yen["cheap"], yen["middle"], yen["dear"]]
    if lang == "zh":
        page.locator("details.facets > summary").click()
    expect(page.locator("#max-price-in")).to_have_text("JPY")
    page.locator("#max_price").fill("2500")
    page.locator("#filters button[type=submit]").click()
    assert names(window) == [yen["cheap"], yen["middle"]] and "currency=JPY" in window.path and "max_price=2500" in window.path
    expect(page.locator("#results .chips")).to_contain_text("2,500")
    # Taken back by its chip: what is compared is the usual currency again.
    page.locator("#results .chips a.chip").filter(has_text="JPY").filter(has_not_text="2,500").click()
    assert "currency" not in window.path and "max_price=2500" in window.path
    expect(note(window)).to_have_text(window.like("catalogue.prices_in_only", whole=True, currency=currency))
    assert (yen["cheap"] in names(window)) == (currency == "JPY")
    # In another currency the same thing costs something else.
    page.goto("/models?currency=KWD")
    assert names(window) == [yen["dear"]]
    expect(page.locator("#results .card .price")).to_contain_text("1.500")


def test_with_script(house, visit, yen):
    window = visit()
    page = window.page
    window.go("/market?sort=price")
    currency = usual(house)
    page.locator("input[name=currency][value=JPY]").check()
    page.wait_for_url("**/market?currency=JPY&sort=price")
    filtered(window)
    assert names(window) == [yen["cheap"], yen["middle"], yen["dear"]]
    expect(page.locator("#max-price-in")).to_have_text("JPY")
    page.locator("#max_price").press_sequentially("500", delay=10)
    page.wait_for_url("**max_price=500**")
    filtered(window)
    assert names(window) == [yen["cheap"]]
    expect(note(window)).to_have_text(window.like("catalogue.prices_in", whole=True, currency="JPY"))
    # Shared, it is the same list.
    other = visit(lang="ja", width=390)
    other.go(window.path)
    assert names(other) == [yen["cheap"]] and other.page.locator("input[name=currency][value=JPY]").is_checked()
    assert other.page.locator("#max_price").input_value() == "500"
    other.fits()
    # A second press takes the currency back; Back brings it again.
    page.locator("input[name=currency][value=JPY]").click()
    page.wait_for_url(lambda url: "currency" not in url)
    filtered(window)
    expect(page.locator("#max-price-in")).to_have_text(currency)
    expect(note(window)).to_have_text(window.like("catalogue.prices_in_only", whole=True, currency=currency))
    page.go_back()
    page.wait_for_url("**currency=JPY**")
    filtered(window)
    expect(page.locator("#max-price-in")).to_have_text("JPY")
    assert names(window) == [yen["cheap"]]


def test_no_note_where_nothing_is_compared(house, visit, yen):
    window = visit()
    window.go("/market")
    expect(note(window)).to_have_count(0)
    window.go("/market?currency=JPY")
    expect(note(window)).to_have_count(0)
    assert set(names(window)) == set(yen.values())


def test_a_currency_that_nobody_asks_for(house, visit, yen):
    window = visit()
    for currency in ("EUR", "XXX", "<b>"):
        window.go(f"/market?sort=price&max_price=5&currency={currency}")
        expect(window.text("catalogue.none")).to_be_visible()
        expect(window.page.locator("#results .chips a.chip").filter(has_text=currency).first).to_be_visible()
    # Of several the first counts.
    window.go("/market?currency=JPY&currency=USD")
    assert set(names(window)) == set(yen.values())


def test_one_currency_is_no_choice(house, visit):
    """A catalogue where everything costs the same money has no facet for it."""
    window = visit()
    window.go("/datasets?sort=price")
    expect(window.page.locator("input[name=currency]")).to_have_count(0)
