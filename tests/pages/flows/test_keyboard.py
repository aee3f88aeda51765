# From the first page to a downloaded file by keyboard alone: Tab, Enter, Space, Esc, arrows; the focus is always seen.
import re

import pytest
from playwright.sync_api import expect

VISIBLE = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return "nothing has the focus";
  const box = one.getBoundingClientRect();
  if (box.width === 0 && box.height === 0 && one.tagName !== "MAIN") return "the focus is on something without a size: " + one.outerHTML.slice(0, 100);
  const style = getComputedStyle(one);
  const drawn = (what, part) => { const s = getComputedStyle(what, part); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1; };
  // a hidden box of a choice shows its focus on the label beside it, the link of a card on the whole card
  const around = [one.nextElementSibling, one.parentElement, one.closest(".card"), one.closest("label")].filter(Boolean);
  if (drawn(one) || drawn(one, "::after") || style.boxShadow !== "none" || around.some((other) => drawn(other)) || one.tagName === "MAIN") return "";
  return "no focus ring: " + one.outerHTML.slice(0, 160);
}"""
HERE = "() => { const one = document.activeElement; return one ? one.tagName + ' ' + (one.id || one.getAttribute('name') || '') + ' ' + (one.getAttribute('href') || '') + ' ' + (one.getAttribute('aria-label') || one.textContent || one.value || '').trim().slice(0, 60) : ''; }"


class Keys:
    def __init__(self, window):
        self.window, self.page, self.steps = window, window.page, 0

    def press(self, key):
        self.page.keyboard.press(key)
        self.steps += 1

    def to(self, wanted, most=150, key="Tab"):
        """Tabs until what has the focus is `wanted` (a locator); every stop on the way must be seen."""
        target = wanted.first
        expect(target).to_be_visible()
        for _ in range(most):
            self.press(key)
            seen = self.page.evaluate(VISIBLE)
            if seen.startswith("nothing has"):  # past the last stop of the page: the browser's own bar
                continue
            assert not seen, f"{seen} on {self.window.path}"
            if target.evaluate("(one) => one === document.activeElement"):
                return
        raise AssertionError(f"not reached with {most} presses on {self.window.path}; now at {self.page.evaluate(HERE)}")


@pytest.mark.parametrize("lang, width", [("en", 1280), ("ja", 1280), ("zh", 390)])
def test_from_home_to_a_downloaded_file(house, visit, lang, width):
    sale = house.for_sale("5.00")
    buyer = house.fresh(money="20.00")
    window = visit(lang=lang, width=width, touch=False)
    page, keys = window.page, Keys(window)
    name = sale.repo
    window.go("/")
    # the first stop of a page leads past its head
    keys.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    keys.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    # sign in
    window.go("/")
    sign_in = page.locator("header a[href^='/login']")
    keys.to(sign_in)
    keys.press("Enter")
    page.wait_for_url("**/login**")
    window.settle()
    keys.to(page.locator("#name"))
    page.keyboard.type(buyer.name)
    keys.press("Tab")
    page.keyboard.type(buyer.password)
    keys.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    window.settle()
    # find: "/" goes to the search, Enter sends it
    keys.press("/")
    assert page.evaluate("() => document.activeElement.id") == "q"
    page.keyboard.type(name.split("/")[1])
    keys.press("Enter")
    page.wait_for_url("**/search**")
    window.settle()
    keys.to(page.locator("main").get_by_role("link", name=name, exact=True))
    keys.press("Enter")
    page.wait_for_url(f"**/{name}")
    window.settle()
    # buy
    keys.to(page.locator("main .rail").get_by_role("link", name=window.like("checkout.buy_for")))
    keys.press("Enter")
    page.wait_for_url(re.compile("/market/offers/"))
    window.settle()
    keys.to(page.locator("#accept"))
    keys.press("Space")
    assert page.locator("#accept").is_checked()
    keys.to(window.button("checkout.pay"))
    keys.press("Enter")
    page.wait_for_url(re.compile("/account/orders/ord_"))
    window.settle()
    # to the file
    keys.to(window.link("order.files"))
    keys.press("Enter")
    page.wait_for_url("**/tree/main")
    window.settle()
    target = window.link("files.download_named", name="notes.txt")
    keys.to(target)
    body, _ = window.download(lambda: keys.press("Enter"))
    assert body == b"one\ntwo\n"
    assert keys.steps < 400


def test_menus_and_dialogs_by_keyboard(house, visit):
    window = visit(person=house.alice)
    page, keys = window.page, Keys(window)
    window.go("/models")
    summary = page.locator("header details.preferences > summary")
    keys.to(summary)
    keys.press("Enter")
    expect(page.locator("header details.preferences")).to_have_attribute("open", "")
    keys.press("ArrowDown")
    assert page.evaluate("() => document.activeElement.name") == "lang"
    keys.press("Escape")
    expect(page.locator("header details.preferences")).not_to_have_attribute("open", "")
    assert summary.evaluate("(one) => one === document.activeElement")
    # tabs of the code samples: arrows, Home, End
    window.go("/bob/digits/code")
    tabs = page.get_by_role("tab")
    expect(tabs.first).to_be_visible()
    keys.to(page.locator("[role=tab][aria-selected=true]"))
    for key, at in (("ArrowRight", 1), ("End", 3), ("Home", 0), ("ArrowLeft", 3)):
        keys.press(key)
        expect(tabs.nth(at)).to_have_attribute("aria-selected", "true")


def test_a_dialog_keeps_and_gives_back_the_focus(house, visit):
    sale = house.for_sale("5.00")
    buyer = house.fresh(money="20.00")
    order = house.buy(buyer, sale, "5.00")
    window = visit(person=buyer)
    page, keys = window.page, Keys(window)
    window.go(f"/account/orders/{order['id']}")
    opener = window.button("order.refund_request")
    keys.to(opener)
    keys.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(12):
        keys.press("Tab")
        inside = page.evaluate("() => { const one = document.activeElement; return one === document.body || Boolean(one.closest('dialog')); }")
        assert inside, page.evaluate(HERE)
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    window.until(lambda: opener.evaluate("(one) => one === document.activeElement"), 5)


def test_no_stop_of_a_page_is_a_trap(house, visit):
    """Tab goes through the page and out of it again."""
    window = visit(person=house.alice)
    page = window.page
    for path in ("/models", "/bob/digits/price", "/bob/digits/try", f"/account/orders/{house.order['id']}"):
        window.go(path)
        stops, before = set(), None
        for _ in range(250):
            page.keyboard.press("Tab")
            here = page.evaluate("() => { const all = [...document.querySelectorAll('*')]; return all.indexOf(document.activeElement); }")
            assert here != before or here <= 0, f"stuck on {page.evaluate(HERE)} of {path}"
            if here in stops:
                break
            stops.add(here)
            before = here
        assert len(stops) > 10, path
