# How pages stand: very wide, with large text, on paper, without motion, with fonts of three scripts; copying; typing with an input method;
# code samples that run as they stand.
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect
from words import LANGUAGES

PAGES = ["/", "/models", "/bob/digits", "/bob/digits/price", "/bob/digits/tree/main", "/trade-log"]


def test_lines_are_not_too_long_on_a_wide_screen(house, visit):
    window = visit()
    window.page.set_viewport_size({"width": 2560, "height": 1400})
    for path in ("/ana/embed-multi", "/ana/base-small", "/about"):
        window.go(path)
        # characters on the longest line: width of the text over the width of a digit
        longest = window.page.evaluate("""() => Math.max(0, ...[...document.querySelectorAll("main p")].filter((one) => one.textContent.length > 200).map((one) => {
          const probe = document.createElement("span"); probe.textContent = "0".repeat(100); probe.style.whiteSpace = "nowrap"; probe.style.position = "absolute"; one.append(probe);
          const wide = probe.getBoundingClientRect().width / 100; probe.remove();
          return one.getBoundingClientRect().width / wide; }))""")
        assert longest <= 80, (path, longest)
        window.fits()


@pytest.mark.parametrize("lang, width", [("en", 1280), ("ja", 390), ("zh", 390)])
def test_text_at_200_percent(house, visit, lang, width):
    window = visit(lang=lang, width=width, person=house.alice)
    for path in [*PAGES, "/account/wallet", f"/account/orders/{house.order['id']}", house.digits.checkout]:
        window.go(path)
        window.page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
        window.fits()
        cut = window.page.evaluate("""() => [...document.querySelectorAll("button, .btn, h1, h2, label, .badge, th")].filter((one) => one.checkVisibility())
          .filter((one) => { const s = getComputedStyle(one); return s.overflow === "hidden" && (one.scrollHeight > one.clientHeight + 2 || one.scrollWidth > one.clientWidth + 2) && s.textOverflow !== "ellipsis" && !one.closest(".sr-only") && s.position !== "absolute"; })
          .map((one) => one.outerHTML.slice(0, 120))""")
        assert cut == [], (path, cut)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_an_order_on_paper(house, visit, paper):
    window = visit(person=house.alice)
    window.go(f"/account/orders/{house.order['id']}")
    window.page.emulate_media(media="print")
    for gone in ("header.bar", "nav.crumbs", "footer.foot"):
        expect(window.page.locator(gone)).to_be_hidden()
    expect(window.page.locator("main")).to_contain_text("50.00")
    # the whole number, where the screen shows its ends
    assert house.order["id"] in window.page.locator("h1 code").evaluate("(one) => getComputedStyle(one, '::after').content")
    assert window.page.evaluate("() => getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert window.page.evaluate("() => getComputedStyle(document.body).backgroundColor") in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    pdf = window.page.pdf(format=paper)
    assert pdf.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 3


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_statement_on_paper(house, visit, paper):
    """Longer than a page: heads on each, breaks between lines and not inside of one."""
    seller = house.fresh("s")
    sale = house.sell(house.small_model(seller), {"id": "licence", "kind": "one_off", "amount": "0.01", "term": "prepaid"}, owner=seller)
    for _ in range(3):
        house.buy(house.fresh(money="1.00"), sale, "0.01")
    window = visit(person=seller)
    window.go("/sell/earnings")
    rows = window.page.locator("section[aria-labelledby=statement-head] tbody tr")
    expect(rows).to_have_count(3)
    # forty lines more of the same: what a busy month looks like
    rows.first.evaluate("(row) => { for (let i = 0; i < 40; i++) row.after(row.cloneNode(true)); }")
    window.page.emulate_media(media="print")
    for gone in ("header.bar", "nav.crumbs", "footer.foot", "main nav.tabs", "main .filters .btn"):
        expect(window.page.locator(gone).first).to_be_hidden()
    expect(window.page.locator("main")).to_contain_text(window.say("term.statement_seller"))
    how = window.page.evaluate("""() => { const table = document.querySelector("section[aria-labelledby=statement-head] table"); const of = (one) => getComputedStyle(one);
      return [...new Set([...table.querySelectorAll("tbody tr")].map((row) => of(row).breakInside)), of(table.tHead).display, of(document.body).color]; }""")
    assert how == ["avoid", "table-header-group", "rgb(0, 0, 0)"]
    pdf = window.page.pdf(format=paper)
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 6


def test_nothing_moves_when_motion_is_not_wanted(house, visit):
    window = visit()
    window.page.emulate_media(reduced_motion="reduce")
    for path in (*PAGES, "/design"):
        window.go(path)
        moving = window.page.evaluate("""() => [...document.querySelectorAll("*")].filter((one) => { const s = getComputedStyle(one);
          return [s.transitionDuration, s.animationDuration].some((all) => all.split(",").some((d) => parseFloat(d) > 0.011)); }).slice(0, 5).map((one) => one.outerHTML.slice(0, 100))""")
        assert moving == [], (path, moving)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_forced_colours(house, visit, theme):
    """The reader's own palette: what has the focus and what is chosen is still told apart, by an outline and a border of the system."""
    window = visit(person=house.alice)
    window.page.emulate_media(forced_colors="active", color_scheme=theme)
    window.go("/models?task=text-generation")
    window.page.locator("#filter-q").focus()
    outline = window.page.locator("#filter-q").evaluate("(one) => { const s = getComputedStyle(one); return [s.outlineStyle, parseFloat(s.outlineWidth)]; }")
    assert outline[0] != "none" and outline[1] >= 1
    button = window.page.locator("main .btn").first.evaluate("(one) => { const s = getComputedStyle(one); return [s.borderStyle, parseFloat(s.borderTopWidth)]; }")
    assert button[0] != "none" and button[1] >= 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_in_forced_colours(house, visit, theme):
    """Two series in one colour of the reader's palette: the second is hatched in the colour of the ground."""
    window = visit(person=house.bob)
    window.page.emulate_media(forced_colors="active", color_scheme=theme)
    window.go("/sell/earnings")
    chart = window.page.locator("figure.chart")
    colour = """(one, name) => getComputedStyle(one)[name]"""
    ink, ground = window.page.evaluate("""() => { const one = document.createElement("i"); one.style.color = "CanvasText"; one.style.backgroundColor = "Canvas"; document.body.append(one);
      const s = getComputedStyle(one); const out = [s.color, s.backgroundColor]; one.remove(); return out; }""")
    assert ink != ground
    for series in ("s1", "s2"):
        assert chart.locator(f".legend .{series}").evaluate(colour, "fill") == ink
    assert chart.locator("svg[role=img] .s1").first.evaluate(colour, "fill") == ink
    assert chart.locator(".hatch").first.evaluate(colour, "stroke") == ground
    assert chart.locator(".legend li").nth(1).locator("rect").count() == 2 and chart.locator(".legend li").nth(0).locator("rect").count() == 1
    assert chart.locator("text").first.evaluate(colour, "fill") == ink
    window.go("/bob/digits")
    spark = window.page.locator("svg.spark").first
    if spark.count():
        assert spark.evaluate(colour, "fill") == ink


def test_han_shapes_follow_the_language_of_the_card(house, visit):
    """A Japanese card on a Chinese page: its language stands on the card, and the fonts of that language come first."""
    window = visit(lang="zh")
    window.go("/ana/ocr-ja")
    card = window.page.locator("article.prose")
    assert card.get_attribute("lang") == "ja"
    fonts = card.evaluate("(one) => getComputedStyle(one).fontFamily")
    page = window.page.evaluate("() => getComputedStyle(document.body).fontFamily")
    assert "JP" in fonts and "SC" in page and fonts != page
    assert card.locator("em").evaluate("(one) => getComputedStyle(one).fontStyle") == "normal"
    # the shapes differ where a font of each language is installed
    session = window.context.new_cdp_session(window.page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    used = {}
    for name, selector in (("card", "article.prose p"), ("page", "footer a")):
        node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        used[name] = [one["familyName"] for one in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]]
    assert any("JP" in one for one in used["card"]) and any("SC" in one for one in used["page"]), used


def test_input_method(house, visit):
    """What is not accepted yet is not searched for, and the Enter that accepts it does not send the form."""
    window = visit(lang="ja")
    window.go("/models")
    asked = []
    window.page.on("request", lambda request: asked.append(request.url) if "q=" in request.url or "/search" in request.url or "search=" in request.url else None)
    session = window.context.new_cdp_session(window.page)
    for field in ("#q", "#filter-q"):
        window.page.locator(field).focus()
        for text in ("に", "にほ", "にほn", "にほん"):
            session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
            window.page.wait_for_timeout(80)
        window.page.wait_for_timeout(500)  # longer than any pause after which a list is asked for
        assert asked == [], asked
        session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Process", "windowsVirtualKeyCode": 229})
        assert window.path == "/models" and asked == []
        session.send("Input.insertText", {"text": "日本"})
        window.until(lambda: asked, 5)
        asked.clear()
        window.page.locator(field).fill("")
        window.page.wait_for_url("**/models")
        window.settle()
        asked.clear()


def test_copy_buttons_copy_exactly(house, visit):
    window = visit()
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.go("/bob/digits")
    window.page.locator("button.copy[data-copy='bob/digits']").first.click()
    expect(window.page.get_by_role("status").filter(has_text=window.say("common.copied")).first).to_be_attached()
    window.until(lambda: window.page.evaluate("() => navigator.clipboard.readText()") == "bob/digits", 5)
    window.go("/bob/digits/code")
    tabs = window.page.get_by_role("tab")
    expect(tabs.first).to_be_visible()
    for n in range(tabs.count()):
        tabs.nth(n).click()
        panel = window.page.get_by_role("tabpanel").filter(visible=True)
        text = panel.locator("pre code").inner_text()
        panel.locator("button.copy").click()
        window.until(lambda: window.page.evaluate("() => navigator.clipboard.readText()").strip() == text.strip(), 5)
        assert not text.startswith("$ ")


@pytest.mark.parametrize("tool", ["hf", "python", "replicate", "curl"])
def test_code_samples_run_as_they_stand(house, visit, tmp_path, tool):
    window = visit(script=False)
    window.page.goto("/bob/digits/code")
    sample = window.page.locator("k-code section.codeblock").filter(has=window.page.get_by_role("heading", name=re.compile(f"^{tool}$", re.I))).first
    text = sample.locator("button.copy").get_attribute("data-copy")
    assert house.url in text and house.alice.token not in text
    bin = str(Path(sys.executable).parent)
    env = {"PATH": f"{bin}:{os.environ['PATH']}", "HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hf"), "KONTOR_TOKEN": house.alice.token, "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1"}
    words = [sys.executable, "-c", text] if "import" in text else ["bash", "-eu", "-c", text]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    if tool in ("hf", "python"):
        assert list(tmp_path.rglob("model.onnx")), done.stdout
    else:
        assert "score" in done.stdout or "succeeded" in done.stdout, done.stdout[-500:]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_title_price_and_action_come_first_on_a_phone(house, visit, lang):
    """What a screen reader reads, and where it stands: the thing, what it costs, what to do, then the card."""
    window = visit(lang=lang, width=390)
    window.go("/bob/digits")
    main = window.page.locator("main")
    action = main.locator(".rail .btn-primary").first
    tops = [one.bounding_box()["y"] for one in (main.locator("h1"), main.locator(".rail").get_by_text(re.compile("50")).first, action, main.locator("article.prose"))]
    assert tops == sorted(tops), tops
    read = main.aria_snapshot()
    at = [re.search(one, read) for one in (r"heading .*digits.*\[level=1\]", r"50[.,]00", re.escape(action.inner_text()), r"- article")]
    assert None not in at and [one.start() for one in at] == sorted(one.start() for one in at), read


FORMULAS = r"""# Formulas

We minimise

$$\sum_{i=1}^{n} \left(y_i - \hat{y}_i\right)^2 + \lambda \lVert w \rVert_2^2$$

with $\lambda = \frac{1}{2}$ and $x_{ij} \in \mathbb{R}^{d \times k}$ for all $i$, where $\alpha$ is a rate, and the rest of this line is only there so that it wraps.

""" + "Text that follows the formula. " * 20


def test_formulas_push_nothing(house, visit):
    """Drawn after the first paint they would move the text below them: the script that draws them comes late here."""
    repo, window, held = house.repository(house.fresh(), "formulas", {"README.md": FORMULAS}), visit(), []
    window.context.add_init_script("""window.moved = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) window.moved += one.value; }).observe({ type: "layout-shift", buffered: true });""")
    window.context.route(re.compile(r"/assets/maths-"), lambda route: held.append(route))
    window.page.goto(f"/{repo}", wait_until="commit")
    window.until(lambda: held and window.page.evaluate("() => performance.getEntriesByName('first-contentful-paint').length"))
    held[0].continue_()
    expect(window.page.locator("article.prose math").first).to_be_visible()
    window.settle()
    window.page.wait_for_timeout(200)  # the observer is told after the paint
    assert window.page.evaluate("() => window.moved") < 0.02


def test_a_card_is_read_also_when_its_formulas_never_come(house, visit):
    window = visit()
    window.allow(r"failed: GET /assets/maths-", r"console: Failed to load resource.*")
    window.context.route(re.compile(r"/assets/maths-"), lambda route: route.abort())
    window.page.emulate_media(reduced_motion="reduce")
    window.page.goto("/ana/ridge-prices")
    expect(window.page.locator("article.prose .math").first).to_be_visible()
    expect(window.page.locator("article.prose > *").last).to_be_visible()
