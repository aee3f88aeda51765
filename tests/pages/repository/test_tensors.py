# What is in a file of weights, read by the page: three formats, cut and foreign files, and what was bought only when its reader says so.
import json
import re
import struct

import pytest
from axe import faults_of_axe
from playwright.sync_api import expect
from words import LANGUAGES


def safetensors(data=True):
    header = {"__metadata__": {"format": "pt"}, "layer.weight": {"dtype": "F32", "shape": [10, 64], "data_offsets": [0, 2560]}, "layer.bias": {"dtype": "F16", "shape": [10], "data_offsets": [2560, 2580]}}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(2580 if data else 0)


def gguf():
    def text(one):
        return struct.pack("<Q", len(one)) + one.encode()

    pairs = text("general.architecture") + struct.pack("<I", 8) + text("llama") + text("tokens") + struct.pack("<IIQ", 9, 8, 30_000) + b"".join(text(f"w{n}") for n in range(30_000))
    tensor = text("blk.0.attn_q.weight") + struct.pack("<IQQIQ", 2, 4096, 512, 12, 0)
    return b"GGUF" + struct.pack("<IQQ", 3, 1, 2) + pairs + tensor + bytes(500)


@pytest.fixture(scope="module")
def weights(house):
    owner = house.fresh("w")
    house.repository(owner, "weights", {
        "model.safetensors": safetensors(), "model.gguf": gguf(), "cut.safetensors": safetensors(data=False), "page.onnx": b"<!doctype html><script>alert(1)</script>" * 30,
        "odd.safetensors": struct.pack("<Q", 93) + json.dumps({"<b>\u202e": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).ljust(93).encode() + bytes(4),
    })
    return f"/{owner.name}/weights/blob/main"


def rows(window, caption):
    table = window.page.get_by_role("table", name=window.like(caption, whole=True))
    expect(table.last).to_be_visible()
    return [[cell.strip() for cell in row.locator("th, td").all_inner_texts()] for row in table.last.locator("tbody tr").all()]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_safetensors_and_gguf(house, visit, weights, lang):
    window = visit(lang=lang, width=390 if lang == "ja" else 1280)
    window.go(f"{weights}/model.safetensors")
    assert [row[:3] for row in rows(window, "files.tensors")] == [["layer.weight", "F32", "10 × 64"], ["layer.bias", "F16", "10"]]
    expect(window.page.locator("k-tensors dl").first).to_contain_text("650")
    window.fits()
    window.go(f"{weights}/model.gguf")
    assert [row[:3] for row in rows(window, "files.tensors")] == [["blk.0.attn_q.weight", "Q4_K", "512 × 4096"]]
    window.page.locator("k-tensors summary").click()
    expect(window.page.locator("k-tensors details")).to_contain_text("[30000] w0, w1")
    window.fits()
    assert faults_of_axe(window.page) == []


def test_a_model_that_runs_says_what_it_takes(house, visit):
    window = visit(person=house.bob)
    window.go("/bob/digits/blob/main/model.onnx")
    inputs, outputs, tensors = (rows(window, f"files.{part}") for part in ("inputs", "outputs", "tensors"))
    assert inputs == [["X", "FLOAT", "? × 64"]] and [row[0] for row in outputs] == ["label", "probabilities"]
    assert ["coefficient", "FLOAT", "64 × 128", "8,192"] in tensors
    expect(window.page.locator("k-tensors dl").first).to_contain_text(re.compile(r"ONNX IR \d+"))


def test_files_that_are_not_what_they_say(house, visit, weights):
    window = visit()
    for name, why in (("cut.safetensors", "files.header_truncated"), ("page.onnx", "files.header_not_format")):
        window.go(f"{weights}/{name}")
        expect(window.text(why)).to_be_visible()
    window.go(f"{weights}/odd.safetensors")
    expect(window.page.locator("k-tensors .bidi-mark")).to_have_text("U+202E")
    expect(window.page.locator("k-tensors b")).to_have_count(0)


def test_what_was_bought_is_read_when_its_reader_says_so(house, visit):
    """Reading counts as a download and ends the right to return: not before the button is pressed."""
    sale, buyer = house.sell(house.repository(house.bob, house.new_name("weights"), {"README.md": "# Weights\n", "model.safetensors": safetensors()}), {"id": "licence", "kind": "one_off", "amount": "5.00", "term": "prepaid"}), house.fresh(money="20.00")
    path = f"{sale.path}/blob/main/model.safetensors"
    window = visit(person=buyer)
    window.go(path)
    expect(window.page.locator("k-tensors")).to_have_count(0)
    expect(window.text("files.needs_licence")).to_be_visible()
    order = house.buy(buyer, sale, "5.00")
    touched = lambda: buyer.get(f"/api/v1/entitlements/{order['lines'][0]['entitlement']}")["touched_at"]  # noqa: E731
    window.go(path)
    expect(window.text("files.header_ask")).to_be_visible()
    assert touched() is None
    window.button("files.header_read").click()
    assert len(rows(window, "files.tensors")) == 2
    assert touched() is not None
