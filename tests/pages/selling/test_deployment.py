# A running deployment's settings: changed in a dialog, taken at once; what is wrong is named before it is sent.
import pytest
from house import trained_models
from playwright.sync_api import expect
from words import LANGUAGES


@pytest.mark.parametrize("lang", LANGUAGES)
def test_change_it_while_it_runs(house, visit, lang):
    made = house.deploy(house.bob, house.repository(house.bob, f"kept-{lang}", trained_models() / "breast-cancer"))
    window = visit(lang=lang, width={"en": 1280, "ja": 390, "zh": 320}[lang], person=house.bob)
    window.go(f"/sell/deployments/{made['id']}")
    window.button("common.edit").click()
    dialog = window.page.get_by_role("dialog")
    least, most = window.field("sell.min_replicas", within=dialog), window.field("sell.max_replicas", within=dialog)
    expect(least).to_have_value("0")
    least.fill("2")
    window.button("common.save", within=dialog).click()
    expect(window.text("sell.replicas_order")).to_be_visible()
    most.fill("3")
    least.fill("1")
    dialog.get_by_label(window.like("term.private", whole=False)).check()
    window.fits()
    window.button("common.save", within=dialog).click()
    expect(dialog).to_be_hidden()
    expect(window.text("sell.replicas_range", min="1", max="3")).to_be_visible()
    expect(window.page.locator("main dl").first).to_contain_text(window.like("term.private"))
    now = house.bob.get(f"/api/v1/deployments/{made['id']}")
    assert (now["visibility"], now["min_replicas"], now["max_replicas"]) == ("private", 1, 3)
    # let go of the process that is kept
    stopped = house.bob.api.request("DELETE", f"/api/v1/deployments/{made['id']}")
    assert stopped.status == 200
    window.go(f"/sell/deployments/{made['id']}")
    expect(window.link("sell.deploy_again")).to_be_visible()
    expect(window.button("common.edit")).to_have_count(0)
