# Models that answer with files: pictures and masks, against the pixels that numpy gets.
import base64
import io

import numpy as np
import pytest
from onnx import TensorProto
from PIL import Image

import models
from conftest import picture

RNG = np.random.default_rng(7)


def random_picture(high=5, wide=7, channels=3):
    return RNG.integers(0, 256, (high, wide, channels) if channels > 1 else (high, wide), dtype=np.uint8)


def opened(answer, name="image.png"):
    data = base64.b64decode(answer["files"][name], validate=True)
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    return np.asarray(image)


def run(runner, pixels, mode="RGB"):
    status, answer = runner.predict({}, image=picture(pixels, mode))
    assert status == 200, answer
    return answer


def test_picture_out(tmp_path, start):
    runner, pixels = start(models.inverted(tmp_path / "m")), random_picture()
    health = runner.health()
    assert health["kind"] == "image-to-image" and health["output_schema"] == {"title": "Output", "type": "string", "format": "uri"}
    assert health["input_schema"]["properties"]["image"]["format"] == "uri"
    answer = run(runner, pixels)
    assert answer["output"] == {"$file": "image.png"} and list(answer["files"]) == ["image.png"] and answer["metrics"]["predict_time"] > 0
    assert np.array_equal(opened(answer), 255 - pixels)
    assert np.array_equal(opened(run(runner, random := random_picture(64, 3))), 255 - random), "any size"


@pytest.mark.parametrize(
    "options, files",
    [
        ({"shape": ("n", None, 5, 7)}, {}),
        ({"shape": ("n", 5, 7, None)}, {}),
        ({"channels": 1}, {}),
        ({"kind": TensorProto.UINT8, "shape": ("n", "h", "w", None), "white": 255}, {}),
        ({"white": 255.0}, {"preprocessor_config": {"do_rescale": False}}),
        ({"white": 255.0}, {"preprocessor_config": {"do_resize": False, "do_rescale": True, "rescale_factor": 1}}),
        ({"white": 0.0}, {"preprocessor_config": {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}}),
        ({"white": 0.0}, {"preprocessor_config": {"image_mean": 0.5, "image_std": 0.5}}),
        ({"white": 1.0}, {"preprocessor_config": {}, "config": {"output_range": [0, 1]}}),
        ({"white": 16.0}, {"preprocessor_config": {"do_rescale": True, "rescale_factor": 16 / 255}}),
    ],
)
def test_levels_are_undone(tmp_path, start, options, files):
    """Whatever range the files describe, the negative has the same pixels."""
    runner = start(models.inverted(tmp_path / "m", **options, **files))
    grey = options.get("channels") == 1
    pixels = random_picture(channels=1 if grey else 3)
    assert runner.health()["kind"] == "image-to-image", runner.health()
    assert np.array_equal(opened(run(runner, pixels, "L" if grey else "RGB")), 255 - pixels)


def test_normalised_by_channel(tmp_path, start):
    runner, pixels = start(models.same(tmp_path / "m", preprocessor_config={"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]})), random_picture()
    assert np.array_equal(opened(run(runner, pixels)), pixels)


def test_values_far_above_one_are_0_to_255(tmp_path, start):
    """Without a word in the files: as the style transfer models of the ONNX model zoo."""
    value = np.stack([np.full((4, 4), level) for level in (0.0, 128.0, 300.0)])[np.newaxis]
    assert opened(run(start(models.constant_picture(tmp_path / "m", value)), random_picture()))[0, 0].tolist() == [0, 128, 255]


def test_out_of_range_is_clipped(tmp_path, start):
    value = np.stack([np.full((2, 2), level) for level in (-0.5, 0.5, 1.25)])[np.newaxis]
    assert opened(run(start(models.constant_picture(tmp_path / "m", value)), random_picture()))[0, 0].tolist() == [0, 128, 255]


def test_super_resolution(tmp_path, start):
    files = {"config": {"architectures": ["Swin2SRForImageSuperResolution"]}, "preprocessor_config": {"do_rescale": True, "rescale_factor": 1 / 255, "do_pad": True, "pad_size": 8}}
    runner = start(models.doubled(tmp_path / "m", **files))
    for high, wide in ((8, 16), (5, 7), (17, 1)):
        pixels = random_picture(high, wide)
        got = opened(run(runner, pixels))
        assert np.array_equal(got, np.kron(pixels, np.ones((2, 2, 1), dtype=np.uint8))), "padded for the graph, cut off again"


def test_fixed_size(tmp_path, start):
    runner = start(models.inverted(tmp_path / "m", shape=(1, None, 4, 6)))
    assert opened(run(runner, random_picture(40, 30))).shape == (4, 6, 3)


def test_jpeg_and_transparency(tmp_path, start):
    runner = start(models.same(tmp_path / "m"))
    stream = io.BytesIO()
    Image.fromarray(np.array([[[10, 20, 30, 255], [0, 0, 0, 0]]], dtype=np.uint8), "RGBA").save(stream, "PNG")
    status, answer = runner.predict({}, image=stream.getvalue())
    assert status == 200 and opened(answer).tolist() == [[[10, 20, 30], [255, 255, 255]]]


CARD = "---\nlicense: mit\npipeline_tag: {}\n---\n# A model\n\npipeline_tag: text-generation\n"


@pytest.mark.parametrize(
    "tag, kind",
    [("image-to-image", "image-to-image"), ("'image-to-image'  # what else", "image-to-image"), ("image-feature-extraction", "feature-extraction"), ("depth-estimation", "feature-extraction")],
)
def test_the_card_decides(tmp_path, start, tag, kind):
    assert start(models.card(models.inverted(tmp_path / "m"), CARD.format(tag))).health()["kind"] == kind


def test_one_grey_plane_needs_the_tag(tmp_path, start):
    """[n, 1, h, w] from a colour picture may be anything: a depth, a heat map."""
    value = np.full((1, 1, 3, 3), 0.5)
    assert start(models.constant_picture(tmp_path / "a", value)).health()["kind"] == "feature-extraction"
    runner = start(models.card(models.constant_picture(tmp_path / "b", value), CARD.format("image-to-image")))
    assert opened(run(runner, random_picture())).tolist() == [[128] * 3] * 3


def test_pooled_features_stay_numbers(tmp_path, start):
    runner = start(models.constant_picture(tmp_path / "m", np.full((1, 3, 1, 1), 0.5)))
    assert runner.health()["kind"] == "feature-extraction"
    status, answer = runner.predict({}, image=picture(random_picture(), "RGB"))
    assert status == 200 and answer["output"] == [[[0.5]], [[0.5]], [[0.5]]] and "files" not in answer


def test_bad_range(tmp_path, start):
    for number, wrong in enumerate(([1, 0], [0], "0..1", [0, True], [None, 1])):
        runner = start(models.inverted(tmp_path / str(number), config={"output_range": wrong}))
        assert runner.status == 3 and "output_range" in runner.err


def test_bad_mean(tmp_path, start):
    value = np.full((1, 1, 3, 3), 0.5)
    files = {"preprocessor_config": {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.5] * 3}, "config": {"pipeline_tag": "image-to-image"}}
    runner = start(models.constant_picture(tmp_path / "m", value, **files))
    assert runner.status == 3 and "image_mean" in runner.err


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_a_number(tmp_path, start, bad):
    value = np.full((1, 3, 4, 4), 0.5)
    value[0, 1, 2, 3] = bad
    runner = start(models.constant_picture(tmp_path / "m", value))
    status, answer = runner.predict({}, image=picture(random_picture(), "RGB"))
    assert status == 500 and answer["kind"] == "failed" and "not numbers" in answer["error"]
    assert runner.health()["status"] == "ready"


@pytest.mark.parametrize(
    "shape, declared, words",
    [
        ([2, 3, 4, 4], ["n", 3, "h", "w"], "no picture"),
        ([1, 3, 0, 4], ["n", 3, "h", "w"], "0 pixels"),
        ([1, 3, 8000, 7000], ["n", 3, "h", "w"], "50 million"),
    ],
)
def test_wrong_shape(tmp_path, start, shape, declared, words):
    runner = start(models.expanded(tmp_path / "m", shape, declared))
    assert runner.health()["kind"] == "image-to-image"
    status, answer = runner.predict({}, image=picture(random_picture(), "RGB"))
    assert status == 500 and answer["kind"] == "failed" and (words in answer["error"] or "memory" in answer["error"]), answer
    assert runner.health()["status"] == "ready"


def test_too_many_bytes(tmp_path, start):
    """Noise cannot be packed: 12 million pixels of it are more than 32 MiB."""
    runner = start(models.same(tmp_path / "m"))
    status, answer = runner.predict({}, image=picture(random_picture(3000, 4000), "RGB", "BMP"))
    assert status == 500 and "bytes as PNG" in answer["error"]


# ---- masks


def thirds(high=8, wide=12):
    pixels = np.zeros((high, wide, 3), dtype=np.uint8)
    for colour in range(3):
        pixels[:, colour * wide // 3 : (colour + 1) * wide // 3, colour] = 255
    return pixels


@pytest.mark.parametrize("chosen", [False, True])
def test_masks(tmp_path, start, chosen):
    runner, pixels = start(models.which_colour(tmp_path / "m", chosen)), thirds()
    health = runner.health()
    assert health["kind"] == "image-segmentation"
    assert health["output_schema"]["items"]["properties"]["mask"] == {"type": "string", "format": "uri"}
    answer = run(runner, pixels)
    assert [one["label"] for one in answer["output"]] == ["red", "green", "blue"]
    for colour, one in enumerate(answer["output"]):
        assert one["mask"] == {"$file": f"mask-{colour}.png"}
        mask = opened(answer, one["mask"]["$file"])
        assert mask.shape == pixels.shape[:2], "as large as the picture"
        assert np.array_equal(mask, pixels[:, :, colour])


def test_only_what_is_there(tmp_path, start):
    pixels = np.zeros((6, 6, 3), dtype=np.uint8)
    pixels[:, :, 2] = 200
    answer = run(start(models.which_colour(tmp_path / "m")), pixels)
    assert [one["label"] for one in answer["output"]] == ["blue"] and list(answer["files"]) == ["mask-2.png"]
    assert np.all(opened(answer, "mask-2.png") == 255)


def test_large_pictures_get_smaller_masks(tmp_path, start):
    answer = run(start(models.which_colour(tmp_path / "m")), thirds(2400, 3000))
    mask = opened(answer, "mask-0.png")
    assert 3_900_000 < mask.size <= 4_000_000 and abs(mask.shape[1] / mask.shape[0] - 1.25) < 0.01


def test_class_names_must_fit(tmp_path, start):
    runner = start(models.which_colour(tmp_path / "m", id2label={"0": "red", "1": "green"}))
    assert runner.status == 3 and "2 classes" in runner.err


@pytest.mark.parametrize("value, grey", [(0.25, 64), (-2.0, 30)])
def test_single_class_has_degrees(tmp_path, start, value, grey):
    runner = start(models.card(models.constant_picture(tmp_path / "m", np.full((1, 1, 4, 4), value)), CARD.format("image-segmentation")))
    answer = run(runner, random_picture(8, 8))
    assert answer["output"] == [{"label": "foreground", "mask": {"$file": "mask-0.png"}}]
    assert np.all(opened(answer, "mask-0.png") == grey)


def test_too_many_classes(tmp_path, start):
    value = np.arange(400, dtype=np.float32).reshape(1, 1, 20, 20)
    value = (np.arange(400).reshape(1, 400, 1, 1) == value.astype(int)).astype(np.float32)
    runner = start(models.card(models.constant_picture(tmp_path / "m", value), CARD.format("image-segmentation")))
    status, answer = runner.predict({}, image=picture(random_picture(20, 20), "RGB"))
    assert status == 500 and "400 classes" in answer["error"]
