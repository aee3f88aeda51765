# A fourth language is a file: dropped into web/messages and built, it is in the switch and on the pages, of the server and of the scripts,
# with no code changed and the program as it is.
import json
import os
import re
import shutil
import subprocess

import pytest
from house import PASSWORD
from playwright.sync_api import expect
from server import Server
from words import MESSAGES, table

WEB = MESSAGES.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """web/ with one file more, built beside."""
    copy, out = tmp_path_factory.mktemp("web"), tmp_path_factory.mktemp("built")
    shutil.copytree(WEB, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(WEB / "node_modules")
    # each message in brackets tells whether it came from this file
    texts = {key: f"\u27e6{text}\u27e7" for key, text in table("en").items()} | {"language.name": "Esperanto", "language.tag": "eo"}
    (copy / "messages" / "eo.json").write_text(json.dumps(texts, ensure_ascii=False, indent=1) + "\n")
    done = subprocess.run(["node", "build.mjs", "--messages"], cwd=copy, env={**os.environ, "KONTOR_WEB_OUT": str(out / "web")}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return out / "web"


def outside(page, where):
    """Texts of words that stand in no brackets. Names, times, amounts and the languages' own names are nobody's messages."""
    return page.locator(where).first.evaluate("""(root) => {
      const out = [];
      const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) {
        const parent = walk.currentNode.parentElement;
        if (!/\\p{L}{3}/u.test(walk.currentNode.data) || parent.closest("bdi, .switch-language, .mark, script, code, time, noscript, .money, option")) continue;
        const whole = parent.matches("a, strong, em") ? parent.closest("p, li, label, h1") ?? parent : parent;
        if (!/\u27e6/.test(whole.textContent) && !/^[\\w-]+\\.md$/.test(whole.textContent)) out.push(walk.currentNode.data.trim());
      }
      return out; }""")


def test_a_fourth_language(built, browser):
    server = Server(more=["--web-dir", str(built)]).start()
    try:
        server.cli("user", "add", "ana", "--password-stdin", input=PASSWORD + "\n")
        context = browser.new_context(base_url=server.url, locale="en-GB")
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.goto("/login")
        page.locator("header details.preferences summary").click()
        choices = page.locator("header form.switch-language button")
        assert choices.all_inner_texts() == ["English", "Esperanto", table("ja")["language.name"], table("zh")["language.name"]]
        choices.nth(1).click()
        expect(page.locator("html")).to_have_attribute("lang", "eo")
        assert outside(page, "main") == [] and outside(page, "header.bar") == []
        page.locator("#name").fill("ana")
        page.locator("#password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        for path, part in (("/models", "main .empty, main #results"), ("/account/wallet", "main"), ("/settings/profile", "main form"), ("/new?kind=model", "main form")):
            page.goto(path)
            page.wait_for_load_state("networkidle")
            expect(page.locator("h1")).to_have_text(re.compile("\u27e6.*\u27e7"))
            assert outside(page, part) == [], path
        assert "\u27e6" in context.request.get("/models", headers={"Accept": "text/html", "Accept-Language": "eo", "Cookie": "lang=eo"}).text()
        context.close()
        server.stop()
    finally:
        server.remove()
