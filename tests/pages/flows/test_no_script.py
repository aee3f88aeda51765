# Without any script: everything that is read, filters, signing in and up, buying, language and theme work as plain HTML.
import re

import pytest
from house import PASSWORD, plain
from playwright.sync_api import expect
from words import LANGUAGES, TAGS

READ = ["/", "/models", "/datasets", "/spaces", "/market", "/search?q=digits", "/bob", "/bob/digits", "/bob/digits/tree/main", "/ana/plain/blob/main/README.md", "/bob/digits/commits/main", "/bob/digits/price", "/bob/digits/code", "/trade-log", "/trade-log/entries/0", "/trade-log/verify", "/about"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_reading(house, visit, lang):
    window = visit(lang=lang, script=False, width=390 if lang == "ja" else 1280)
    for path in READ:
        assert window.page.goto(path).status == 200, path
        expect(window.page.locator("h1")).to_have_count(1)
        assert len(window.page.locator("main").inner_text()) > 40, path
        expect(window.page.locator("main .skeleton")).to_have_count(0)
        assert window.page.locator("html").get_attribute("lang") == TAGS[lang]


def test_price_is_read(house, visit):
    window = visit(script=False)
    window.page.goto("/bob/digits")
    expect(window.page.locator("main .rail")).to_contain_text("$50.00")
    window.page.goto("/bob/digits/price")
    expect(window.page.locator("main")).to_contain_text("84.80")


def test_code_samples_are_read(house, visit):
    window = visit(script=False)
    window.page.goto("/bob/digits/code")
    text = window.page.locator("main").inner_text()
    for piece in ("hf download bob/digits", "snapshot_download", "replicate.Client", "curl -s", house.url):
        assert piece in text, piece


@pytest.mark.parametrize("lang", LANGUAGES)
def test_filters_by_form(house, visit, lang):
    window = visit(lang=lang, script=False)
    window.page.goto("/models")
    window.page.locator("input[name=task][value=text-generation]").check()
    window.page.locator("#filters button[type=submit]").click()
    expect(window.page.locator("#results .card")).to_have_count(3)
    window.page.locator("#sort").select_option("name")
    window.page.locator("#filters button[type=submit]").click()
    assert "task=text-generation" in window.path and "sort=name" in window.path
    window.page.locator("#results .chips a.chip").first.click()
    assert "task" not in window.path and "sort=name" in window.path


def test_sign_up_buy_and_sign_out(house, visit):
    name = house.new_name("quiet")
    sale = house.for_sale("5.00")
    window = visit(script=False)
    page = window.page
    page.goto(f"/{sale.repo}")
    page.locator("main .rail a.btn-primary").click()
    page.locator("main a[href^='/join']").click()
    page.locator("#name").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"**{sale.checkout}")
    buyer = house.signed_up(name)
    # no money yet: the sum is named, and the way to it
    expect(page.locator("main")).to_contain_text(window.like("checkout.short"))
    page.locator("#accept").check()
    window.allow("status 402: POST /market/offers", "console: .* status of 402")
    page.locator("k-checkout button[type=submit]").click()
    expect(page.locator("[role=alert]")).to_contain_text("5.00")
    assert buyer.orders() == []
    house.top_up(buyer, "6.00")
    page.goto(sale.checkout)
    page.locator("#accept").check()
    page.locator("k-checkout button[type=submit]").click()
    page.wait_for_url(re.compile("/account/orders/ord_"))
    assert buyer.wallet()[0] == 1 and len(buyer.orders()) == 1
    page.goto(f"/{sale.repo}/tree/main")
    body, _ = window.download(lambda: window.link("files.download_named", name="notes.txt").click())
    assert body == b"one\ntwo\n"
    page.locator("header details.account summary").click()
    page.locator("header form[action='/logout'] button").click()
    expect(page.locator("header a[href^='/login']")).to_be_visible()


def test_consent_is_asked_for(house, visit):
    sale, buyer = house.for_sale("5.00"), house.fresh(money="9.00")
    window = visit(script=False, person=buyer)
    window.page.goto(sale.checkout)
    form = {one.get_attribute("name"): one.input_value() for one in window.page.locator("k-checkout form input:is([type=hidden], :checked)").all()}
    answer = window.context.request.post(sale.checkout, form=form, headers={"Origin": house.url, "Accept": "text/html"}, max_redirects=0)
    assert answer.status == 422 and window.say("checkout.must_accept") in answer.text()
    assert buyer.orders() == []


def test_wrong_password(house, visit):
    window = visit(script=False, lang="zh")
    window.page.goto("/login?next=/models")
    window.page.locator("#name").fill("alice")
    window.page.locator("#password").fill("not the password")
    window.allow("status 401: POST /login", "console: .* status of 401")
    window.page.locator("main button[type=submit]").click()
    expect(window.page.locator("[role=alert]")).to_have_text(window.say("login.wrong"))
    assert window.page.locator("#name").input_value() == "alice"
    window.page.locator("#password").fill(PASSWORD)
    window.page.locator("main button[type=submit]").click()
    window.page.wait_for_url("**/models")


def test_language_and_theme(house, visit):
    window = visit(script=False)
    page = window.page
    page.goto("/models?sort=name")
    page.locator("header details.preferences summary").click()
    page.locator("header form.switch-language button[value=zh]").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.locator("header details.preferences summary").click()
    page.locator("header form.switch-theme button[value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert window.path == "/models?sort=name"
    expect(page.locator("body")).to_have_css("background-color", "rgb(20, 22, 26)")


def test_working_pages_say_that_they_need_script(house):
    # The driver switches scripts off without telling the parser, so <noscript> is read in the source.
    cookie = f"kontor_session={house.alice.session()}; lang=en"
    for path in ("/account", "/sell", "/settings/profile", "/new", f"/{house.prediction['model']}/try"):
        html = plain(house.url, path, {"Accept": "text/html", "Cookie": cookie}).body.decode()
        assert re.search(r"<noscript><p[^>]*>[^<]*JavaScript", html), path
