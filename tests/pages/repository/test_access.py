# A gated repository, asked for and decided about by the pages alone; and likes.
import pytest
from axe import faults_of_axe
from house import plain
from playwright.sync_api import expect
from words import LANGUAGES


def gated(house, how="manual", **more):
    repo = house.small_model(**more)
    assert house.bob.api.request("PUT", f"/api/models/{repo}/settings", {"gated": how}).status == 200
    return repo


@pytest.mark.parametrize("lang", LANGUAGES)
def test_asked_for_decided_withdrawn(house, visit, lang):
    repo, reader = gated(house), house.fresh("reader")
    width = {"en": 1280, "ja": 390, "zh": 1280}[lang]
    there, owner = visit(lang=lang, width=width, person=reader), visit(lang=lang, width=width, person=house.bob)
    there.go(f"/{repo}")
    expect(there.page.locator("article.prose h2")).to_be_visible()  # the card stays
    expect(there.link("repo.download")).to_have_count(0)
    assert faults_of_axe(there.page) == []
    there.fits()
    there.button("repo.gate_ask").click()
    expect(there.page.locator(".rail .notice-info")).to_have_text(there.like("repo.gate_pending", whole=True))
    expect(there.button("repo.gate_ask")).to_have_count(0)

    owner.go("/")
    expect(owner.page.locator("main .strip a[href$='/settings']")).to_be_visible()
    owner.go(f"/{repo}/settings")
    panel = owner.page.locator("#requests")
    expect(panel.get_by_role("link", name=reader.name)).to_be_visible()
    assert faults_of_axe(owner.page) == []
    owner.fits()
    owner.button("repo.requests_accept_named", within=panel, name=reader.name).click()
    expect(panel.get_by_text(owner.like("repo.requests_none", whole=True))).to_be_visible()
    there.go(f"/{repo}")
    expect(there.page.locator(".rail .badge-ok")).to_have_text(there.like("repo.gate_accepted", whole=True))
    expect(there.link("repo.download", within=there.page.locator(".rail"))).to_be_visible()
    assert reader.api.get(f"/{repo}/resolve/main/notes.txt").status == 200

    panel.get_by_role("tab", name=owner.like("repo.requests_accepted", whole=True)).click()
    owner.button("repo.requests_withdraw_named", within=panel, name=reader.name).click()
    dialog = owner.page.locator("dialog[open]")
    dialog.locator("textarea").fill("Not for this use")
    owner.button("repo.requests_withdraw", within=dialog).click()
    expect(dialog).to_have_count(0)
    there.go(f"/{repo}")
    expect(there.page.locator(".rail .notice-warn")).to_have_text(there.like("repo.gate_rejected_because", whole=True, reason="Not for this use"))
    assert reader.api.get(f"/{repo}/resolve/main/notes.txt").status == 403

    panel.locator("form input").fill("nobody-of-this-name")
    owner.allow(r"status 404: POST /api/models/.*/grant", r"console: .*404")
    owner.button("repo.requests_grant", within=panel).click()
    expect(owner.text("repo.requests_no_such_user")).to_be_visible()
    panel.locator("form input").fill(reader.name)
    owner.button("repo.requests_grant", within=panel).click()
    expect(panel.get_by_role("link", name=reader.name)).to_be_visible()
    assert reader.api.get(f"/{repo}/resolve/main/notes.txt").status == 200


def test_switched_on_in_the_settings(house, visit):
    repo, reader = house.small_model(), house.fresh("reader")
    owner = visit(person=house.bob)
    owner.go(f"/{repo}/settings")
    expect(owner.page.locator("#requests")).to_have_count(0)
    owner.page.get_by_label(owner.say("repo.gated_auto")).check()
    owner.button("common.save").click()
    expect(owner.page.locator("#requests")).to_be_visible()
    assert house.bob.get(f"/api/models/{repo}")["gated"] == "auto"
    there = visit(person=reader)
    there.go(f"/{repo}/tree/main")
    there.button("repo.gate_ask").click()
    expect(there.page.locator(".rail .badge-ok")).to_have_text(there.like("repo.gate_accepted", whole=True))
    owner.page.get_by_label(owner.say("repo.gated_off")).check()
    owner.button("common.save").click()
    expect(owner.page.locator("#requests")).to_have_count(0)
    assert house.alice.api.get(f"/{repo}/resolve/main/notes.txt").status == 200


def test_signing_in_to_ask_without_script(house, visit):
    repo, reader = gated(house), house.fresh("reader")
    window = visit(script=False)
    window.page.goto(f"/{repo}")
    window.link("repo.gate_sign_in").click()
    window.page.locator("#name").fill(reader.name)
    window.page.locator("#password").fill(reader.password)
    window.page.locator("main form button[type=submit]").click()
    window.button("repo.gate_ask").click()
    assert window.path == f"/{repo}"
    expect(window.text("repo.gate_pending")).to_be_visible()
    heart = window.page.locator("main button.like")
    heart.click()
    expect(window.page.locator("main button.like[aria-pressed=true] .count")).to_have_text("1")
    heart.click()
    expect(window.page.locator("main button.like[aria-pressed=false] .count")).to_have_text("0")


def test_a_form_of_another_site_asks_for_nothing(house):
    repo, reader = gated(house), house.fresh("reader")
    cookie = {"Cookie": f"kontor_session={reader.session()}", "Content-Type": "application/x-www-form-urlencoded"}
    for body in ("", "csrf=guessed"):
        assert plain(house.url, f"/{repo}/ask-access", cookie, "POST", body).status == 403
        assert plain(house.url, f"/{repo}/like", cookie, "POST", body + "&liked=true").status == 403
    assert house.bob.get(f"/api/models/{repo}/user-access-request/pending") == []


def test_for_sale_and_gated_is_bought(house, visit):
    sale = house.for_sale()
    assert house.bob.api.request("PUT", f"/api/models/{sale.repo}/settings", {"gated": "manual"}).status == 200
    buyer = house.fresh("buyer", "10.00")
    window = visit(person=buyer)
    window.go(sale.path)
    expect(window.button("repo.gate_ask")).to_have_count(0)
    expect(window.link("checkout.buy_for", amount="$5.00")).to_be_visible()
    house.buy(buyer, sale, "5.00")
    assert buyer.api.get(f"/{sale.repo}/resolve/main/weights.bin").status in (200, 302)


def test_likes(house, visit):
    repo = house.small_model()
    fan = house.fresh("fan")
    window = visit(person=fan)
    window.go(f"/{repo}")
    heart = window.page.get_by_role("button", name=window.like("repo.like"), pressed=False)
    expect(heart).to_have_text("Like 0")
    heart.click()
    pressed = window.page.get_by_role("button", name=window.like("repo.like"), pressed=True)
    expect(pressed.locator(".count")).to_have_text("1")
    window.until(lambda: house.bob.get(f"/api/models/{repo}")["likes"] == 1)
    window.go(f"/models?q={repo.split('/')[1]}")
    expect(window.page.locator("#results .card").first.locator(f"[title='{window.say('repo.likes')}']")).to_contain_text("1")
    window.go(f"/{fan.name}")
    expect(window.page.get_by_role("link", name=repo)).to_be_visible()
    # Refused: as it was before.
    window.go(f"/{repo}")
    window.allow(r"status 503: DELETE", r"console: .*503")
    window.page.route("**/like", lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, body="{}"))
    window.page.locator("button.like").click()
    expect(window.page.locator(".toast")).to_be_visible()
    expect(window.page.locator("button.like[aria-pressed=true] .count")).to_have_text("1")


def test_a_heart_leads_to_signing_in(house, visit):
    repo = house.small_model()
    window = visit()
    window.go(f"/{repo}")
    window.page.locator("main a.like").click()
    assert window.path.startswith("/login?next=")
