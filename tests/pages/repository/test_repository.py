# /new and a repository's settings: made, hidden, branched, moved, deleted, by the page alone.
import os

import pytest
from playwright.sync_api import expect
from words import LANGUAGES


def name_of(house):
    house.count += 1
    return f"made-{house.count}-{os.getpid() % 10_000}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_repository_is_made_with_its_card(house, visit, lang):
    window, name = visit(lang=lang, width={"en": 1280, "ja": 390, "zh": 1280}[lang], person=house.bob), name_of(house)
    page = window.page
    window.go("/new?kind=model")
    field = page.locator("#repository-name")
    field.fill("digits")
    expect(window.text("repo.name_taken", name="bob/digits")).to_be_visible()
    field.fill("two words")
    field.blur()
    expect(window.text("repo.name_characters")).to_be_visible()
    field.fill(name)
    expect(window.text("repo.name_free", name=f"bob/{name}")).to_be_visible()
    window.field("repo.task_of_files").fill(window.say("task.image-classification"))
    page.keyboard.press("Enter")
    assert "pipeline_tag: image-classification" in page.locator("textarea.code").input_value()
    window.fits()
    window.button("repo.create").click()
    page.wait_for_url(f"**/bob/{name}")
    assert house.bob.get(f"/api/models/bob/{name}")["pipeline_tag"] == "image-classification"


def test_a_name_that_was_taken_meanwhile(house, visit):
    window, name = visit(person=house.bob), name_of(house)
    window.go("/new?kind=model")
    window.allow(r"status 409: POST /api/repos/create", r"console: .*409")
    window.page.locator("#repository-name").fill(name)
    expect(window.text("repo.name_free", name=f"bob/{name}")).to_be_visible()
    house.bob.api.create_repo(name)
    window.button("repo.create").click()
    expect(window.text("repo.name_taken", name=f"bob/{name}")).to_be_visible()
    expect(window.page.locator("#repository-name")).to_be_focused()


def test_settings(house, visit):
    window, name = visit(person=house.bob), name_of(house)
    page = window.page
    house.bob.api.create_repo(name)
    window.go(f"/bob/{name}/settings")
    window.allow(r"status 404: GET /api/models/", r"console: .*404")
    page.get_by_label(window.like("repo.private", whole=False)).first.check()
    window.button("common.save").click()
    expect(page.locator(".toast")).to_be_visible()
    assert house.bob.get(f"/api/models/bob/{name}")["private"] is True
    window.button("repo.new_branch").click()
    page.locator("dialog[open] input").fill("dev")
    window.button("repo.make_branch").click()
    expect(page.get_by_role("link", name="dev", exact=True)).to_be_visible()
    window.button("repo.delete_ref", name="dev").click()
    window.button("repo.delete_ref", within=page.locator("dialog[open]"), name="dev").click()
    expect(page.get_by_role("link", name="dev", exact=True)).to_have_count(0)
    page.locator("#repository-name").fill(name + "-b")
    window.button("repo.move_button").click()
    page.locator("dialog[open] .btn-danger").click()
    page.wait_for_url(f"**/bob/{name}-b/settings")
    window.settle()
    page.locator("main section > div > .btn-danger").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.locator(".btn-danger")).to_have_attribute("aria-disabled", "true")
    dialog.locator("input").fill(f"bob/{name}-b")
    dialog.locator(".btn-danger").click()
    page.wait_for_url("**/bob")
    assert house.bob.api.get(f"/api/models/bob/{name}-b").status == 404


def test_what_is_for_sale_is_not_deleted(house, visit):
    sale = house.for_sale()
    window = visit(person=house.bob)
    window.go(f"{sale.path}/settings")
    expect(window.text("repo.delete_listed")).to_be_visible()
    expect(window.page.locator("main section > div > .btn-danger")).to_have_count(0)
