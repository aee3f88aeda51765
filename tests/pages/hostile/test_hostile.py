# Cards, files, names and addresses that mean harm: nothing runs, nothing leaves its box, nothing asks another host, nothing is taken for a
# part of the page.
import re
import unicodedata
import urllib.parse

import pytest
from cards_of_models import EVIL, HOSTILE, LARGE_TABLE, LONG_LINE, PICTURE
from house import plain
from playwright.sync_api import expect
from words import LANGUAGES

ODD_NAMES = {
    "angle": "a<b>&\"quote'.txt",
    "tag": "<img src=x onerror=window.hacked=1>.txt",
    "hash": "a#b.txt",
    "question": "a?b=c&d.txt",
    "percent": "a%2Fb%00.txt",
    "plus": "a+b c.txt",
    "emoji": "👩‍🔬 📈.txt",
    "nfd": unicodedata.normalize("NFD", "café-が.txt"),
    "bidi": "invoice\u202etxt.exe",
    "long": "n" * 251 + ".txt",
    "han": "直骨次.txt",
    "semicolon": "a;b=c:d|e.txt",
    "script": "javascript:alert(1).txt",
    "dots": "..a...txt",
}


@pytest.fixture(scope="module")
def goods(house):
    """One repository per kind of harm, of one owner."""
    eve = house.person("eve")
    made = {}
    for name, card in (("hostile", HOSTILE), ("table", LARGE_TABLE), ("line", LONG_LINE)):
        made[name] = house.repository(eve, name, {"README.md": card})
    page = b"<!doctype html><script>window.hacked = 1; document.title = document.cookie</script><h1>Mine</h1>"
    picture = b'<svg xmlns="http://www.w3.org/2000/svg" onload="window.hacked=1"><script>window.hacked=2</script><text>x</text></svg>'
    xml = b'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="x.svg"?><a xmlns="http://www.w3.org/1999/xhtml"><script>window.hacked=3</script></a>'
    made["active"] = house.repository(eve, "active", {
        "README.md": "![in](picture.png) ![svg](x.svg) [page](index.html)\n", "index.html": page, "x.svg": picture, "x.xml": xml, "page.xhtml": xml, "x.js": b"window.hacked = 4", "x.pdf": b"%PDF-1.4",
        "picture.png": PICTURE, "not-a-picture.png": page,
    })
    made["names"] = house.repository(eve, "names", {name: f"content of {key}" for key, name in ODD_NAMES.items()} | {f"folder/{name}": "inside" for name in (ODD_NAMES["hash"], ODD_NAMES["tag"])})
    return made


def nothing_ran(window):
    assert window.page.evaluate("() => window.hacked") is None
    assert urllib.parse.urlsplit(window.page.url).netloc == urllib.parse.urlsplit(window.url).netloc


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_card(house, visit, goods, lang):
    window = visit(lang=lang, width=390 if lang == "ja" else 1280, person=house.alice)
    window.go(f"/{goods['hostile']}")
    page, card = window.page, window.page.locator(".prose")
    expect(card).to_contain_text("The end of the card.")
    nothing_ran(window)
    for element in ("script", "style", "base", "form", "iframe", "object", "embed", "svg", "video", "audio", "meta", "link", "math", "template", "textarea", "plaintext", "k-checkout", "k-try", "button:not(.copy)"):
        assert card.locator(element).count() == 0, element
    # nothing of the author's is an id, a class or a style of the page
    assert card.evaluate("(card) => [...card.querySelectorAll('[id]')].every((one) => one.id.startsWith('user-content-'))")
    assert card.evaluate("(card) => [...card.querySelectorAll('[style], [name], [onerror], [onload], [formaction], [srcset]')].length") == 0
    assert card.evaluate("(card) => [...card.querySelectorAll('.btn-primary')].length") == 0
    assert page.evaluate("() => document.getElementById('main').tagName") == "MAIN" and page.evaluate("() => document.getElementById('k-context').tagName") == "SCRIPT"
    for link in card.locator("a[href]").all():
        href = link.get_attribute("href")
        assert re.match(r"(https?:|mailto:|/|#)", href), href
        if href.startswith("http"):
            assert {"nofollow", "ugc", "noopener"} <= set((link.get_attribute("rel") or "").split()), href
    assert card.locator("img").evaluate_all("(all) => all.every((one) => new URL(one.src).origin === location.origin)")
    # it stays in its box: nothing of it lies over the header or beside the page
    window.fits()
    assert page.evaluate("() => { const bar = document.querySelector('header.bar').getBoundingClientRect(); const hit = document.elementFromPoint(bar.left + 30, bar.top + 20); return Boolean(hit.closest('header.bar')); }")
    assert page.locator("h1").count() == 1
    # reordering and invisible characters are shown as what they are
    text = card.inner_text()
    for hidden in "\u202e\u2066\u200b\U000e0041":
        assert hidden not in text, hex(ord(hidden))
    for named in ("202E", "2066", "200B"):
        assert named in text.upper(), named
    window.allow("status 404: GET /eve/hostile/resolve/main/x", "status 404: GET /assets/none", "console: .* status of 404")


def test_large_table(house, visit, goods):
    window = visit(width=390)
    window.go(f"/{goods['table']}")
    expect(window.page.locator(".prose")).to_contain_text("After the table.")
    assert window.page.locator(".prose td").count() == 10_000
    window.fits()
    box = window.page.locator(".prose table").locator("xpath=ancestor::*[@tabindex='0'][1]")
    expect(box).to_have_attribute("aria-label", re.compile(".+"))


def test_line_of_a_megabyte(house, visit, goods):
    window = visit(width=390)
    window.go(f"/{goods['line']}")
    expect(window.page.locator(".prose")).to_contain_text("After the line.")
    window.fits()


@pytest.mark.parametrize("file", ["index.html", "x.svg", "x.xml", "page.xhtml", "x.js", "x.pdf", "not-a-picture.png"])
def test_resolved_files_are_inert(house, visit, goods, file):
    for way in ("resolve", "raw"):
        answer = plain(house.url, f"/{goods['active']}/{way}/main/{file}", {"Accept": "text/html,*/*", "Cookie": "lang=en"})
        if answer.status == 404 and way == "raw":
            continue
        headers = {name.lower(): value for name, value in answer.getheaders()}
        assert headers["x-content-type-options"] == "nosniff", (way, headers)
        assert "sandbox" in headers["content-security-policy"] and "default-src 'none'" in headers["content-security-policy"], (way, headers)
        kind = headers["content-type"].split(";")[0]
        # a PDF keeps its type: in a sandbox the browser's viewer does not start
        assert kind in ("text/plain", "application/octet-stream", "image/png", "application/pdf"), (way, kind)
    window = visit(person=house.alice)
    try:
        window.page.goto(f"/{goods['active']}/resolve/main/{file}")
    except Exception as error:  # it became a download
        assert "Download is starting" in str(error), error
    else:
        # the browser's viewer of plain text is no page of the author's
        assert window.page.evaluate("() => [window.hacked, document.contentType]")[0] is None
        assert window.page.evaluate("() => document.contentType") in ("text/plain", "image/png", "application/pdf")
        assert window.page.title() != "Mine"
    window.allow("console:", "failed:")


def test_pictures_of_a_card(house, visit, goods):
    window = visit()
    window.go(f"/{goods['active']}")
    pictures = window.page.locator(".prose img")
    assert [urllib.parse.urlsplit(one).path for one in pictures.evaluate_all("(all) => all.map((one) => one.src)")] == [f"/{goods['active']}/resolve/main/picture.png"]
    expect(pictures.first).to_have_js_property("complete", True)
    assert pictures.first.evaluate("(one) => one.naturalWidth") == 32
    nothing_ran(window)


@pytest.mark.parametrize("key", ODD_NAMES)
def test_odd_names_are_listed_opened_and_downloaded(house, visit, goods, key):
    window = visit(width=390 if key in ("long", "tag") else 1280)
    window.go(f"/{goods['names']}/tree/main")
    name = ODD_NAMES[key]
    path = f"/{goods['names']}/blob/main/" + urllib.parse.quote(name, safe="")
    links = window.page.locator("table.files th a")
    hrefs = links.evaluate_all("(all) => all.map((one) => one.pathname)")
    found = [i for i, href in enumerate(hrefs) if urllib.parse.unquote(href) == f"/{goods['names']}/blob/main/{name}"]
    assert len(found) == 1, (name, hrefs)
    row = window.page.locator("table.files tbody tr").nth(found[0])
    if key == "bidi":
        assert "202E" in row.inner_text().upper()
    elif key != "emoji":
        assert name in row.locator("th a").inner_text().replace("\u00ad", ""), row.inner_text()
    window.fits()
    body, suggested = window.download(lambda: row.locator("td a").last.click())
    assert body.decode() == f"content of {key}"
    assert suggested
    links.nth(found[0]).click()
    window.page.wait_for_url(re.compile(r"/blob/main/"))
    window.settle()
    expect(window.page.locator("main")).to_contain_text(f"content of {key}")
    assert window.page.url.startswith(house.url) and urllib.parse.unquote(urllib.parse.urlsplit(window.page.url).path) == urllib.parse.unquote(path)
    window.fits()
    nothing_ran(window)


def test_odd_names_in_a_folder(house, visit, goods):
    window = visit()
    window.go(f"/{goods['names']}/tree/main/folder")
    assert window.page.locator("table.files tbody tr").count() == 2
    window.page.locator("table.files th a").first.click()
    window.page.wait_for_url(re.compile(r"/blob/main/folder/"))
    expect(window.page.locator("main")).to_contain_text("inside")
    nothing_ran(window)


def test_hostile_words_everywhere(house, visit):
    """Titles, summaries, commit messages, names: text stays text on every page that shows it."""
    bad = "<script>window.hacked=1</script><img src=x onerror=window.hacked=2>\u202e{0} ${1} {{2}}"
    repo = house.small_model()
    house.bob.api.commit(repo, {"a.txt": "x"}, summary=bad)
    listing = house.bob.post("/api/v1/listings", {"asset": f"model:{repo}", "title": bad[:110], "summary": bad[:130], "category": "tests", "delivery": ["download"], "licence_template": "custom-commercial-1"})
    plan = house.bob.post(f"/api/v1/listings/{listing['id']}/plans", {"currency": "USD", "components": [{"id": "licence", "kind": "one_off", "amount": "1.00", "term": "prepaid"}], "refund_policy": "standard_7d", "tax_behaviour": "exclusive"})
    offer = house.bob.post(f"/api/v1/listings/{listing['id']}/offers", {"plan": plan["id"], "plan_version": 1, "visibility": "public", "rights": ["use", "download"], "licence": "custom-commercial-1", "auto_accept": False, "valid_until": None, "buyer": None})
    house.bob.post(f"/api/v1/listings/{listing['id']}/submit")
    house.op.post(f"/api/v1/listings/{listing['id']}/approve")
    window = visit(person=house.alice)
    for path in (f"/{repo}", f"/{repo}/commits/main", f"/{repo}/tree/main", "/market", "/market?q=" + urllib.parse.quote(bad), "/search?q=" + urllib.parse.quote(bad), f"/market/offers/{offer['id']}", "/models?task=" + urllib.parse.quote(bad), "/"):
        window.go(path)
        nothing_ran(window)
        assert window.page.locator("main script, main img[src='x']").count() == 0, path
        window.fits()


NEXTS = ["//evil.example", "https://evil.example", "https:evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example", "javascript:alert(1)", "data:text/html,x", "/\t/evil.example", " //evil.example", "/\n/evil.example", "///evil.example", EVIL + "/x"]


@pytest.mark.parametrize("next", NEXTS)
def test_next_stays_in_the_house(house, visit, next):
    window = visit()
    window.page.goto("/login?next=" + urllib.parse.quote(next, safe=""))
    window.page.locator("#name").fill("alice")
    window.page.locator("#password").fill(house.alice.password)
    window.page.locator("main button[type=submit]").click()
    window.page.wait_for_url(lambda url: "/login" not in url)
    assert urllib.parse.urlsplit(window.page.url).netloc == urllib.parse.urlsplit(house.url).netloc
    window.allow("status 404: GET /%09/evil.example", "console: .* status of 404")


@pytest.mark.parametrize("path", ["/settings/language", "/settings/theme"])
def test_next_of_the_small_forms(house, path):
    answer = plain(house.url, path, {"Content-Type": "application/x-www-form-urlencoded", "Origin": house.url}, "POST", "lang=ja&theme=dark&next=%2F%2Fevil.example")
    assert answer.status == 303 and answer.getheader("Location") == "/"


def test_forms_from_another_site(house):
    """Another site's form neither signs in, nor buys, nor signs out."""
    session = house.alice.session()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Cookie": f"kontor_session={session}", "Accept": "text/html"}
    sale = house.for_sale()
    before = len(house.alice.orders())
    assert plain(house.url, "/login", headers, "POST", f"name=alice&password={house.alice.password}").status == 403
    assert plain(house.url, sale.checkout, headers, "POST", "csrf=x&key=abcdefgh12345678&offer_version=1&expected_total=5.00&buyer=alice&accept=1").status in (401, 403)
    assert plain(house.url, "/logout", headers, "POST", "csrf=wrong").status in (401, 403)
    assert len(house.alice.orders()) == before
    assert plain(house.url, "/account", {"Accept": "text/html", "Cookie": f"kontor_session={session}"}).status == 200


def test_policy_of_every_page(house):
    """The header as designed; the upload page alone differs."""
    session = house.bob.session()
    strict = None
    for path in ("/", "/models", "/bob/digits", "/bob/digits/price", "/account", "/sell", "/login", "/trade-log", "/not/there"):
        answer = plain(house.url, path, {"Accept": "text/html", "Cookie": f"kontor_session={session}"})
        policy = answer.getheader("Content-Security-Policy")
        if policy is None and answer.status == 303:
            continue
        strict = strict or policy
        assert policy == strict, path
        assert answer.getheader("X-Content-Type-Options") == "nosniff" and answer.getheader("Cross-Origin-Opener-Policy") == "same-origin" and answer.getheader("Referrer-Policy") == "strict-origin-when-cross-origin", path
    assert "unsafe" not in strict and "http" not in strict and "*" not in strict and "require-trusted-types-for 'script'" in strict and "frame-ancestors 'none'" in strict
    upload = plain(house.url, "/bob/empty/upload/main", {"Accept": "text/html", "Cookie": f"kontor_session={session}"}).getheader("Content-Security-Policy")
    assert upload != strict and "'wasm-unsafe-eval'" in upload and "unsafe-inline" not in upload
