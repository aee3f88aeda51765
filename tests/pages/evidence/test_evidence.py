# A proof is checked in the browser: without the network once the page is there, and a changed proof names the step that fails. Also over plain
# HTTP at an address that is no secure context.
import re

import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def proof(house, browser):
    """The file that an order's page hands out."""
    from visit import Visit

    window = Visit(browser, house.url, person=house.alice)
    window.go(f"/account/orders/{house.order['id']}")
    body, name = window.download(lambda: window.button("order.proof_download").click())
    window.close()
    assert name.endswith(".tlog-proof")
    return body.decode()


def verify(window, text):
    window.page.locator("k-verify textarea").fill(text)
    window.button("term.verify").click()


def verifier(visit, **options):
    window = visit(**options)
    window.go("/trade-log/verify")
    expect(window.page.locator("k-verify textarea")).to_be_visible()
    return window


@pytest.mark.parametrize("lang, width", [("en", 1280), ("ja", 390), ("zh", 1280)])
def test_a_whole_proof_holds_without_the_network(house, visit, proof, lang, width):
    window = verifier(visit, lang=lang, width=width)
    window.context.set_offline(True)
    window.allow("failed: (GET|POST) .*ERR_INTERNET_DISCONNECTED", "console: .*ERR_INTERNET_DISCONNECTED")
    verify(window, proof)
    expect(window.text("log.proof_holds")).to_be_visible()
    expect(window.page.locator(".check-steps li.bad")).to_have_count(0)
    assert window.page.locator(".check-steps li.ok").count() >= 3  # record, path, signature; how it has grown since is asked of the log


def mutations(text):
    lines = text.split("\n")
    hashes = [i for i, line in enumerate(lines) if re.fullmatch(r"[A-Za-z0-9+/]{43}=", line)]
    signature = next(i for i, line in enumerate(lines) if line.startswith("\u2014 "))
    index = next(i for i, line in enumerate(lines) if line.startswith("index "))

    def flip(i, at):
        changed = lines.copy()
        old = changed[i][at]
        changed[i] = changed[i][:at] + ("B" if old != "B" else "C") + changed[i][at + 1:]
        return "\n".join(changed)

    yield "a hash of the path", flip(hashes[0], 5)
    yield "the signature", flip(signature, len(lines[signature]) - 20)
    changed = lines.copy()
    changed[index] = "index " + str(int(lines[index].split()[1]) ^ 1)
    yield "the index", "\n".join(changed)
    size = next(i for i in range(signature) if i > index and re.fullmatch(r"\d+", lines[i]))
    changed = lines.copy()
    changed[size] = str(int(lines[size]) + 1)
    yield "the size", "\n".join(changed)
    missing = lines.copy()
    del missing[hashes[0]]
    yield "one hash less", "\n".join(missing)


def test_each_changed_proof_names_the_step(house, visit, proof):
    window = verifier(visit)
    window.allow("status 4", "console: .* status of 4")
    seen = set()
    for what, changed in mutations(proof):
        assert changed != proof, what
        verify(window, changed)
        alert = window.page.locator("k-verify [role=alert]")
        expect(alert).to_be_visible()
        expect(window.page.locator("k-verify").get_by_text(window.like("log.proof_holds"))).to_have_count(0)
        seen.add(alert.inner_text())
        # back to a good one, so that the next refusal is its own
        verify(window, proof)
        expect(window.text("log.proof_holds")).to_be_visible()
    assert len(seen) >= 2, seen


def test_by_the_number_of_an_order(house, visit):
    window = visit(person=house.alice, width=390)
    window.go(f"/trade-log/verify?order={house.order['id']}")
    expect(window.text("log.proof_holds")).to_be_visible()


def test_without_crypto_subtle(house, visit, proof):
    """As over plain HTTP on another address: the parts that such pages lack are taken away before any script runs."""
    window = visit()
    window.context.add_init_script("""
      Object.defineProperty(Crypto.prototype, "subtle", { get: () => undefined });
      Object.defineProperty(Crypto.prototype, "randomUUID", { value: undefined });
      Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined });
      Object.defineProperty(window, "isSecureContext", { get: () => false });""")
    window.go("/trade-log/verify")
    verify(window, proof)
    expect(window.text("log.proof_holds")).to_be_visible()
    window.go("/bob/digits")
    window.page.locator("button.copy").first.click()
    expect(window.page.get_by_role("status").filter(has_text=window.say("common.copied")).first).to_be_attached()
    # paying needs a key of its own
    sale, buyer = house.for_sale(), house.fresh(money="6.00")
    window.sign_in(buyer)
    window.go(sale.checkout)
    window.page.locator("#accept").check()
    window.button("checkout.pay").click()
    window.page.wait_for_url(re.compile("/account/orders/ord_"))
    assert len(buyer.orders()) == 1
