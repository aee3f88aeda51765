# The upload page: a lost connection pauses and resumes, a tab that was loaded anew sends only what is missing, names that cannot be are said.
import hashlib
import os
import re

import pytest
from playwright.sync_api import expect

XORB = re.compile(r"/cas/v1/xorbs/")
KIBI = 1024
LARGE = int(os.environ.get("KONTOR_LARGE_MB", "0")) or 96


def noise(folder, name, size):
    """A file that no chunk store has seen, and that does not compress."""
    path = folder / name
    path.write_bytes(os.urandom(size))
    return path


def digest(person, repo, path):
    tree = {one["path"]: one for one in person.get(f"/api/models/{repo}/tree/main?recursive=true")}
    return tree[path]["lfs"]["oid"]


class Gate:
    """Stands between the window and the store of contents: lets through, cuts, or keeps waiting."""

    def __init__(self, window):
        self.mode, self.passed, self.cut, self.held = "open", [], 0, []
        window.allow(r"status 404: (GET|HEAD) /cas/v1/", r"console: .* status of 404 .*\(/cas/v1/", r"failed: POST /cas/v1/", r"console: Failed to load resource: net::ERR_")
        window.context.route(XORB, self)

    def __call__(self, route):
        if route.request.method != "POST":
            return route.continue_()
        if self.mode == "cut" or (self.mode == "after one" and self.passed):
            self.cut += 1
            return route.abort("internetdisconnected")
        if self.mode == "hold":
            self.held.append(route)
            return None
        self.passed.append(route.request.url.rsplit("/", 1)[1])
        return route.continue_()


def open_page(house, visit, **options):
    owner = house.fresh("up")
    owner.api.create_repo("things")
    window = visit(person=owner, **options)
    gate = Gate(window)
    repo = f"{owner.name}/things"
    window.go(f"/{repo}/upload/main")
    return window, gate, owner, repo


def choose(window, *files):
    window.page.locator("main input[type=file]:not([webkitdirectory])").first.set_input_files(list(files))


def start(window):
    window.page.locator("main form button[type=submit]").click()


@pytest.mark.parametrize("lang", ["en", "ja", "zh"])
def test_lost_connection_pauses_and_resumes_by_itself(house, visit, tmp_path, lang):
    window, gate, owner, repo = open_page(house, visit, lang=lang, width=390 if lang == "ja" else 1280)
    file = noise(tmp_path, "weights.bin", 3 * KIBI * KIBI)
    choose(window, file)
    gate.mode = "cut"
    start(window)
    expect(window.text("upload.cut")).to_be_visible(timeout=60_000)
    assert gate.cut >= 1 and gate.passed == []
    assert [one["path"] for one in owner.get(f"/api/models/{repo}/tree/main")] in ([], [".gitattributes"])
    gate.mode = "open"
    expect(window.text("upload.done")).to_be_visible(timeout=60_000)
    assert digest(owner, repo, "weights.bin") == hashlib.sha256(file.read_bytes()).hexdigest()


def test_pause_and_resume(house, visit, tmp_path):
    window, gate, owner, repo = open_page(house, visit)
    file = noise(tmp_path, "weights.bin", 2 * KIBI * KIBI)
    choose(window, file)
    gate.mode = "hold"
    start(window)
    window.until(lambda: gate.held, 60)
    window.button("upload.pause_all").click()
    expect(window.text("upload.paused")).to_be_visible()
    gate.mode = "open"
    window.button("upload.resume_all").first.click()
    expect(window.text("upload.done")).to_be_visible(timeout=60_000)
    assert digest(owner, repo, "weights.bin") == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [one["title"] for one in owner.get(f"/api/models/{repo}/commits/main")] == ["Add 2 files", "initial commit"]


def test_a_tab_loaded_anew_sends_only_what_is_missing(house, visit, tmp_path):
    """Two batches; the first one arrives, then the connection goes and the tab is loaded again."""
    window, gate, owner, repo = open_page(house, visit)
    files = [noise(tmp_path, name, 26 * KIBI * KIBI) for name in ("first.bin", "second.bin")]
    choose(window, *files)
    gate.mode = "after one"
    start(window)
    expect(window.text("upload.cut")).to_be_visible(timeout=120_000)
    assert len(gate.passed) == 1 and gate.cut >= 1
    arrived = gate.passed[0]
    window.page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?"
    window.page.reload()
    window.settle()
    expect(window.text("upload.interrupted")).to_be_visible()
    gate.mode, gate.passed = "open", []
    choose(window, *files)
    start(window)
    expect(window.text("upload.done")).to_be_visible(timeout=120_000)
    assert gate.passed and arrived not in gate.passed, "what had arrived was sent again"
    for file in files:
        assert digest(owner, repo, file.name) == hashlib.sha256(file.read_bytes()).hexdigest()


def test_many_small_files_are_one_commit(house, visit, tmp_path):
    window, _, owner, repo = open_page(house, visit)
    files = []
    for n in range(2_000):
        path = tmp_path / f"part-{n:04}.txt"
        path.write_text(f"number {n}\n")
        files.append(path)
    choose(window, *files)
    window.field("upload.message").fill("All parts")
    start(window)
    expect(window.text("upload.done")).to_be_visible(timeout=60_000)
    tree, page = set(), f"/api/models/{repo}/tree/main?recursive=true&limit=1000"
    while page:
        answer = owner.api.get(page)
        tree |= {one["path"] for one in answer.json()}
        page = (re.search(rf"<{re.escape(house.url)}(\S+)>; rel=\"next\"", answer.headers.get("link", "")) or [None, None])[1]
    assert {one.name for one in files} <= tree
    assert [one["title"] for one in owner.get(f"/api/models/{repo}/commits/main")] == ["All parts", "initial commit"]


def test_a_large_file_with_the_page_in_use(house, visit, tmp_path):
    """In pieces, while the page answers: LARGE megabytes (KONTOR_LARGE_MB for more)."""
    window, gate, owner, repo = open_page(house, visit)
    file = noise(tmp_path, "large.bin", LARGE * KIBI * KIBI)
    choose(window, file)
    start(window)
    window.page.evaluate("""() => { window.gaps = []; let last = performance.now(); const tick = () => { const now = performance.now(); window.gaps.push(now - last); last = now; requestAnimationFrame(tick); }; requestAnimationFrame(tick); }""")
    shares = []

    def done():
        shares.append(float(window.page.locator(".tray progress.large").get_attribute("value") or 0))
        return window.text("upload.done").is_visible()

    window.until(done, 60 + LARGE)
    assert shares == sorted(shares) and len(set(shares)) > 3, shares  # goes forward only, in steps
    gaps = sorted(window.page.evaluate("() => window.gaps"))
    print(f"frames: median {gaps[len(gaps) // 2]:.0f} ms, longest {gaps[-1]:.0f} ms")
    assert len(gate.passed) >= LARGE // 64
    assert digest(owner, repo, file.name) == hashlib.sha256(file.read_bytes()).hexdigest()


MODEL = {"README.md": "# A model\n", "config.json": "{}\n", "onnx/part.txt": "part\n"}


def model_folder(tmp_path):
    folder = tmp_path / "my-model"
    for name, text in MODEL.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def drop(window, folder):
    """As a hand does it: the browser itself makes the event, with the folder in it."""
    box = window.page.locator(".drop").bounding_box()
    session = window.context.new_cdp_session(window.page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {
            "type": kind, "x": box["x"] + 20, "y": box["y"] + 20, "data": {"items": [], "files": [str(folder)], "dragOperationsMask": 1},
        })


@pytest.mark.parametrize("lang,way", [("en", "drop"), ("ja", "pick"), ("zh", "drop")])
def test_a_whole_folder_goes_where_a_model_is_looked_for(house, visit, tmp_path, lang, way):
    """What is in the folder, not the folder: model.onnx must lie at the top. With its name if that is wanted, also after the choosing."""
    window, _, owner, repo = open_page(house, visit, lang=lang, width=390 if lang == "ja" else 1280)
    folder = model_folder(tmp_path)
    if way == "drop":
        drop(window, folder)
    else:
        window.page.locator("main input[type=file][webkitdirectory]").set_input_files(folder)
    names = window.page.locator(".tray .path")
    expect(names).to_have_count(3)
    keep = window.page.get_by_role("checkbox", name=window.like("upload.keep_folder"))
    expect(keep).not_to_be_checked()
    assert sorted(names.all_inner_texts()) == sorted(MODEL)
    keep.check()
    expect(names.first).to_contain_text("my-model/")
    assert sorted(names.all_inner_texts()) == sorted(f"my-model/{name}" for name in MODEL)
    before = ""
    if lang == "zh":
        before = "my-model/"
    else:
        keep.uncheck()
        expect(names.first).not_to_contain_text("my-model/")
    window.fits()
    start(window)
    expect(window.text("upload.done")).to_be_visible()
    tree = {one["path"] for one in owner.get(f"/api/models/{repo}/tree/main?recursive=true") if one["type"] == "file"}
    assert {before + name for name in MODEL} <= tree and (before or not any(name.startswith("my-model") for name in tree)), tree


def test_names_that_cannot_be_are_said(house, visit, tmp_path):
    window, _, owner, repo = open_page(house, visit)
    (tmp_path / "Thumbs.db").write_text("x")
    (tmp_path / "good.txt").write_text("x")
    (tmp_path / "back\\slash.txt").write_text("x")
    choose(window, *(tmp_path / name for name in ("Thumbs.db", "good.txt", "back\\slash.txt")))
    expect(window.page.get_by_role("alert")).to_contain_text("Thumbs.db")
    start(window)
    expect(window.text("upload.done")).to_be_visible()
    tree = {one["path"] for one in owner.get(f"/api/models/{repo}/tree/main?recursive=true")}
    assert "good.txt" in tree and "Thumbs.db" not in tree


def test_only_writers_come_here(house, visit):
    window = visit(person=house.dora)
    window.allow("status 404", "console: .* status of 404")
    assert window.page.goto("/bob/empty/upload/main").status == 404
    window.page.goto("/bob/digits/settings")
    expect(window.page.locator("h1")).to_contain_text(window.like("error.page_not_found"))
