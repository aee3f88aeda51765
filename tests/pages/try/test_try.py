# "Try it": a form of the schema, faults at their fields, the line of states, what a run cost, the run in the address.
import re

import pytest
import text_model
from playwright.sync_api import expect
from words import LANGUAGES

RUN = re.compile(r"[?&]p=\w+")


def open_try(window, path):
    window.go(f"{path}/try")
    expect(window.page.locator("k-try form")).to_be_visible()
    return window.page


def run(window):
    window.button("try.run").click()


def fill_row(window, house):
    """All numbers of the sample at once, as one pastes a row of a table."""
    page = window.page
    values = house.cells_input
    numbers = values["features"] if list(values) == ["features"] else list(values.values())
    if list(values) == ["features"]:
        page.locator("#try-features").fill(", ".join(map(str, numbers)))
        return
    window.text("try.row", page.locator("k-try")).click()
    page.locator("k-try details textarea").fill("\t".join(map(str, numbers)))
    window.button("try.row_fill").click()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_table_runs_and_says_what_it_cost(house, visit, lang):
    buyer = house.fresh(money="5.00")
    window = visit(lang=lang, width={"en": 1280, "ja": 390, "zh": 1280}[lang], person=buyer)
    page = open_try(window, house.cancer.path)
    fill_row(window, house)
    costs = []
    known = re.compile(re.escape(window.say("try.cost_free")) + r"|\d[.,]\d")
    for _ in range(3):  # two are free
        before = page.url
        run(window)
        expect(page).not_to_have_url(before)  # the new run has an address of its own
        expect(page.locator(".stateline li").last).to_have_class(re.compile("now|ahead|done"))
        expect(window.text("try.run_id")).to_be_visible()
        expect(page.locator("k-try dd[aria-busy]")).to_have_count(0)
        expect(page.locator("k-try dl.dl dd").first).to_have_text(known)
        costs.append(page.locator("k-try dl.dl dd").first.inner_text())
    assert window.say("try.cost_free") in costs[0] and window.say("try.cost_free") in costs[1], costs
    assert "0.01" in costs[2], costs
    assert RUN.search(page.url)
    window.fits()
    # the address finds the run again, with its input
    before = page.locator(".scores").inner_text()
    window.go(window.path)
    expect(page.locator(".scores")).to_have_text(before, use_inner_text=True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_visitor_fills_in_the_form_and_signs_in_to_run_it(house, visit, lang):
    person = house.fresh(money="5.00")
    window = visit(lang=lang, width={"en": 390, "ja": 1280, "zh": 390}[lang])
    page = open_try(window, house.cancer.path)
    expect(window.text("try.sign_in_why")).to_be_visible()
    fill_row(window, house)
    entered = page.locator("[id^=try-]").first.input_value()
    window.fits()
    window.button("try.sign_in").click()
    page.wait_for_url("**/login?*")
    page.locator("main input[name=name]").fill(person.name)
    page.locator("main input[name=password]").fill(person.password)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**{house.cancer.path}/try")
    expect(page.locator("[id^=try-]").first).to_have_value(entered)
    run(window)
    expect(page.locator(".scores")).to_be_visible()


def test_without_a_licence_the_form_leads_to_the_offer(house, visit):
    window = visit(person=house.fresh(money="5.00"))
    page = open_try(window, house.digits.path)
    expect(page.locator("k-try .notice")).to_have_text(window.say("try.needs_licence"))
    pad = page.locator(".pad-area")
    pad.focus()
    for key in ["ArrowUp"] * 5 + [" "] + ["Shift+ArrowDown"] * 9:
        page.keyboard.press(key)
    page.locator("k-try button[type=submit]").click()
    page.wait_for_url("**/market/offers/*")
    assert not RUN.search(page.url), "nothing was sent"


def test_wrong_input_is_said_at_its_field(house, visit):
    window = visit(person=house.fresh(money="5.00"))
    page = open_try(window, house.cancer.path)
    fill_row(window, house)
    field = page.locator("[id^=try-]:not([type=radio])").first
    field.fill("many")
    run(window)
    expect(page.locator(".form-faults a")).to_have_count(1)
    expect(field).to_have_attribute("aria-invalid", "true")
    page.locator(".form-faults a").click()
    expect(field).to_be_focused()
    assert not RUN.search(page.url), "nothing was sent"


def test_a_picture_that_is_none_fails_and_costs_nothing(house, visit):
    window = visit(person=house.alice)
    page = open_try(window, house.digits.path)
    balance = house.alice.wallet()
    page.get_by_role("radio", name=window.like("try.way_file", whole=True)).check()
    page.locator("k-try input[type=file]").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.locator("k-try .drop .meta")).to_be_visible()
    run(window)
    expect(window.text("try.run_failed")).to_be_visible()
    expect(window.text("try.not_charged")).to_be_visible()
    expect(page.locator("k-try fieldset .error")).to_have_text(window.say("try.fault_picture"))
    assert house.alice.wallet() == balance


def test_drawing_by_keyboard(house, visit):
    window = visit(person=house.alice)
    page = open_try(window, house.digits.path)
    page.get_by_role("radio", name=window.like("try.way_draw", whole=True)).check()
    pad = page.locator(".pad-area")
    pad.focus()
    for key in ["ArrowUp"] * 5 + [" "] + ["Shift+ArrowDown"] * 9:
        page.keyboard.press(key)
    run(window)
    expect(page.locator(".scores .best th")).to_have_text("1")


def test_the_session_ends_and_the_run_goes_on(house, visit):
    person = house.fresh(money="5.00")
    window = visit(person=person)
    page = open_try(window, house.cancer.path)
    fill_row(window, house)
    window.context.clear_cookies(name="kontor_session")
    window.allow(r"status 401", r"console: .*401")
    run(window)
    dialog = page.locator("dialog[open]")
    dialog.locator("input[type=password]").fill(person.password)
    dialog.locator("button[type=submit]").click()
    expect(page.locator(".scores")).to_be_visible()


def test_who_may_not_see_the_run_is_told_so(house, visit):
    window = visit(person=house.fresh())
    window.allow(r"status 404: GET /v1/predictions/", r"console: .*404")
    window.go(f"{house.cancer.path}/try?p={house.prediction['id']}")
    expect(window.page.locator("k-try .notice-bad")).to_contain_text(window.say("error.not_found"))


@pytest.fixture(scope="module")
def tone(house):
    owner = house.fresh("t")
    repo = house.repository(owner, "tone", text_model.files())
    house.deploy(owner, repo)
    return owner, f"/{repo}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_text(house, visit, tone, lang):
    """One sentence in, the labels out; nothing is no text; the address finds the run again."""
    owner, path = tone
    window = visit(lang=lang, width=390 if lang == "ja" else 1280, person=owner)
    page = open_try(window, path)
    field = page.locator("#try-text")
    run(window)
    expect(field).to_have_attribute("aria-invalid", "true")
    for sentence, label in (("EXCELLENT and very quick, thank you!", "praise"), ("It BROKE, I want my money back.", "complaint")):
        field.fill(sentence)
        before = page.url
        run(window)
        expect(page).not_to_have_url(before)
        expect(page.locator(".scores .best")).to_contain_text(label)
    window.fits()
    window.go(window.path)
    expect(page.locator(".scores .best")).to_contain_text("complaint")
    expect(field).to_have_value("It BROKE, I want my money back.")
