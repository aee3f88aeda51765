# Models that answer with pictures: shown, kept as files, and said to be gone when their time is over.
import json
import re
import struct
import zlib

import pytest
from playwright.sync_api import expect
from words import LANGUAGES

import models  # of tests/clients


def png(wide, high, colour):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes(colour) * wide) * high
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def negative(house):
    repo = house.repository(house.bob, house.new_name("negative"), models.negative())
    house.deploy(house.bob, repo)
    return repo


@pytest.fixture(scope="module")
def parts(house):
    repo = house.repository(house.bob, house.new_name("parts"), models.which_colour())
    house.deploy(house.bob, repo)
    return repo


def run(window, repo, picture):
    window.go(f"/{repo}/try")
    page = window.page
    expect(page.locator("k-try form")).to_be_visible()
    page.get_by_role("radio", name=window.like("try.way_file", whole=True)).check()
    page.locator("k-try input[type=file]").set_input_files({"name": "in.png", "mimeType": "image/png", "buffer": picture})
    expect(page.locator("k-try .drop .meta")).to_be_visible()
    window.button("try.run").click()
    return page


def loaded(image):
    """Width, height and first pixel of a picture on the page, as the browser sees it."""
    return image.evaluate("""async (image) => {
        await image.decode();
        const canvas = document.createElement("canvas");
        canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
        const pen = canvas.getContext("2d");
        pen.drawImage(image, 0, 0);
        return [image.naturalWidth, image.naturalHeight, ...pen.getImageData(0, 0, 1, 1).data];
    }""")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_picture_is_shown_and_kept(house, visit, negative, lang):
    window = visit(lang=lang, width={"en": 1280, "ja": 390, "zh": 1280}[lang], person=house.fresh())
    page = run(window, negative, png(60, 40, (255, 0, 10)))
    image = page.locator("k-try figure img")
    expect(image).to_have_attribute("alt", window.say("try.output_picture"))
    assert loaded(image) == [60, 40, 0, 255, 245, 255]
    kept = window.download(lambda: window.link("try.output_file").click())
    assert kept[0].startswith(b"\x89PNG\r\n\x1a\n") and kept[1] == f"{negative.split('/')[1]}.png"
    window.fits()
    # the address finds the run again
    window.go(window.path)
    expect(page.locator("k-try figure img")).to_have_count(1)


def test_a_picture_wider_than_the_page(house, visit, negative):
    window = visit(width=390, person=house.fresh())
    page = run(window, negative, png(3000, 50, (0, 0, 0)))
    assert loaded(page.locator("k-try figure img"))[:2] == [3000, 50]
    window.fits()


def test_masks_have_their_labels(house, visit, parts):
    window = visit(person=house.fresh())
    page = run(window, parts, png(8, 8, (0, 200, 0)))
    image = page.locator("k-try figure img")
    expect(image).to_have_attribute("alt", window.say("try.output_mask", label="green"))
    assert loaded(image) == [8, 8, 255, 255, 255, 255]
    expect(page.locator("k-try figcaption bdi")).to_have_text("green")
    kept = window.download(lambda: window.link("try.output_file").click())
    assert kept[1] == f"{parts.split('/')[1]}-green.png"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_no_longer_kept(house, visit, negative, lang):
    """The page of a run whose hour is over; the hour itself is tests/clients/test_pictures.py's."""
    window = visit(lang=lang, person=house.fresh())
    page = run(window, negative, png(4, 4, (1, 2, 3)))
    expect(page.locator("k-try figure img")).to_have_count(1)

    def later(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=json.dumps({**answer.json(), "output": None, "input": {}, "logs": "", "data_removed": True}))

    page.route(re.compile(r"/v1/predictions/\w+$"), later)
    window.go(window.path)
    expect(window.text("try.data_removed")).to_be_visible()
    expect(page.locator("k-try figure img")).to_have_count(0)
