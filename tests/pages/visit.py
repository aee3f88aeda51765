# One browser window as one person, and everything that must not happen in it: errors on the console, failed or refused requests, requests
# to other hosts, violations of the policy. What a test provokes itself it announces with `allow`.
import re
import time
import urllib.parse
from pathlib import Path

from playwright.sync_api import expect

from words import Words

PICTURES = Path(__file__).resolve().parents[2] / "build" / "screenshots"
WIDTHS = {1280: 900, 390: 844, 320: 640}

# Runs before the page's own scripts: violations of the policy come to the console with their directive.
WATCH = """document.addEventListener("securitypolicyviolation", (event) => console.error("CSP violation: " + event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile));"""


class Visit:
    def __init__(self, browser, url, lang="en", width=1280, theme=None, person=None, script=True, touch=None, **options):
        self.url, self.lang, self.width, self.person = url, lang, width, person
        self.words = Words(lang)
        self.say, self.like = self.words.say, self.words.like
        touch = width < 500 if touch is None else touch
        self.context = browser.new_context(
            base_url=url, viewport={"width": width, "height": WIDTHS.get(width, 900)}, locale={"en": "en-GB", "ja": "ja-JP", "zh": "zh-CN"}[lang],
            java_script_enabled=script, has_touch=touch, accept_downloads=True, **options,
        )
        self.context.set_default_timeout(20_000)
        if script:
            self.context.add_init_script(WATCH)
        self.cookie("lang", lang)
        if theme:
            self.cookie("theme", theme)
        if person:
            self.sign_in(person)
        self.faults, self.allowed = [], []
        if not script:  # the browser does not load what it may not run
            self.allow(r"failed: GET /assets/[\w-]+\.js: csp")
        self.context.on("request", self._request)
        self.context.on("response", self._response)
        self.context.on("requestfailed", self._failed)
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self._fault(f"script error: {error.error}"))
        self.page = self.context.new_page()

    def picture(self, name):
        """What the window shows, for a person to look through."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{self.lang}-{self.width}-light.png", animations="disabled")

    # ---- what must not happen

    def allow(self, *patterns):
        """Faults that hold one of these texts (regular expressions) are wanted here."""
        self.allowed += patterns

    def _fault(self, text):
        self.faults.append(text)

    def _request(self, request):
        target = urllib.parse.urlsplit(request.url)
        if target.scheme in ("http", "https", "ws", "wss") and f"{target.scheme}://{target.netloc}" != self.url:
            self._fault(f"request to another host: {request.url}")
        if target.path == "/csp-report":
            self._fault(f"CSP report: {request.post_data}")

    def _response(self, response):
        if response.status >= 400:
            self._fault(f"status {response.status}: {response.request.method} {response.url.removeprefix(self.url)}")

    def _failed(self, request):
        # a request that the page gave up itself, a download, a page that was left
        if "ERR_ABORTED" not in (request.failure or ""):
            self._fault(f"failed: {request.method} {request.url.removeprefix(self.url)}: {request.failure}")

    def _console(self, message):
        if message.type == "error":
            self._fault(f"console: {message.text} ({message.location.get('url', '').removeprefix(self.url)})")

    def check(self):
        wrong = [one for one in self.faults if not any(re.search(allowed, one) for allowed in self.allowed)]
        assert not wrong, "\n".join(wrong)

    def close(self, check=True):
        try:
            if check:
                self.check()
        finally:
            self.context.close()

    # ---- going about

    def cookie(self, name, value):
        self.context.add_cookies([{"name": name, "value": value, "url": self.url, "sameSite": "Lax", "httpOnly": name == "kontor_session"}])

    def sign_in(self, person):
        self.person = person
        self.cookie("kontor_session", person.session())

    def go(self, path, settled=True):
        response = self.page.goto(path)
        if settled:
            self.settle()
        return response

    def settle(self):
        """Until the page has what it asked for: nothing is on its way, nothing says that it is busy."""
        self.page.wait_for_load_state("networkidle")
        if not self.path.startswith("/design"):  # shows what is busy for ever
            expect(self.page.locator("main [aria-busy=true]")).to_have_count(0)
        expect(self.page.locator("#app > .skeleton")).to_have_count(0)

    def until(self, holds, seconds=20):
        """Waits for something that no locator says (wait_for_function is refused by the policy of the pages)."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "did not come true"
            self.page.wait_for_timeout(50)

    @property
    def path(self):
        parts = urllib.parse.urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def button(self, key, within=None, **values):
        return (within or self.page).get_by_role("button", name=self.like(key, whole=True, **values))

    def link(self, key, within=None, **values):
        return (within or self.page).get_by_role("link", name=self.like(key, whole=True, **values))

    def field(self, key, within=None, **values):
        return (within or self.page).get_by_label(self.like(key, **values))

    def text(self, key, within=None, **values):
        return (within or self.page.locator("main")).get_by_text(self.like(key, **values)).first

    def download(self, act):
        """The bytes of the file that `act` makes the browser download, and its name."""
        with self.page.expect_download() as waiting:
            act()
        got = waiting.value
        return open(got.path(), "rb").read(), got.suggested_filename

    def fits(self):
        """The page does not scroll sideways."""
        wide = self.page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], f"{self.path} at {self.width} px is {wide[0]} px wide: {self.wider()}"

    def wider(self):
        return self.page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
                 && !one.closest(".scroll, pre, .tabs, [role=tablist]")).slice(0, 5).map((one) => one.outerHTML.slice(0, 120))""")
