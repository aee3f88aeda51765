# A gated repository, asked for and decided about by the pages alone; and likes.
import csv
import io
import urllib.parse
from pathlib import Path

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


CARD = """---
license: other
extra_gated_heading: Access to the %(what)s
extra_gated_description: For hospitals & schools <b>only</b>.
extra_gated_prompt: |
  Read the [terms](terms.md) first.<script>window.hacked=1</script>
extra_gated_button_content: I agree and ask
extra_gated_fields:
  Company: text
  会社の国: country
  Start: date_picker
  "=SUM(A1), use":
    type: select
    options:
      - Research
      - label: Something else
        value: other
  I read the terms: checkbox
---
# Weights
"""


def with_form(house, how="manual"):
    repo = gated(house, how)
    assert house.bob.api.commit(repo, {"README.md": CARD % {"what": "重み"}}).status == 200
    return repo


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_cards_own_questions(house, visit, lang):
    """What the card asks for is a form of its own page; nothing is sent until all of it is answered, and the owner reads the answers."""
    repo, reader = with_form(house), house.fresh("reader")
    there = visit(lang=lang, width={"en": 1280, "ja": 390, "zh": 390}[lang], person=reader)
    there.go(f"/{repo}")
    there.link("repo.gate_ask").click()
    page = there.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Access to the 重み")
    expect(page.get_by_text("For hospitals & schools <b>only</b>.")).to_be_visible()
    expect(page.get_by_role("link", name="terms", exact=True)).to_have_attribute("href", f"/{repo}/blob/main/terms.md")
    assert page.evaluate("window.hacked") is None
    assert faults_of_axe(page) == []
    there.fits()
    there.picture("ask-access")
    send = page.get_by_role("button", name="I agree and ask")
    send.click()
    assert there.path == f"/{repo}/ask-access", "the browser asks for what is missing"
    page.get_by_label("Company").fill("Acme & Söhne")
    page.get_by_label("会社の国").select_option(label={"en": "Japan", "ja": "日本", "zh": "日本"}[lang])
    page.get_by_label("Start").fill("1964-02-29")
    page.get_by_label("=SUM(A1), use").select_option("other")
    page.get_by_label("I read the terms").check()
    send.click()
    expect(page.locator(".rail .notice-info")).to_have_text(there.like("repo.gate_pending", whole=True))
    waits = house.bob.get(f"/api/models/{repo}/user-access-request/pending")
    assert [one["fields"] for one in waits] == [
        {"Company": "Acme & Söhne", "会社の国": "JP", "Start": "1964-02-29", "=SUM(A1), use": "other", "I read the terms": "on"}
    ]
    there.go(f"/{repo}/ask-access")
    assert there.path == f"/{repo}", "asked is asked"


def test_an_answer_that_is_none(house, visit):
    """Who gets around the browser's own checks is told beside the field, with what was written kept; a client is told in its own shape."""
    repo, reader = with_form(house), house.fresh("reader")
    window = visit(person=reader)
    window.page.goto(f"{house.url}/{repo}/ask-access")
    window.page.locator("form.panel").evaluate("form => form.noValidate = true")
    window.page.get_by_label("Company").fill("Acme")
    window.allow(r"status 422: POST .*/ask-access", r"console: .*422")
    window.page.get_by_role("button", name="I agree and ask").click()
    expect(window.text("repo.gate_unanswered")).to_be_visible()
    expect(window.page.get_by_label("Company")).to_have_value("Acme")
    expect(window.page.locator("[aria-invalid=true]")).to_have_count(4)
    expect(window.text("repo.gate_tick")).to_be_visible()
    assert faults_of_axe(window.page) == []
    refused = reader.api.request("POST", f"/{repo}/ask-access", b"Company=Acme", {"Content-Type": "application/x-www-form-urlencoded"})
    assert refused.status == 400 and "'Start'" in refused.headers["x-error-message"], refused
    assert house.bob.api.get(f"/api/models/{repo}/user-access-request/pending").json() == []


def test_the_owners_report(house, visit):
    repo, reader = with_form(house, "auto"), house.fresh("reader")
    form = {"Company": "=HYPERLINK(1)", "会社の国": "JP", "Start": "2026-01-01", "=SUM(A1), use": "Research", "I read the terms": "true"}
    body = urllib.parse.urlencode(form).encode()
    assert reader.api.request("POST", f"/{repo}/ask-access", body, {"Content-Type": "application/x-www-form-urlencoded"}).status == 303
    granted = house.fresh("friend")
    assert house.bob.api.post(f"/api/models/{repo}/user-access-request/grant", {"user": granted.name}).status == 200
    owner = visit(person=house.bob)
    owner.go(f"/{repo}/settings")
    with owner.page.expect_download() as download:
        owner.link("repo.requests_report").click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))
    assert download.value.suggested_filename == f"{repo.replace('/', '-')}-access.csv"
    assert rows[0] == ["user", "fullname", "email", "status", "timestamp", "decided_at", "rejection_reason", "Company", "会社の国", "Start", "'=SUM(A1), use", "I read the terms"]
    assert {row[0]: (row[3], row[7]) for row in rows[1:]} == {reader.name: ("accepted", "'=HYPERLINK(1)"), granted.name: ("accepted", "")}
    found = house.bob.api.get(f"/{repo}/user-access-report", headers={"Accept": "application/json"}).json()
    assert [one["fields"] for one in found if one["user"] == reader.name] == [form]
    assert reader.api.get(f"/{repo}/user-access-report").status == 403
    assert house.fresh("stranger").api.get(f"/{repo}/user-access-report").status == 403
