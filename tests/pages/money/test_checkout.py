# Buying: what is charged is what the button says, once, whatever happens on the way.
import re
from decimal import Decimal

import pytest
from axe import faults_of_axe
from playwright.sync_api import expect
from words import LANGUAGES

ORDER = re.compile(r"/account/orders/ord_")


def open_checkout(window, sale):
    window.go(sale.checkout)
    window.page.locator("#accept").check()
    return window.page.locator("k-checkout button[type=submit]")


def one_order(person, sale, total):
    orders = person.orders()
    assert [(one["offer"], one["total"]["amount"]) for one in orders] == [(sale.offer, total)], orders
    assert person.wallet()[0] == 100 - Decimal(total)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sum_on_the_button_is_the_sum_charged(house, visit, lang):
    sale, buyer = house.for_sale("12.50"), house.fresh(money="100.00")
    window = visit(lang=lang, width={"en": 1280, "ja": 390, "zh": 1280}[lang], person=buyer)
    button = open_checkout(window, sale)
    assert "12.50" in button.inner_text()
    button.click()
    window.page.wait_for_url(ORDER)
    window.settle()
    expect(window.text("checkout.bought")).to_be_visible()
    one_order(buyer, sale, "12.50")


def test_double_click(house, visit):
    sale, buyer = house.for_sale(), house.fresh(money="100.00")
    window = visit(person=buyer)
    open_checkout(window, sale).dblclick()
    window.page.wait_for_url(ORDER)
    one_order(buyer, sale, "5.00")


def test_enter_twice(house, visit):
    sale, buyer = house.for_sale(), house.fresh(money="100.00")
    window = visit(person=buyer)
    open_checkout(window, sale).focus()
    window.page.keyboard.press("Enter")
    window.page.keyboard.press("Enter")
    window.page.wait_for_url(ORDER)
    one_order(buyer, sale, "5.00")


def test_two_tabs_with_one_form(house, visit):
    """Both were open before either paid: the second says that the licence is there already."""
    sale, buyer = house.for_sale(), house.fresh(money="100.00")
    window = visit(person=buyer)
    first = open_checkout(window, sale)
    second = window.context.new_page()
    second.goto(sale.checkout)
    second.wait_for_load_state("networkidle")
    second.locator("#accept").check()
    first.click()
    window.page.wait_for_url(ORDER)
    window.allow("status 409: POST /api/v1/orders", "console: .* status of 409")
    second.locator("k-checkout button[type=submit]").click()
    expect(second.get_by_role("alert").filter(has_text=window.say("checkout.owned"))).to_be_visible()
    expect(second.locator("k-checkout button[type=submit]")).to_have_count(0)
    one_order(buyer, sale, "5.00")


def test_one_form_sent_from_two_tabs_without_script(house, visit):
    """A form that was opened once carries one key, however often it is sent."""
    sale, buyer = house.for_sale(), house.fresh(money="100.00")
    window = visit(person=buyer, script=False)
    window.page.goto(sale.checkout)
    window.page.locator("#accept").check()
    form = {one.get_attribute("name"): one.input_value() for one in window.page.locator("k-checkout form input:is([type=hidden], :checked)").all()}
    assert form["accept"] == "1" and form["key"] and form["expected_total"] == "5.00"
    window.page.locator("k-checkout button[type=submit]").click()
    window.page.wait_for_url(ORDER)
    first = window.page.url
    again = window.context.request.post(sale.checkout, form=form, headers={"Origin": house.url}, max_redirects=0)
    assert again.status == 303 and first.endswith(again.headers["location"]), again.headers
    one_order(buyer, sale, "5.00")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_price_raised_between_view_and_click(house, visit, lang):
    """An offer never changes its price here, so the window is shown an older answer: what counts is that the server refuses and the page asks."""
    sale, buyer = house.for_sale("5.50"), house.fresh(money="100.00")
    window = visit(lang=lang, person=buyer)

    def older(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('"5.50', '"5.00'))

    window.page.route(f"**/api/v1/offers/{sale.offer}", older)
    button = open_checkout(window, sale)
    assert "5.00" in button.inner_text()
    window.page.unroute(f"**/api/v1/offers/{sale.offer}")
    window.allow("status 409: POST /api/v1/orders", "console: .* status of 409")
    button.click()
    notice = window.page.locator("k-checkout [role=alert]")
    expect(notice).to_contain_text("5.00")
    expect(notice).to_contain_text("5.50")
    expect(notice).to_be_focused()
    expect(button).to_contain_text("5.50")
    assert buyer.orders() == [] and buyer.wallet()[0] == 100
    button.click()
    window.page.wait_for_url(ORDER)
    one_order(buyer, sale, "5.50")


def test_price_raised_without_script(house, visit):
    sale, buyer = house.for_sale("5.50"), house.fresh(money="100.00")
    window = visit(person=buyer, script=False)
    window.page.goto(sale.checkout)
    form = {one.get_attribute("name"): one.input_value() for one in window.page.locator("k-checkout form input:is([type=hidden], :checked)").all()}
    answer = window.context.request.post(sale.checkout, form={**form, "accept": "1", "expected_total": "5.00"}, headers={"Origin": house.url, "Accept": "text/html"}, max_redirects=0)
    assert answer.status == 409 and "5.00" in answer.text() and "5.50" in answer.text()
    assert buyer.orders() == [] and buyer.wallet()[0] == 100


def test_offer_withdrawn_between_view_and_click(house, visit):
    sale, buyer = house.for_sale(), house.fresh(money="100.00")
    window = visit(person=buyer)
    button = open_checkout(window, sale)
    house.bob.post(f"/api/v1/offers/{sale.offer}/withdraw")
    window.allow("status 409: POST /api/v1/orders", "console: .* status of 409")
    button.click()
    expect(window.page.locator("k-checkout [role=alert]")).to_be_visible()
    assert buyer.orders() == [] and buyer.wallet()[0] == 100


class CutAfterArrival:
    """The server gets the request and answers; the answer never reaches the window."""

    def __init__(self, window, times):
        self.left, self.keys, self.window = times, [], window
        window.page.route("**/api/v1/orders", self)
        window.allow("failed: POST /api/v1/orders", "console: Failed to load resource: net::ERR_CONNECTION")

    def __call__(self, route):
        if route.request.method != "POST":
            return route.continue_()
        self.keys.append(route.request.headers["idempotency-key"])
        if self.left == 0:
            return route.continue_()
        self.left -= 1
        route.fetch()
        route.abort("connectionreset")


def test_connection_cut_after_the_request_left(house, visit):
    sale, buyer = house.for_sale(), house.fresh(money="100.00")
    window = visit(person=buyer)
    button = open_checkout(window, sale)
    cut = CutAfterArrival(window, 1)
    button.click()
    expect(window.text("checkout.unknown")).to_be_visible()
    window.page.wait_for_url(ORDER)
    assert len(cut.keys) == 2 and len(set(cut.keys)) == 1
    one_order(buyer, sale, "5.00")


def test_connection_that_stays_cut(house, visit):
    """After all tries it is still not known; checking again sends the same key and finds the one order."""
    sale, buyer = house.for_sale(), house.fresh(money="100.00")
    window = visit(person=buyer, lang="ja")
    window.page.clock.install()
    button = open_checkout(window, sale)
    cut = CutAfterArrival(window, 1000)
    button.click()
    again = window.button("common.check_again")
    # the pauses between the tries pass at once
    for _ in range(40):
        window.page.clock.run_for(2_000)
        if again.count() and again.is_visible():
            break
    expect(again).to_be_visible()
    expect(window.text("checkout.unknown")).to_be_visible()
    assert window.page.locator("#accept").is_disabled()
    assert len(cut.keys) >= 3 and len(set(cut.keys)) == 1
    cut.left = 0
    again.click()
    window.page.wait_for_url(ORDER)
    assert len(set(cut.keys)) == 1
    one_order(buyer, sale, "5.00")


@pytest.mark.parametrize("lang, width", [("en", 1280), ("zh", 390)])
def test_empty_wallet_top_up_and_back(house, visit, lang, width):
    sale, buyer = house.for_sale(), house.fresh()
    window = visit(lang=lang, width=width, person=buyer)
    window.go(sale.checkout)
    notice = window.text("checkout.short", within=window.page.locator("k-checkout"))
    expect(notice).to_contain_text("5.00")
    window.link("wallet.top_up", within=window.page.locator("k-checkout")).click()
    window.page.wait_for_url(re.compile(r"/account/top-ups\?"))
    window.settle()
    amount = window.page.get_by_role("textbox").filter(visible=True).and_(window.page.locator("main input"))
    expect(amount.first).to_have_value(re.compile(r"5([.,]00)?"))
    window.page.locator("main button[type=submit]").first.click()
    window.page.wait_for_url(re.compile(r"/account/top-ups/pay_"))
    window.settle()
    made = buyer.get("/api/v1/top_ups")["data"][0]
    shown = window.page.locator("main").inner_text()
    assert made["reference"] in shown.replace(" ", ""), shown
    house.op.post(f"/api/v1/top_ups/{made['id']}/confirm", {"bank_reference": "bank", "amount": {"amount": "5.00", "currency": "USD"}})
    back = window.page.locator(f'main a[href*="{sale.checkout}"]')
    expect(back.first).to_be_visible()
    back.first.click()
    window.page.wait_for_url(f"**{sale.checkout}*")
    window.settle()
    window.page.locator("#accept").check()
    window.page.locator("k-checkout button[type=submit]").click()
    window.page.wait_for_url(ORDER)
    assert len(buyer.orders()) == 1 and buyer.wallet()[0] == 0


def test_session_ended_in_the_checkout(house, visit):
    sale, buyer = house.for_sale(), house.fresh(money="100.00")
    window = visit(person=buyer)
    button = open_checkout(window, sale)
    for session in buyer.get("/api/v1/sessions")["data"]:
        buyer.api.request("DELETE", f"/api/v1/sessions/{session['id']}")
    window.allow("status 401: POST /api/v1/", "console: .* status of 401")
    button.click()
    dialog = window.page.get_by_role("dialog")
    expect(dialog).to_contain_text(buyer.name)
    assert buyer.orders() == []
    dialog.locator("input[type=password]").fill("wrong wrong wrong")
    window.button("nav.sign_in", within=dialog).click()
    expect(dialog).to_contain_text(window.say("login.wrong"))
    dialog.locator("input[type=password]").fill(buyer.password)
    window.button("nav.sign_in", within=dialog).click()
    window.page.wait_for_url(ORDER)
    one_order(buyer, sale, "5.00")


def test_form_from_another_session_is_refused(house, visit):
    """Somebody else signed in meanwhile in another tab: the old form's token is not his."""
    sale, buyer, other = house.for_sale(), house.fresh(money="100.00"), house.fresh(money="100.00")
    window = visit(person=buyer)
    button = open_checkout(window, sale)
    window.sign_in(other)
    window.allow("status 40[13]: POST /api/v1/orders", "console: .* status of 40[13]")
    button.click()
    expect(window.page.get_by_role("dialog").or_(window.page.locator("k-checkout [role=alert]")).first).to_be_visible()
    assert buyer.orders() == [] and other.orders() == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("quantity, runs, total", [("1,500", "12.00", "62.00"), ("25,000", "84.80", "134.80"), ("100", "0.00", "50.00"), ("２５０００", "84.80", "134.80")])
def test_calculator(house, visit, lang, quantity, runs, total):
    """Runs and, for who has no licence yet, what it costs once."""
    window = visit(lang=lang, width=390 if lang == "zh" else 1280)
    window.go("/bob/digits/price")
    box = window.page.locator("k-calculator .calculator")
    field = box.locator("input:not([type=range])")
    field.fill(quantity)
    expect(box.locator("dd").first).to_contain_text(runs)
    expect(box.locator("dd").nth(1)).to_contain_text("50.00")
    expect(box.locator("dd.total")).to_contain_text(total)
    expect(box.locator("[aria-busy=true]")).to_have_count(0)


def test_calculator_of_a_licence_holder(house, visit):
    window = visit(person=house.alice)
    window.go("/bob/digits/price")
    box = window.page.locator("k-calculator .calculator")
    box.locator("input:not([type=range])").fill("1,500")
    expect(box.locator("dd.total")).to_contain_text("12.00")
    expect(box.locator("dd")).to_have_count(1)


def test_price_table_without_script(house, visit):
    window = visit(script=False)
    window.page.goto("/bob/digits/price")
    rows = window.page.locator("table.examples tbody tr")
    found = {re.sub(r"\D", "", row.locator("th").inner_text()): row.locator("td").all_inner_texts() for row in rows.all()}
    assert ["12.00" in found["1500"][0], "62.00" in found["1500"][1]] == [True, True], found
    assert ["84.80" in found["25000"][0], "134.80" in found["25000"][1]] == [True, True], found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_wallet_entries_add_up(house, visit, lang):
    """Each balance is the one before plus the entry, to the last digit; the newest is the balance on top and the API's."""
    window = visit(lang=lang, person=house.alice)
    window.go("/account/wallet")
    rows = [[Decimal(one.get_attribute("value")) for one in row.locator("data").all()] for row in window.page.locator("main table tbody tr").all()]
    assert len(rows) >= 5 and all(len(row) == 2 for row in rows), rows
    for (amount, after), (_, before) in zip(rows, rows[1:]):
        assert after == before + amount
    assert rows[-1][0] == rows[-1][1], "the oldest entry starts from nothing"
    balance = house.alice.wallet()[0]
    assert rows[0][1] == balance
    assert str(balance) in [one.get_attribute("value") for one in window.page.locator("main data").all()]


def amount(text):
    """A figure as the pages write it in English: "+1,234.50 USD", "\u22120.01"."""
    return Decimal(re.search(r"[\u2212+-]?[\d,]+(?:\.\d+)?", text)[0].replace(",", "").replace("\u2212", "-").replace("+", ""))


def column(table, n):
    return [amount(one) for one in table.locator(f"tbody tr > :nth-child({n})").all_inner_texts()]


def test_each_figure_opens_to_its_entries(house, visit):
    """From a sum to what it is made of, and that adds up to the last digit: buyer, seller, operator."""
    buyer = visit(person=house.alice)
    page = buyer.page
    buyer.go("/account")
    figure = page.locator("main a.figure").first
    available = amount(figure.inner_text())
    figure.click()
    page.wait_for_url("**/account/wallet**")
    buyer.settle()
    table = page.locator("main table").first
    assert sum(column(table, 4)) == available and column(table, 5)[0] == available
    # a line of it opens the order that it belongs to, whose total it is
    line = table.locator("tbody tr").filter(has=page.locator("a[href^='/account/orders/']")).first
    paid = amount(line.locator("> :nth-child(4)").inner_text())
    line.locator("a").click()
    page.wait_for_url(ORDER)
    buyer.settle()
    assert amount(page.locator("main dd.total").first.inner_text()) == -paid

    buyer.go("/account/usage?by=day")
    table = page.locator("main table").last
    day = amount(table.locator("tbody tr > :nth-child(4)").first.inner_text())
    table.locator("tbody a").first.click()
    page.wait_for_url("**by=asset**")
    buyer.settle()
    assert sum(column(page.locator("main table").last, 4)) == day

    seller = visit(person=house.bob)
    seller.go("/sell/earnings")
    by_listing, statement = (seller.page.get_by_role("table", name=seller.like(key)) for key in ("sell.by_listing", "sell.statement_in"))
    gross, fee, net = (amount(one) for one in statement.locator("tfoot td").all_inner_texts()[2:5])
    for n, total in ((3, gross), (4, fee), (5, net)):
        assert sum(column(statement, n)) == total
        assert sum(column(by_listing, n - 1)) == total
    assert gross - fee == net

    operator = visit(person=house.op)
    operator.go("/operator/ledger")
    row = operator.page.locator("main table tbody tr").filter(has_text="liability:wallet:alice")
    balance = amount(row.locator("td").last.inner_text())
    row.get_by_role("link").click()
    operator.page.wait_for_url("**account=**")
    operator.settle()
    movements = operator.page.locator("main table").last
    assert sum(column(movements, 3)) == column(movements, 4)[0] == balance == available


# ---- the sheet over a model's page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sheet_over_a_model(house, visit, lang):
    """The same form under the same address: Esc and Back close it and give the focus back, Forward opens it, a reload makes it a page."""
    sale, buyer = house.for_sale("12.50"), house.fresh(money="100.00")
    window = visit(lang=lang, person=buyer)
    page = window.page
    window.go(sale.path)
    title, sheet = page.title(), page.locator("dialog.sheet")
    link = page.locator("main .rail").get_by_role("link", name=window.like("checkout.buy_for"))
    link.focus()
    page.keyboard.press("Enter")
    expect(sheet.locator("h2").first).to_have_text(window.say("checkout.title", name=sale.repo))
    expect(sheet.locator("#accept")).to_be_visible()
    assert window.path == sale.checkout and page.title() != title
    window.settle()
    if lang == "en":
        assert faults_of_axe(page) == []
    for _ in range(12):  # the focus stays inside, or is the browser's own
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    assert window.path == sale.path and page.title() == title
    expect(link).to_be_focused()
    page.go_forward()
    expect(sheet.locator("#accept")).to_be_visible()
    page.go_back()
    expect(sheet).to_have_count(0)
    expect(page.locator("h1")).to_contain_text(sale.repo.split("/")[1])
    # a reload, then Back
    link.click()
    expect(sheet.locator("#accept")).to_be_visible()
    page.reload()
    window.settle()
    expect(sheet).to_have_count(0)
    expect(page.locator("h1")).to_have_text(window.say("checkout.title", name=sale.repo))
    page.go_back()
    expect(link).to_be_visible()
    # and it buys
    link.click()
    sheet.locator("#accept").check()
    sheet.locator("button[type=submit]").click()
    page.wait_for_url(ORDER)
    one_order(buyer, sale, "12.50")


def test_what_is_entered_before_the_script_comes_stays(house, visit):
    """The server's form is there first; the one with a script takes over what was entered in it, and the focus."""
    sale, buyer, held = house.for_sale("12.50"), house.fresh(money="100.00"), []
    window = visit(person=buyer)
    page = window.page
    page.route(f"**/api/v1/offers/{sale.offer}", lambda route: held.append(route))
    page.goto(sale.checkout)
    window.until(lambda: held)
    page.locator("#accept").focus()
    page.locator("#accept").check()
    page.locator("k-checkout form").evaluate("(form) => { form.dataset.first = 'yes'; }")
    held[0].continue_()
    expect(page.locator("k-checkout form:not([data-first])")).to_be_visible()
    expect(page.locator("#accept")).to_be_checked()
    expect(page.locator("#accept")).to_be_focused()
    page.locator("k-checkout button[type=submit]").click()
    page.wait_for_url(ORDER)
    one_order(buyer, sale, "12.50")


def test_the_sheet_stays_while_an_order_is_on_its_way(house, visit):
    sale, buyer, held = house.for_sale("12.50"), house.fresh(money="100.00"), []
    window = visit(person=buyer)
    window.go(sale.path)
    window.page.locator("main .rail").get_by_role("link", name=window.like("checkout.buy_for")).click()
    window.page.locator("#accept").check()
    window.context.route(re.compile(r"/api/v1/orders$"), lambda route: held.append(route))
    window.page.locator("dialog button[type=submit]").click()
    window.until(lambda: held)
    window.page.keyboard.press("Escape")
    window.page.wait_for_timeout(100)
    expect(window.page.locator("dialog.sheet #accept")).to_be_visible()
    held[0].continue_()
    window.page.wait_for_url(ORDER)
    one_order(buyer, sale, "12.50")


def test_on_a_phone_the_checkout_is_a_page(house, visit):
    sale, buyer = house.for_sale("12.50"), house.fresh(money="100.00")
    window = visit(person=buyer, width=390)
    window.go(sale.path)
    window.page.locator("main .rail").get_by_role("link", name=window.like("checkout.buy_for")).click()
    window.page.wait_for_url(f"**{sale.checkout}")
    expect(window.page.locator("h1")).to_have_text(window.say("checkout.title", name=sale.repo))
    expect(window.page.locator("dialog.sheet")).to_have_count(0)
