# Wrong calls and wrong models: each gets a clear answer, and the runner lives on (or says why it cannot).
import base64
import io
import json
import os
import signal
import socket
import time
import zlib
import struct

import numpy as np
import pytest
from PIL import Image

import models
from conftest import Unix, picture


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    return models.digits(tmp_path_factory.mktemp("digits"))[0]


@pytest.fixture(scope="session")
def cancer(tmp_path_factory):
    return models.cancer(tmp_path_factory.mktemp("cancer"))[0]


def huge_png(wide, high):
    """A tiny file that promises a picture of the given size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def tiff():
    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "TIFF")
    return stream.getvalue()


PICTURES = {
    "empty": (b"", "is empty"),
    "text": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a PNG"),
    "tiff": (tiff(), "is not a PNG"),
    "bomb": (huge_png(30000, 30000), "50 million pixels"),
    "just over": (huge_png(50_000_001, 1), "50 million pixels"),
    "truncated": (picture(np.random.default_rng(0).integers(0, 255, (64, 64)))[:-900], "damaged"),
    "truncated jpeg": (picture(np.random.default_rng(0).integers(0, 255, (64, 64)), "RGB", "JPEG")[:300], "damaged"),
    "header only": (b"\x89PNG\r\n\x1a\n", "picture"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_bad_pictures(digits, shared, name):
    data, words = PICTURES[name]
    status, answer = shared(digits).predict({}, image=data)
    assert status == 422 and answer["kind"] == "invalid_input" and answer["field"] == "image"
    assert answer["error"].startswith("image: ") and words in answer["error"]
    assert shared(digits).health()["status"] == "ready"


@pytest.mark.parametrize(
    "body, words",
    [
        ({}, "image: is required"),
        ({"input": {"image": None}}, "image: is required"),
        ({"input": {"image": 7}}, "image: must be a picture"),
        ({"input": {"image": "http://127.0.0.1/x.png"}}, "image: must be a picture"),
        ({"input": {"image": "data:image/png,abc"}}, "base64"),
        ({"input": {"image": "data:image/png;base64,!!"}}, "base64"),
        ({"input": {}, "files": {"image": 5}}, "base64"),
        ({"input": [1]}, "input: must be a JSON object"),
        ({"input": {}, "files": [1]}, "files: must be a JSON object"),
        ([1], "body: must be a JSON object"),
    ],
)
def test_bad_image_calls(digits, shared, body, words):
    status, answer = shared(digits).request("POST", "/predict", json.dumps(body))
    assert status == 422 and words in answer["error"], answer


@pytest.mark.parametrize(
    "value, words",
    [(None, "is required"), ("12", "must be a number"), (True, "must be a number"), (10**400, "too large"), (1e300, "too large")],
    ids=["missing", "text", "truth", "huge whole", "huge"],
)
def test_bad_numbers_name_the_column(cancer, shared, value, words):
    runner = shared(cancer)
    row = {name: 1.0 for name in runner.health()["input_schema"]["properties"]}
    row["mean area"] = value
    status, answer = runner.request("POST", "/predict", json.dumps({"input": row}))
    assert status == 422 and answer["field"] == "mean area" and words in answer["error"], answer


def test_not_a_number_is_refused(cancer, shared):
    runner = shared(cancer)
    row = {name: float("nan") for name in runner.health()["input_schema"]["properties"]}
    assert "finite" in runner.request("POST", "/predict", json.dumps({"input": row}))[1]["error"]


@pytest.mark.parametrize(
    "features, field, words",
    [
        ("1,2", "features", "list of numbers"),
        ([1] * 29, "features", "must hold 30 numbers, got 29"),
        ([1] * 29 + ["x"], "features[29]", "must be a number"),
        ([1] * 29 + [1e39], "features[29]", "too large"),
    ],
)
def test_bad_features(tmp_path_factory, shared, features, field, words):
    folder = tmp_path_factory.getbasetemp() / "plain-cancer"
    if not folder.exists():
        models.cancer(folder, columns=False)
    status, answer = shared(folder).predict({"features": features})
    assert status == 422 and answer["field"] == field and words in answer["error"]


@pytest.mark.parametrize("text, words", [(None, "required"), (5, "must be a string"), ("", "nothing"), ("x" * 1_000_001, "longer than")])
def test_bad_texts(tmp_path, start, text, words):
    status, answer = start(models.sentiment(tmp_path / "m")).predict({"text": text})
    assert status == 422 and answer["field"] == "text" and words in answer["error"]


def test_bad_http(digits, shared):
    runner = shared(digits)
    assert runner.request("GET", "/nothing")[0] == 404
    assert runner.request("POST", "/health", "{}")[0] == 404
    assert runner.request("POST", "/predict", "{not json")[0] == 422
    assert runner.request("POST", "/predict", "[" * 100_000)[0] == 422
    connection = Unix(runner.socket)
    connection.putrequest("POST", "/predict")
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection = Unix(runner.socket)
    connection.putrequest("POST", "/predict")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    assert connection.getresponse().status == 400
    assert runner.health()["status"] == "ready"


def test_connection_is_reused(digits, shared):
    connection = Unix(shared(digits).socket)
    for _ in range(5):
        connection.request("GET", "/health")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.read()


def call_in_background(runner, rounds):
    """Sends a long call and hands back the open connection."""
    body = json.dumps({"input": {"features": [rounds]}}).encode()
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(runner.socket)
    caller.sendall(b"POST /predict HTTP/1.1\r\nHost: r\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    wait_for(lambda: runner.health()["busy"])
    return caller


def wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_closing_the_connection_cancels(tmp_path, start):
    runner = start(models.slow(tmp_path / "m"))
    assert runner.predict({"features": [3]})[0] == 200
    caller = call_in_background(runner, 10_000_000)  # hours
    status, answer = runner.predict({"features": [1]})
    assert status == 409 and answer["kind"] == "busy"
    caller.close()
    wait_for(lambda: not runner.health()["busy"], 5)
    assert runner.predict({"features": [1]})[1]["output"] == [256.0]


def test_terminate_ends_a_busy_runner(tmp_path, start):
    runner = start(models.slow(tmp_path / "m"))
    caller = call_in_background(runner, 10_000_000)
    runner.process.send_signal(signal.SIGTERM)
    assert runner.process.wait(5) == 0
    assert caller.recv(1) == b""


def test_nothing_is_written(tmp_path, digits, start):
    """No telemetry, no cache: a runner leaves the file system as it was."""
    home = tmp_path / "home"
    home.mkdir()
    os.environ["HOME"], before = str(home), os.environ.get("HOME")
    try:
        runner = start(digits)
        assert runner.predict({}, image=picture(np.full((8, 8), 255)))[0] == 200
    finally:
        os.environ["HOME"] = before or ""
    assert not list(home.iterdir())


# Models that cannot be served: exit status 3 and one JSON line.


def failure(runner):
    assert runner.status == 3, (runner.status, runner.err)
    assert runner.out == runner.err and runner.out.count("\n") == 1
    return json.loads(runner.out)["failure"]


def test_no_graph(tmp_path, start):
    assert "missing file" in failure(start(tmp_path)) and "missing folder" in failure(start(tmp_path / "none"))


def test_several_graphs(tmp_path, start):
    folder = models.fields(tmp_path / "m")
    (folder / "model.onnx").rename(folder / "a.onnx")
    (folder / "b.onnx").write_bytes(b"")
    assert "2 other *.onnx files" in failure(start(folder))


def test_damaged_graph(tmp_path, start):
    assert "model.onnx cannot be loaded" in failure(start(models.write(tmp_path / "m", b"\x08\x09garbage")))
    assert "model.onnx cannot be loaded" in failure(start(models.write(tmp_path / "n", b"")))


def test_unsupported_operator(tmp_path, start):
    from onnx import helper

    made = helper.make_graph(
        [helper.make_node("Teleport", ["x"], ["y"], domain="example.com")],
        "t",
        [helper.make_tensor_value_info("x", models.FLOAT, [1, 2])],
        [helper.make_tensor_value_info("y", models.FLOAT, [1, 2])],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("example.com", 1)], ir_version=9)
    reason = failure(start(models.write(tmp_path / "m", model.SerializeToString())))
    assert "unsupported operator" in reason and "Teleport" in reason


def test_missing_external_weights(tmp_path, start):
    import onnx

    folder = models.slow(tmp_path / "m")
    model = onnx.load(folder / "model.onnx")
    onnx.save(model, folder / "model.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
    (folder / "weights.bin").unlink()
    assert "weights.bin" in failure(start(folder))


def test_missing_tokenizer(tmp_path, start):
    folder = models.sentiment(tmp_path / "m")
    (folder / "tokenizer.json").unlink()
    assert "needs tokenizer.json" in failure(start(folder))
    (folder / "tokenizer.json").write_text("{}")
    assert "tokenizer.json cannot be read" in failure(start(folder))


@pytest.mark.parametrize(
    "config, words",
    [
        ("{", "config.json is not valid JSON"),
        ("[]", "must hold a JSON object"),
        ({"id2label": {"0": "a", "2": "b"}}, "without gaps"),
        ({"id2label": {"0": "a", "1": "b", "2": "c"}}, "names 3 classes, the graph scores 2"),
        ({"columns": ["a", "b"]}, "names 2 columns, the graph takes 30"),
        ({"columns": ["a", "a"]}, "twice"),
    ],
)
def test_wrong_descriptions(tmp_path, start, config, words):
    folder, _, _ = models.cancer(tmp_path / "m")
    (folder / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
    assert words in failure(start(folder))


def test_wrong_preprocessor(tmp_path, start):
    assert "cannot read size" in failure(start(models.colours(tmp_path / "a", size={"depth": 4})))
    assert "image mode" in failure(start(models.colours(tmp_path / "b", image_mode="CMYK")))
    assert "one number per channel" in failure(start(models.colours(tmp_path / "c", do_normalize=True, image_mean=[1, 2])))


def test_size_that_the_graph_cannot_take_is_a_failed_call(tmp_path, start):
    runner = start(models.colours(tmp_path / "m", size={"height": 5, "width": 5}))
    status, answer = runner.predict({}, image=picture(np.zeros((9, 9, 3)), "RGB"))
    assert status == 500 and answer["kind"] == "failed" and "dimension" in answer["error"].lower()
    assert runner.health()["status"] == "ready"


def test_base64_is_strict(digits, shared):
    good = base64.b64encode(picture(np.full((8, 8), 255))).decode()
    body = json.dumps({"input": {}, "files": {"image": good + "\n"}})
    assert shared(digits).request("POST", "/predict", body)[0] == 422
