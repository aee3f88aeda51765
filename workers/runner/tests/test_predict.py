# Right answers: every kind of model, against the library it was trained with.
import json

import numpy as np
import pytest

import models
from conftest import picture


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    return models.digits(tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="session")
def cancer(tmp_path_factory):
    return models.cancer(tmp_path_factory.mktemp("cancer"))


def on_paper(pixels, scale=1):
    """A sample of 0..16 as dark ink on white paper, optionally magnified."""
    return np.kron(255 - np.round(pixels.reshape(8, 8) * 255 / 16), np.ones((scale, scale)))


@pytest.mark.parametrize("scale", [1, 4, 25])
def test_digits_equal_scikit_learn(digits, shared, scale):
    folder, model, data = digits
    runner = shared(folder)
    for row in range(0, 60):
        status, answer = runner.predict({}, image=picture(on_paper(data.data[row], scale)))
        assert status == 200, answer
        best = answer["output"][0]
        assert best["label"] == f"digit {model.predict(data.data[row : row + 1])[0]}"
        assert best["score"] == pytest.approx(model.predict_proba(data.data[row : row + 1]).max(), abs=0.02)
        assert len(answer["output"]) == 10
        scores = [one["score"] for one in answer["output"]]
        assert scores == sorted(scores, reverse=True) and sum(scores) == pytest.approx(1, abs=1e-5)
        assert answer["metrics"]["predict_time"] > 0


def test_digits_health(digits, shared):
    health = shared(digits[0]).health()
    assert (health["status"], health["kind"], health["busy"]) == ("ready", "image-classification", False)
    assert health["input_schema"]["required"] == ["image"]
    image = health["input_schema"]["properties"]["image"]
    assert (image["type"], image["format"], image["x-order"], image["title"]) == ("string", "uri", 0, "Image")
    assert health["output_schema"]["items"]["required"] == ["label", "score"]


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "BMP", "GIF"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_picture_formats(digits, shared, form, mode):
    folder, model, data = digits
    status, answer = shared(folder).predict({}, image=picture(on_paper(data.data[0], 16), mode, form))
    assert status == 200 and answer["output"][0]["label"] == "digit 0"


def test_transparent_picture_is_on_white(digits, shared):
    folder, model, data = digits
    ink = (data.data[1].reshape(8, 8) * 255 / 16).astype(np.uint8)
    pixels = np.zeros((8, 8, 4), dtype=np.uint8)
    pixels[..., 3] = ink
    import io
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(stream, "PNG")
    assert shared(folder).predict({}, image=stream.getvalue())[1]["output"][0]["label"] == "digit 1"


def test_picture_as_data_url(digits, shared):
    import base64

    folder, model, data = digits
    address = "data:image/png;base64," + base64.b64encode(picture(on_paper(data.data[3]))).decode()
    assert shared(folder).predict({"image": address})[1]["output"][0]["label"] == "digit 3"


def test_cancer_equals_scikit_learn(cancer, shared):
    folder, model, data = cancer
    runner = shared(folder)
    health = runner.health()
    assert health["kind"] == "tabular"
    names = [str(name) for name in data.feature_names]
    assert health["input_schema"]["required"] == names
    order = health["input_schema"]["properties"]
    assert sorted(order, key=lambda name: order[name]["x-order"]) == names and order[names[0]]["type"] == "number"
    for row in range(0, 569, 7):
        status, answer = runner.predict(dict(zip(names, data.data[row].tolist())))
        expected = dict(zip(["malignant", "benign"], model.predict_proba(data.data[row : row + 1])[0]))
        assert status == 200
        for one in answer["output"]:
            assert one["score"] == pytest.approx(expected[one["label"]], abs=1e-4)


@pytest.mark.parametrize("zipmap", [False, True])
def test_features_without_columns(tmp_path, start, zipmap):
    folder, model, data = models.cancer(tmp_path / "m", zipmap=zipmap, columns=False)
    runner = start(folder)
    features = runner.health()["input_schema"]["properties"]["features"]
    assert (features["type"], features["minItems"], features["items"]) == ("array", 30, {"type": "number"})
    status, answer = runner.predict({"features": data.data[0].tolist()})
    assert status == 200 and answer["output"][0]["label"] == "malignant"


def test_sentiment(tmp_path, start):
    runner = start(models.sentiment(tmp_path / "m"))
    health = runner.health()
    assert health["kind"] == "text-classification" and health["input_schema"]["required"] == ["text"]
    good = runner.predict({"text": "Great film"})[1]["output"]
    assert good[0]["label"] == "POSITIVE" and good[0]["score"] == pytest.approx(1 / (1 + np.exp(-6)), abs=1e-6)
    assert runner.predict({"text": "awful 映画 film 🎬"})[1]["output"][0]["label"] == "NEGATIVE"


def test_multi_label_uses_sigmoid(tmp_path, start):
    runner = start(models.sentiment(tmp_path / "m", problem_type="multi_label_classification"))
    scores = {one["label"]: one["score"] for one in runner.predict({"text": "good"})[1]["output"]}
    assert scores["POSITIVE"] == pytest.approx(1 / (1 + np.exp(-1)), abs=1e-6)
    assert scores["NEGATIVE"] == pytest.approx(1 / (1 + np.exp(1)), abs=1e-6)


def test_token_vectors(tmp_path, start):
    runner = start(models.embedding(tmp_path / "m"))
    assert runner.health()["kind"] == "feature-extraction"
    assert runner.predict({"text": "good bad"})[1]["output"] == [[2.0, 3.0], [4.0, 5.0]]


def test_long_text_is_cut_to_the_model(tmp_path, start):
    folder = models.embedding(tmp_path / "m")
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 7}))
    assert len(start(folder).predict({"text": "good " * 1000})[1]["output"]) == 7


def test_strings(tmp_path, start):
    runner = start(models.strings(tmp_path / "m"))
    assert runner.predict({"text": "yes"})[1]["output"] == [1.0]
    assert runner.predict({"text": "YES"})[1]["output"] == [1.0]
    assert runner.predict({"text": "いいえ"})[1]["output"] == [0.0]


def test_named_inputs(tmp_path, start):
    runner = start(models.fields(tmp_path / "m"))
    assert list(runner.health()["input_schema"]["properties"]) == ["height", "weight"]
    assert runner.predict({"height": 1.5, "weight": 2})[1]["output"] == [3.5]


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_layout_resize_and_normalise(tmp_path, start, layout):
    folder = models.colours(
        tmp_path / "m", layout, size={"height": 4, "width": 4}, do_rescale=True, rescale_factor=1 / 255,
        do_normalize=True, image_mean=[0.5, 0.5, 0.5], image_std=[0.5, 0.25, 1.0],
    )
    pixels = np.zeros((40, 60, 3), dtype=np.uint8)
    pixels[:] = (255, 0, 51)
    answer = start(folder).predict({}, image=picture(pixels, "RGB"))[1]["output"]
    assert answer == pytest.approx([1.0, -2.0, -0.3], abs=1e-5)


def test_shortest_edge_and_centre_crop(tmp_path, start):
    folder = models.colours(tmp_path / "m", size={"shortest_edge": 8}, do_center_crop=True, crop_size={"height": 4, "width": 4}, resample=0)
    pixels = np.zeros((8, 16, 3), dtype=np.uint8)
    pixels[2:6, 6:10] = (255, 255, 0)  # exactly what the crop keeps
    assert start(folder).predict({}, image=picture(pixels, "RGB"))[1]["output"] == pytest.approx([1.0, 1.0, 0.0])


def test_graph_in_the_onnx_folder(tmp_path, start):
    folder = models.fields(tmp_path / "m")
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    assert start(folder).predict({"height": 1, "weight": 1})[0] == 200


def test_single_oddly_named_graph(tmp_path, start):
    folder = models.fields(tmp_path / "m")
    (folder / "model.onnx").rename(folder / "adder_v2.onnx")
    assert start(folder).predict({"height": 1, "weight": 1})[0] == 200
