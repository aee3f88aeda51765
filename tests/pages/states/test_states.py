# Every page in three languages, on a desk and on a phone, light and dark: a picture of each (build/screenshots), the rules of accessibility,
# one heading, landmarks once, no sideways scrolling, a title of its own, and nothing forbidden on the way.
import fcntl
import html
import os
import re

import cards_of_models
import pytest
from addresses_of_pages import CASES, PICTURES, STATES, built
from axe import faults_of_axe
from playwright.sync_api import expect
from visit import WIDTHS, Visit
from words import LANGUAGES, TAGS

TALLEST = 4000  # px of a picture
# KONTOR_PICTURES=all: each page in each language, width and theme; else two of the four in Japanese and Chinese.
ALL_PICTURES = os.environ.get("KONTOR_PICTURES") == "all"


@pytest.fixture(scope="module")
def windows(house, browser):
    """One window per language and person: assets come from its cache, as for a reader."""
    made = {}

    def window(lang, who):
        if (lang, who) not in made:
            made[lang, who] = Visit(browser, house.url, lang=lang, person=house.people[who] if who else None, touch=False)
        one = made[lang, who]
        one.faults.clear()
        one.allowed.clear()
        return one

    yield window
    for one in made.values():
        one.close(check=False)
    write_index()


def write_index():
    PICTURES.mkdir(parents=True, exist_ok=True)
    there = {one.name for one in PICTURES.glob("*.png")}
    rows = []
    for name in [*(case.name for case in CASES), *STATES, *(f"card-{one}" for one in cards_of_models.CARDS)]:
        shots = sorted(one for one in there if re.fullmatch(re.escape(name) + r"-(en|ja|zh)-\d+-(light|dark)\.png", one))
        if shots:
            rows.append(f"<h2>{html.escape(name)}</h2><div>" + "".join(f'<a href="{one}"><img loading="lazy" src="{one}" alt="{one}" title="{one}"></a>' for one in shots) + "</div>")
    (PICTURES / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><title>Pages</title><style>div{display:flex;gap:8px;overflow-x:auto}img{height:420px;border:1px solid #999}body{font:14px sans-serif}</style>' + "\n".join(rows))


def outline_faults(page):
    return page.evaluate("""() => {
      const faults = [];
      const shown = (one) => one.checkVisibility?.() ?? true;
      const count = (what, selector) => { const n = [...document.querySelectorAll(selector)].filter(shown).length; if (n !== 1) faults.push(`${n} ${what}`); };
      count("h1", "h1");
      count("main", "main, [role=main]");
      count("banner", "body > header, [role=banner]");
      count("contentinfo", "body > footer, [role=contentinfo]");
      count("search", "header [role=search], header search");
      const labels = [...document.querySelectorAll("nav")].filter(shown).map((one) => one.getAttribute("aria-label") ?? document.getElementById(one.getAttribute("aria-labelledby"))?.textContent ?? "");
      if (labels.includes("")) faults.push("a nav without a name");
      if (new Set(labels).size !== labels.length) faults.push("two navs of one name: " + labels.join(", "));
      let before = 0;
      for (const one of [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(shown)) {
        const level = Number(one.tagName[1]);
        if (level > before + 1 && before > 0 && !one.closest(".prose")) faults.push(`h${level} after h${before}: ${one.textContent.slice(0, 40)}`);
        before = level;
      }
      const skip = document.querySelector("body > a.skip");
      if (!skip || !document.querySelector(skip.getAttribute("href"))) faults.push("no skip link");
      const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
      const twice = ids.filter((one, i) => ids.indexOf(one) !== i);
      if (twice.length) faults.push("id twice: " + [...new Set(twice)].slice(0, 5).join(", "));
      return faults;
    }""")


def untranslated(page):
    """Names of messages, places that were not filled, and the like, in what is seen."""
    text = page.evaluate("() => { const copy = document.body.cloneNode(true); for (const one of copy.querySelectorAll('pre, code, script, textarea, .prose')) one.remove(); return copy.innerText; }")
    return re.findall(r"\b(?:nav|repo|common|account|order|wallet|sell|operator|settings|error|state|term)\.[a-z_]{3,}\b|\{[a-z_]+\}|\bundefined\b|\bNaN\b|\[object \w+\]", text)


def keep_title(lang, case, title, tmp_path_factory):
    """Held against all pages of this language so far, whichever worker saw them."""
    shared = tmp_path_factory.getbasetemp()
    if shared.name.startswith("popen-"):
        shared = shared.parent
    with open(shared / f"titles-{lang}", "a+") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        kept.seek(0)
        seen = dict(reversed(line.rstrip("\n").split("\t", 1)) for line in kept)
        assert seen.get(title, case.name) == case.name, f"{case.name} has the title of {seen[title]}: {title}"
        kept.write(f"{case.name}\t{title}\n")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", built(), ids=lambda case: case.name)
def test_page(house, windows, lang, case, tmp_path_factory):
    window, faults, broken = windows(lang, case.who), [], {}
    page = window.page
    page.set_viewport_size({"width": 1280, "height": WIDTHS[1280]})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if case.status != 200:
        window.allow(rf"status {case.status}: GET {re.escape(case.address(house))}", f"console: .* status of {case.status}")
    if "of-another" in case.name:
        window.allow("status 404: GET /api/v1/", "console: .* status of 404")
    response = window.go(case.address(house))
    assert response.status == case.status
    try:
        window.check()
    except AssertionError as wrong:
        faults.append(str(wrong))
    assert page.locator("html").get_attribute("lang") == TAGS[lang]
    assert re.fullmatch(r".+ - Kontor", page.title()), page.title()
    faults += [f"words: {one}" for one in untranslated(page)]
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        for theme in ("light", "dark"):
            looked_at = {"en": ((1280, "light"), (390, "dark")), "ja": ((390, "light"), (1280, "light")), "zh": ((1280, "dark"), (390, "light"))}[lang]
            if not ALL_PICTURES and (width, theme) not in looked_at:
                continue
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            tall = min(TALLEST, page.evaluate("() => document.documentElement.scrollHeight"))
            page.screenshot(path=PICTURES / f"{case.name}-{lang}-{width}-{theme}.png", full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall}, animations="disabled")
            if ALL_PICTURES or lang == "en" or (width, theme) == looked_at[0]:
                for one in faults_of_axe(page):
                    broken.setdefault(one, []).append(f"{width} px {theme}")
        faults += [f"outline at {width} px: {one}" for one in outline_faults(page)]
        try:
            window.width = width
            window.fits()
        except AssertionError as wrong:
            faults.append(str(wrong))
    page.set_viewport_size({"width": 320, "height": WIDTHS[320]})
    try:
        window.width = 320
        window.fits()
    except AssertionError as wrong:
        faults.append(str(wrong))
    if case.titled:
        try:
            keep_title(lang, case, page.title(), tmp_path_factory)
        except AssertionError as wrong:
            faults.append(str(wrong))
    faults += [f"axe at {', '.join(where)}: {what}" for what, where in broken.items()]
    if faults:
        pytest.fail("\n".join(dict.fromkeys(faults)), pytrace=False)


def test_no_report_of_a_browser(house):
    """The server has counted no violation of its policy either."""
    counted = [line for line in house.op.api.get("/metrics").text.split("\n") if line.startswith("kontor_csp_reports_total")]
    assert counted and counted[0].split()[1] == "0", counted


@pytest.mark.parametrize("card", cards_of_models.CARDS)
def test_card(windows, card):
    """Twenty cards as people write them, to be looked at; none is wider than the page, and formulas, code and tables are what they are."""
    window = windows("en", None)
    for width in (1280, 390):
        window.page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        window.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        window.go(f"/ana/{card}")
        window.width = width
        window.fits()
        tall = min(TALLEST, window.page.evaluate("() => document.documentElement.scrollHeight"))
        window.page.screenshot(path=PICTURES / f"card-{card}-en-{width}-light.png", full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall}, animations="disabled")
    window.check()
    text = cards_of_models.CARDS[card]["README.md"]
    article = window.page.locator("article.prose")
    if "$$" in text:
        expect(article.locator("math").first).to_be_visible()
    if "```python" in text:
        article.locator("pre code.language-python").first.scroll_into_view_if_needed()
        expect(article.locator("pre [class*=hljs]").first).to_be_attached()
    if "| ---" in text:
        expect(article.locator("table").first).to_be_visible()
    if "- [x]" in text:
        assert article.locator("li.task").count() == text.count("- [x]") + text.count("- [ ]")
    if "[^1]" in text:
        # there and back again, by name
        article.get_by_role("link", name=window.like("repo.footnote", n=1, whole=True)).click()
        expect(article.locator(".footnotes li:target")).to_be_in_viewport()
        article.get_by_role("link", name=window.like("repo.footnote_back", n=1, whole=True)).click()
        expect(article.locator("sup a:target")).to_be_in_viewport()
