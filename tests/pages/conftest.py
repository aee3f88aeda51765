# Fixtures of the pages' tests.
#   KONTOR_BINARY    the program (default build/kontor)
#   KONTOR_WEB_DIR   scripts and styles from this folder instead of those inside the program
#   KONTOR_CHROMIUM  the browser (default /usr/bin/chromium)
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from playwright.sync_api import expect, sync_playwright  # noqa: E402

import house as houses  # noqa: E402
from server import BINARY  # noqa: E402
from visit import Visit  # noqa: E402

CHROMIUM = os.environ.get("KONTOR_CHROMIUM", "/usr/bin/chromium")
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items):
    missing = [str(one) for one in (BINARY, Path(CHROMIUM)) if not Path(one).exists()]
    if missing:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=f"there is no {missing[0]}"))


@pytest.fixture(scope="session")
def house():
    one = houses.House()
    try:
        yield one.furnish()
        one.close()
    finally:
        one.server.remove()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-domain-reliability", "--disable-sync", "--no-pings", "--font-render-hinting=none"],
        )
        yield one
        one.close()


@pytest.fixture
def visit(request, house, browser):
    """visit(lang=, width=, person=, ...): a window; at the end of the test nothing forbidden may have happened in any."""
    made = []

    def go(**options):
        one = Visit(browser, house.url, **options)
        made.append(one)
        return one

    yield go
    failed = getattr(request.node, "failed", False)
    if failed and made:
        folder = houses.BUILD / "failed"
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(made):
            try:
                one.page.screenshot(path=folder / f"{request.node.name.replace('/', '_')[:120]}-{number}.png")
                print(f"\nwindow {number} at {one.page.url}: " + "; ".join(one.faults[-5:]))
            except Exception:  # a window that the test closed itself
                pass
    for one in made:
        one.close(check=not failed)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call" and report.failed:
        item.failed = True
    return report
