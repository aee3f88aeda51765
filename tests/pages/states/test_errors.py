# When something goes wrong: the panel says so, carries the request's id as the answer had it, and the rest of the page lives.
import re

import pytest
from house import once
from playwright.sync_api import expect
from words import LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("who, path, call", [("alice", "/account/orders", "**/api/v1/orders?*"), ("alice", "/account/usage", "**/api/v1/usage?*"), ("bob", "/sell/listings", "**/api/v1/listings?*"), ("op", "/operator/ledger", "**/api/v1/ledger/trial_balance*")])
def test_a_broken_answer(house, visit, lang, who, path, call):
    window = visit(lang=lang, person=house.people[who], width=390 if lang == "zh" else 1280)
    broken = {"on": True, "seen": []}

    def answer(route):
        if not broken["on"]:
            return route.continue_()
        # the id is the server's own; only the rest is replaced
        real = route.fetch()
        id = real.headers["x-request-id"]
        broken["seen"].append(id)
        route.fulfill(status=500, headers={"X-Request-Id": id, "Content-Type": "application/json"}, body=f'{{"code":"internal","message":"Broken.","retryable":false,"details":{{}},"request_id":"{id}"}}')

    window.page.route(call, answer)
    window.allow("status 500", "console: .* status of 500")
    window.go(path)
    panel = window.page.locator("main .notice-bad, main .error-panel, main [role=alert]").first
    expect(panel).to_be_visible()
    shown = panel.inner_text()
    assert any(id in shown or panel.locator(f"[data-copy='{id}'], [title='{id}']").count() for id in broken["seen"]), (broken["seen"], shown)
    expect(window.page.locator("h1")).to_be_visible()
    broken["on"] = False
    window.button("common.retry").first.click()
    expect(panel).to_be_hidden()
    window.settle()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_connection(house, visit, lang):
    """The banner says it, what stands stays and is marked as old, and all is well again by itself or at a press."""
    window = visit(lang=lang, width=390 if lang == "ja" else 1280, person=house.alice)
    window.allow("failed: GET .*ERR_INTERNET_DISCONNECTED", "console: .*ERR_INTERNET_DISCONNECTED")
    page, main = window.page, window.page.locator("main")
    banner = page.locator("[role=status].banner", has_text=window.say("common.offline"))
    window.go("/account/wallet")
    figure = main.locator(".figure").first
    before = figure.inner_text()
    window.context.set_offline(True)
    expect(banner).to_be_visible()
    window.picture("wallet-offline")
    # the reader comes back to the tab: it asks again, and cannot
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    old = main.locator(".stack.stale")
    expect(old.first).to_be_visible(timeout=40_000)
    assert figure.inner_text() == before
    assert float(figure.evaluate("(one) => getComputedStyle(one.closest('.stale > *')).opacity")) < 1
    window.picture("wallet-stale")
    window.context.set_offline(False)
    expect(banner).to_have_count(0)
    expect(old).to_have_count(0)
    window.settle()

    window.go("/models")
    names = main.locator("#results .card h2 a, #results .card h3 a")
    there = names.all_inner_texts()
    window.context.set_offline(True)
    expect(banner).to_be_visible()
    page.locator("input[name=task]").first.evaluate("(box) => box.click()")
    failed = main.locator(".fetch-failed")
    expect(failed).to_be_visible()
    assert names.all_inner_texts() == there
    window.picture("models-offline")
    window.context.set_offline(False)
    failed.get_by_role("button").click()
    expect(failed).to_have_count(0)
    assert re.search(r"[?&]task=", window.path)


def test_drafts_go_with_the_session(house, visit):
    sale = house.sell(house.small_model(), once("5.00"), publish=False)
    window = visit(person=house.bob)
    window.page.route("**/api/v1/listings/*", lambda route: route.abort("connectionreset") if route.request.method == "PATCH" else route.continue_())
    window.allow("failed: PATCH", "console: Failed to load resource: net::ERR_CONNECTION")
    window.go(f"/sell/listings/{sale.listing}")
    window.field("sell.summary").fill("A summary that only this tab knows.")
    window.until(lambda: "only this tab knows" in window.page.evaluate("() => JSON.stringify(sessionStorage)"), 10)
    window.page.on("dialog", lambda dialog: dialog.accept())
    window.page.locator("header details.account summary").click()
    window.page.locator("header form[action='/logout'] button").click()
    window.page.wait_for_url(house.url + "/")
    assert "only this tab knows" not in window.page.evaluate("() => JSON.stringify(sessionStorage)")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_of_a_server_error_carries_its_id(house, visit, lang):
    """A form that is too large is refused by a page; its id is the answer's."""
    window = visit(lang=lang)
    answer = window.context.request.post("/login", data="name=" + "x" * 100_000, headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html", "Origin": house.url})
    assert answer.status == 413
    assert answer.headers["x-request-id"] in answer.text()
