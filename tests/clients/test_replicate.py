# The official replicate client against a live server: create, wait, get, list, cancel, files, models, webhooks, limits,
# and what happens when a runner dies. Only the base URL and the token differ from what its users write.
import base64
import hashlib
import hmac
import http.server
import io
import json
import os
import signal
import socket
import struct
import threading
import time
import zlib
from decimal import Decimal
from pathlib import Path

import pytest
import replicate
from replicate.exceptions import ModelError, ReplicateError
from replicate.webhook import Webhooks

import models
from market import Market, licence, runs
from server import ALLOW_LOOPBACK, Api

LIMIT_PER_MINUTE = 60


@pytest.fixture(scope="module")
def market(server):
    return Market(server, twice=False)


@pytest.fixture(scope="module")
def quick(market):
    repo = market.repository("quick")
    return repo, market.deploy(repo)


@pytest.fixture(scope="module")
def slow(market):
    """A model that computes as long as it is asked to; three runs free, then 0.01."""
    repo = market.repository("slow", models.slow())
    sale = market.sell(repo, licence("1.00"), runs("0.01", free=3))
    market.top_up(market.alice, "20.00")
    market.order(market.alice, sale, "1.00")
    return repo, market.deploy(repo)


def fresh_client(server, name="alice"):
    """A client with a key of its own: limits count per key."""
    server.user(name)
    token = server.cli("token", "create", name, "--role", "write").stdout.strip().split("\n")[-1]
    return replicate.Client(api_token=token, base_url=server.url)


def test_deployment_is_up(quick):
    _, deployment = quick
    assert deployment["state"] in ("ready", "idle") and deployment["failure"] is None
    assert len(deployment["version"]) == 64
    schema = deployment["input_schema"]
    assert schema["required"] == ["x"] and schema["properties"]["x"]["type"] == "number" and schema["properties"]["x"]["x-order"] == 0


def test_run(server, quick):
    repo, deployment = quick
    client = fresh_client(server)
    assert client.run(f"{repo}:{deployment['version']}", input={"x": 2.5})[0]["label"] == "high"
    assert client.run(repo, input={"x": -2.5})[0]["label"] == "low"
    prediction = client.predictions.create(version=deployment["version"], input={"x": 7}, wait=True)
    assert prediction.status == "succeeded" and prediction.output[0]["label"] == "high"
    assert prediction.metrics["predict_time"] > 0 and prediction.input == {"x": 7}
    assert prediction.created_at and prediction.started_at and prediction.completed_at and prediction.error is None
    assert prediction.urls["get"] == f"{server.url}/v1/predictions/{prediction.id}"


def test_create_poll_get_list(server, quick):
    repo, deployment = quick
    client = fresh_client(server)
    made = [client.predictions.create(model=repo, input={"x": number}) for number in range(1, 4)]
    for prediction in made:
        prediction.wait()
        assert prediction.status == "succeeded"
        again = client.predictions.get(prediction.id)
        assert (again.id, again.output, again.model, again.version) == (prediction.id, prediction.output, repo, deployment["version"])
    listed = [one.id for one in client.predictions.list()]
    assert listed[:3] == [one.id for one in reversed(made)], "newest first"
    stranger = fresh_client(server, "eve")
    with pytest.raises(ReplicateError) as refused:
        stranger.predictions.get(made[0].id)
    assert refused.value.status == 404


def test_many_pages(server, quick):
    client = fresh_client(server, "pager")
    keys = [fresh_client(server, "pager") for _ in range(4)]
    for number in range(210):
        keys[number % 4].predictions.create(version=quick[1]["version"], input={"x": number}, wait=True)
    seen, pages, page = set(), 0, client.predictions.list()
    while page:
        pages += 1
        seen |= {one.id for one in page.results}
        page = client.predictions.list(page.next) if page.next else None
    assert pages >= 3 and len(seen) == 210


def test_models_and_versions(server, quick):
    repo, deployment = quick
    client = fresh_client(server)
    model = client.models.get(repo)
    assert (f"{model.owner}/{model.name}", model.visibility) == (repo, "public") and model.latest_version.id == deployment["version"]
    version = model.versions.get(deployment["version"])
    assert version.cog_version and version.openapi_schema["components"]["schemas"]["Input"]["required"] == ["x"]
    assert "Output" in version.openapi_schema["components"]["schemas"]
    assert [one.id for one in model.versions.list()] == [deployment["version"]]
    assert repo in [f"{one.owner}/{one.name}" for one in client.models.list()]
    assert client.accounts.current().username == "alice"


def test_wrong_calls(server, quick):
    repo, deployment = quick
    client = fresh_client(server)
    cases = [
        (lambda: client.predictions.create(version=deployment["version"], input={"x": "word"}, wait=True), (422, None)),
        (lambda: client.predictions.create(version=deployment["version"], input={}, wait=True), (422, None)),
        (lambda: client.predictions.create(version="0" * 64, input={"x": 1}), (404, 422)),
        (lambda: client.predictions.create(version="not a version", input={"x": 1}), (404, 422)),
        (lambda: client.run("bob/nothing", input={"x": 1}), (404,)),
        (lambda: client.predictions.get("nothing"), (404,)),
    ]
    for call, statuses in cases:
        try:
            answer = call()
        except ReplicateError as error:
            assert error.status in statuses and error.detail, error
        else:  # input may also be judged by the runner
            assert None in statuses and answer.status == "failed" and "x" in answer.error
    api = Api(server.url, server.user("alice"))
    for body in (b"{", b"[]", b'"text"'):
        answer = api.request("POST", "/v1/predictions", body, {"Content-Type": "application/json"})
        assert answer.status in (400, 422) and answer.headers["content-type"].startswith("application/problem+json") and isinstance(answer.json(), dict)
    wrong = replicate.Client(api_token="hf_" + "x" * 34, base_url=server.url)
    with pytest.raises(ReplicateError) as refused:
        wrong.predictions.create(version=deployment["version"], input={"x": 1})
    assert refused.value.status == 401
    anonymous = Api(server.url).post("/v1/predictions", {"version": deployment["version"], "input": {"x": 1}})
    assert anonymous.status == 401 and anonymous.json()["title"]


def dark_picture(side=8):
    """A PNG without any image library: all black, so that a model of mean brightness says "low"."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes(side)) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def picture_model(market):
    import numpy as np
    from onnx import helper

    graph = models.serialised(
        [
            helper.make_node("ReduceMean", ["pixels", "axis"], ["mean"], keepdims=1),
            helper.make_node("Sub", ["mean", "half"], ["centred"]),
            helper.make_node("MatMul", ["centred", "weights"], ["logits"]),
        ],
        [("pixels", models.FLOAT, ["n", 64])], [("logits", models.FLOAT, ["n", 2])],
        [("axis", np.array([1])), ("half", np.array([[0.5]], dtype=np.float32)), ("weights", np.array([[-4.0, 4.0]], dtype=np.float32))],
    )
    files = {
        "model.onnx": graph,
        "config.json": json.dumps({"id2label": {"0": "dark", "1": "bright"}}).encode(),
        "preprocessor_config.json": json.dumps({"image_mode": "L", "size": {"height": 8, "width": 8}}).encode(),
    }
    repo = market.repository("brightness", files)
    deployment = market.deploy(repo)
    assert deployment["input_schema"]["properties"]["image"]["format"] == "uri", deployment
    return f"{repo}:{deployment['version']}"


@pytest.mark.parametrize("strategy", [None, "base64"])
def test_picture_input(server, picture_model, strategy):
    stream = io.BytesIO(dark_picture())
    stream.name = "dark.png"
    more = {"file_encoding_strategy": strategy} if strategy else {}
    assert fresh_client(server).run(picture_model, input={"image": stream}, **more)[0]["label"] == "dark"


def test_picture_address(server, picture_model):
    """An address that may not be fetched fails the run and tells nothing about what is there."""
    version = picture_model.split(":")[1]
    client = fresh_client(server)
    for address in ("http://127.0.0.1:1/x.png", "http://169.254.169.254/latest", "file:///etc/passwd", "http://localhost/x.png", "ftp://example.com/x"):
        try:
            answer = client.predictions.create(version=version, input={"image": address}, wait=True)
        except ReplicateError as error:
            assert error.status == 422
        else:
            answer.wait()
            assert answer.status == "failed" and "root:" not in (answer.error or "")


def test_files(server):
    client, stream = fresh_client(server), io.BytesIO(b"some bytes")
    stream.name = "note.txt"
    made = client.files.create(stream)
    assert (made.name, made.size, made.checksums["sha256"]) == ("note.txt", 10, hashlib.sha256(b"some bytes").hexdigest())
    assert made.urls["get"] and made.etag and made.created_at
    assert client.files.get(made.id).id == made.id
    assert made.id in [one.id for one in client.files.list()]
    with pytest.raises(ReplicateError) as refused:
        fresh_client(server, "eve").files.get(made.id)
    assert refused.value.status == 404
    client.files.delete(made.id)
    with pytest.raises(ReplicateError):
        client.files.get(made.id)


def test_blocking_create_never_says_processing(server, slow):
    """A wait that runs out answers `starting`, whatever the run is doing."""
    _, deployment = slow
    api = Api(server.url, server.user("alice"))
    answer = api.post("/v1/predictions", {"version": deployment["version"], "input": {"features": [9000]}}, headers={"Prefer": "wait=1"})
    assert answer.status in (201, 202) and answer.json()["status"] == "starting" and answer.json()["output"] is None, answer
    assert answer.headers.get("preference-applied") == "wait=1"
    prediction = fresh_client(server).predictions.get(answer.json()["id"])
    prediction.wait()
    assert prediction.status == "succeeded"


def test_cancel(server, market, slow):
    _, deployment = slow
    client, before = fresh_client(server), market.alice.wallet()
    running = client.predictions.create(version=deployment["version"], input={"features": [3_000_000]})
    queued = client.predictions.create(version=deployment["version"], input={"features": [3_000_001]})
    until(lambda: client.predictions.get(running.id).status == "processing")
    for one in (queued, running):
        one.cancel()
        until(lambda: client.predictions.get(one.id).status == "canceled", 15)
    assert market.alice.wallet() == before, "what was held is released"
    done = client.predictions.create(version=deployment["version"], input={"features": [2]}, wait=True)
    done.wait()
    assert done.status == "succeeded", "the replica is free again"
    done.cancel()
    assert client.predictions.get(done.id).status == "succeeded", "what has ended stays as it is"


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def free_left(market, repo):
    entitlement = market.alice.get(f"/api/v1/entitlements?asset=model:{repo}")["data"][0]
    return next((one["free_left"], one["charged"]["amount"]) for one in entitlement["counters"] if one["component"] == "runs")


def runners_of(server, commit):
    """Processes that the server itself started for this revision: the outermost one of each sandbox."""
    found = []
    for process in server.processes(commit):
        try:
            if int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1]) == server.process.pid:
                found.append(process)
        except OSError:
            pass  # it has just ended
    return found


def test_a_model_holds_nothing_of_the_server(server, market, quick):
    """Its process sees its own socket, its output and nothing that the server has open: no listener, no caller's connection, no file."""
    def held_by(process):
        return {os.readlink(one) for one in Path(f"/proc/{process}/fd").iterdir()}

    callers = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
    market.deploy(market.repository("alone"))
    theirs = {one for one in held_by(server.process.pid) if not one.startswith(("/dev/null", "anon_inode:"))}
    assert len([one for one in theirs if one.startswith("socket:")]) >= 3 + len(callers) - 1
    found = server.processes("/runner/runner.py")
    assert len(found) >= 3, "a sandbox is two processes around the model's"
    for process in found:
        # The pipe of its output is the one thing that both hold.
        shared = [one for one in held_by(process) & theirs if not one.startswith("pipe:")]
        assert not shared, f"{Path(f'/proc/{process}/cmdline').read_bytes()[:40]} holds {shared}"
        foreign = [one for one in held_by(process) if not one.startswith(("/dev/null", "anon_inode:", "pipe:", "socket:", "/venv", "/model", "/memfd:kontor-seccomp"))]
        assert not foreign, foreign
    for one in callers:
        one.close()


def test_logs_are_what_the_runner_wrote_meanwhile(server, market, quick):
    repo, deployment = quick
    client = fresh_client(server)
    made = [client.predictions.create(version=deployment["version"], input={"x": 1}) for _ in range(2)]
    for one in made:
        one.wait()
        assert one.status == "succeeded"
        assert one.logs.count("computed in") == 1 and one.logs.endswith(" ms\n"), one.logs
    whole = market.bob.api.get(f"/api/v1/deployments/{deployment['id']}/logs")
    assert whole.status == 200 and whole.text.count("computed in") >= 2
    assert market.alice.api.get(f"/api/v1/deployments/{deployment['id']}/logs").status in (403, 404)


def test_more_replicas_when_the_queue_is_long(server, market):
    repo = market.repository("busy", models.slow())
    made = market.bob.post("/api/v1/deployments", {
        "asset": f"model:{repo}", "revision": "main", "runtime": "auto", "visibility": "public", "min_replicas": 0, "max_replicas": 3, "hardware": "cpu",
    }, status=201)
    commit = made["commit"]
    assert len(runners_of(server, commit)) <= 1
    client = fresh_client(server, "bob")
    calls = [client.predictions.create(version=made["version"], input={"features": [3000]}) for _ in range(7)]
    most = 0
    deadline = time.monotonic() + 90
    while any(one.status not in ("succeeded", "failed", "canceled") for one in calls):
        assert time.monotonic() < deadline
        most = max(most, len(runners_of(server, commit)))
        for one in calls:
            one.reload()
    assert all(one.status == "succeeded" for one in calls), [one.error for one in calls]
    assert 2 <= most <= 3, f"{most} processes served a queue of seven"
    spans = sorted((one.started_at, one.completed_at) for one in calls)
    assert any(later[0] < earlier[1] for earlier, later in zip(spans, spans[1:])), "two were computed at the same time"
    text = market.bob.api.get(f"/api/v1/deployments/{made['id']}/logs").text
    assert text.count("--- replica") == len(runners_of(server, commit))
    market.bob.api.request("DELETE", f"/api/v1/deployments/{made['id']}")
    while runners_of(server, commit):
        assert time.monotonic() < deadline
        time.sleep(0.05)


IDLE_SECONDS = 3


@pytest.fixture(scope="module")
def restless(new_server):
    """A server that ends runners soon, and a model that takes as long as asked."""
    server = new_server(more=["--runner-idle", str(IDLE_SECONDS)]).start()
    server.user("op", "admin", admin=True)
    market = Market(server, twice=False)
    return server, market, market.repository("restless", models.slow())


@pytest.mark.parametrize("least", [0, 1])
def test_idle_replicas_end_and_come_again(restless, least):
    """Of several replicas those that are not used end, down to the least that was asked for; the next calls start them again."""
    server, market, repo = restless
    made = market.bob.post("/api/v1/deployments", {
        "asset": f"model:{repo}", "revision": "main", "runtime": "auto", "visibility": "public", "min_replicas": least, "max_replicas": 3, "hardware": "cpu",
    }, status=201)
    state = lambda: market.bob.get(f"/api/v1/deployments/{made['id']}")["state"]  # noqa: E731
    client = fresh_client(server, "bob")
    for _ in range(2):
        calls = [client.predictions.create(version=made["version"], input={"features": [2500]}) for _ in range(6)]
        most = []

        def over():
            most.append(len(runners_of(server, made["commit"])))
            for one in calls:
                one.reload()
            return all(one.status in ("succeeded", "failed", "canceled") for one in calls)

        until(over, 90)
        assert all(one.status == "succeeded" for one in calls), [one.error for one in calls]
        assert 2 <= max(most) <= 3, most
        assert state() == "ready"
        until(lambda: len(runners_of(server, made["commit"])) == least, 4 * IDLE_SECONDS)
        if least == 0:
            until(lambda: state() == "idle")
    if least:
        # the last one stays, however long nobody calls
        enough = time.monotonic() + 2 * IDLE_SECONDS
        (stays,) = runners_of(server, made["commit"])
        while time.monotonic() < enough:
            assert runners_of(server, made["commit"]) == [stays] and state() == "ready"
            time.sleep(0.2)
        prediction = client.predictions.create(version=made["version"], input={"features": [1]}, wait=True)
        assert prediction.status == "succeeded" and runners_of(server, made["commit"]) == [stays], "by the one that stayed"
    market.bob.api.request("DELETE", f"/api/v1/deployments/{made['id']}")
    until(lambda: not runners_of(server, made["commit"]))


def test_changed_while_it_runs(restless):
    """Replicas come and go with the numbers, the process that serves stays; strangers see no such deployment, what is wrong changes nothing."""
    server, market, repo = restless
    made = market.bob.post("/api/v1/deployments", {"asset": f"model:{repo}", "min_replicas": 1, "max_replicas": 1}, status=201)
    path = f"/api/v1/deployments/{made['id']}"
    running = lambda: runners_of(server, made["commit"])  # noqa: E731
    until(lambda: len(running()) == 1)
    (first,) = running()

    def change(body, person=market.bob):
        return person.api.request("PATCH", path, body)

    more = change({"min_replicas": 2, "max_replicas": 3})
    assert more.status == 200, more
    assert {**more.json(), "state": made["state"]} == {**made, "min_replicas": 2, "max_replicas": 3}
    until(lambda: len(running()) == 2)
    assert first in running(), "the one that served goes on"
    for wrong, status, code in (
        ({"min_replicas": 4}, 422, "invalid_replicas"), ({"max_replicas": 0}, 422, "invalid_replicas"), ({"max_replicas": 1}, 422, "invalid_replicas"), ({"min_replicas": "1"}, 422, "invalid_replicas"),
        ({"visibility": "secret"}, 422, "invalid_visibility"), ({"revision": "main"}, 422, "unknown_field"), ([], 400, "malformed"),
    ):
        refused = change(wrong)
        assert (refused.status, refused.json()["code"]) == (status, code), (wrong, refused)
    assert market.bob.get(path)["min_replicas"] == 2
    fewer = change({"min_replicas": 1, "max_replicas": 1})
    assert fewer.status == 200
    until(lambda: len(running()) == 1)
    # none that is kept: the last one ends when it was idle, and a minimum brings one back
    assert change({"min_replicas": 0}).json()["min_replicas"] == 0
    until(lambda: not running() and market.bob.get(path)["state"] == "idle")
    assert change({"min_replicas": 1}).json()["state"] in ("starting", "ready")
    until(lambda: len(running()) == 1 and market.bob.get(path)["state"] == "ready")

    # called by everybody until it is private; only who may write changes it
    stranger = market.person("vera")
    call = lambda: stranger.api.post("/v1/predictions", {"version": made["version"], "input": {"features": [1]}}, headers={"Prefer": "wait"})  # noqa: E731
    assert call().status == 201
    assert change({"visibility": "private"}, stranger).status in (403, 404)
    assert change({"visibility": "private"}).json()["visibility"] == "private"
    assert call().status == 404 and stranger.api.get(path).status in (403, 404)

    def written():
        return [one["details"] for one in market.op.get("/api/v1/admin/audit?action=deployment.change")["data"] if one["item"] == made["id"]]

    assert written() == [{"visibility": "private"}, {"min_replicas": 1}, {"min_replicas": 0}, {"min_replicas": 1, "max_replicas": 1}, {"min_replicas": 2, "max_replicas": 3}]
    assert change({}).status == 200 and change({"visibility": "private"}).status == 200 and len(written()) == 5, "nothing changed, nothing written"
    market.bob.api.request("DELETE", path)
    over = change({"visibility": "public"})
    assert (over.status, over.json()["code"]) == (409, "invalid_state")
    until(lambda: not running())


def test_a_long_run_is_not_idle(restless):
    """Longer than an idle runner lives: the process that computes is left alone."""
    server, market, repo = restless
    version = market.deploy(repo)["version"]
    client = fresh_client(server, "bob")
    rounds = 3000
    while True:
        prediction = client.predictions.create(version=version, input={"features": [rounds]}, wait=60)
        prediction.wait()
        assert prediction.status == "succeeded", prediction.error
        if prediction.metrics["predict_time"] > IDLE_SECONDS + 1:
            break
        rounds = int(rounds * max(2, 1.2 * (IDLE_SECONDS + 1) / max(0.1, prediction.metrics["predict_time"])))


def test_runner_crash(server, market, slow):
    """A runner that dies in a run: the run failed, nothing is charged, no free run is used, the next one works."""
    repo, deployment = slow
    client = fresh_client(server)
    before, counter = market.alice.wallet(), free_left(market, repo)
    prediction = client.predictions.create(version=deployment["version"], input={"features": [3_000_002]})
    until(lambda: client.predictions.get(prediction.id).status == "processing")
    processes = server.processes("runner.py")
    assert processes, "no runner process below the server"
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass
    until(lambda: client.predictions.get(prediction.id).status not in ("starting", "processing"), 30)
    ended = client.predictions.get(prediction.id)
    assert ended.status == "failed" and ended.error
    assert market.alice.wallet() == before and free_left(market, repo) == counter
    again = client.predictions.create(version=deployment["version"], input={"features": [3]})
    until(lambda: client.predictions.get(again.id).status == "succeeded", 60)


def test_failed_model_raises(server, market):
    repo = market.repository("fails", models.picky())
    deployment = market.deploy(repo)
    with pytest.raises(ModelError) as failed:
        fresh_client(server).run(f"{repo}:{deployment['version']}", input={"features": [9]})
    assert failed.value.prediction.status == "failed" and failed.value.prediction.error


@pytest.mark.parametrize(
    "files, words",
    [
        ({"README.md": b"# nothing to serve\n"}, "missing file"),
        ({"model.onnx": b"this is no graph"}, "model.onnx"),
    ],
)
def test_deployment_that_cannot_be(market, files, words):
    deployment = market.deploy(market.repository(files=files))
    assert deployment["state"] == "failed" and words in json.dumps(deployment["failure"]), deployment


def test_limit_per_key(server, quick):
    """60 creations a minute and key; polling and reading do not count; another key is not concerned."""
    client, statuses = fresh_client(server), []
    for number in range(LIMIT_PER_MINUTE + 5):
        try:
            # Waiting keeps the other limit, ten at a time, out of this.
            statuses.append(client.predictions.create(version=quick[1]["version"], input={"x": number}, wait=True).id)
        except ReplicateError as error:
            statuses.append(error.status)
    assert statuses.count(429) >= 1 and 429 not in statuses[: LIMIT_PER_MINUTE - 1], statuses.index(429)
    for _ in range(20):
        client.predictions.get(statuses[0])
    assert fresh_client(server).predictions.create(version=quick[1]["version"], input={"x": 1}).id


def test_ten_at_a_time_per_key(server, slow):
    client, made, refused = fresh_client(server, "bob"), [], 0
    for number in range(14):
        try:
            made.append(client.predictions.create(version=slow[1]["version"], input={"features": [2_000_000 + number]}))
        except ReplicateError as error:
            assert error.status == 429, error
            refused += 1
    for one in made:
        one.cancel()
    assert len(made) <= 10 and refused >= 4


def test_deadline(server, slow):
    api = Api(server.url, server.user("bob"))
    answer = api.post("/v1/predictions", {"version": slow[1]["version"], "input": {"features": [3_000_003]}}, headers={"Cancel-After": "5s"})
    assert answer.status == 201, answer
    identity = answer.json()["id"]
    until(lambda: api.get(f"/v1/predictions/{identity}").json()["status"] in ("canceled", "failed"), 20)


def test_idempotent_create(server, quick):
    api = Api(server.url, server.user("alice"))
    body = {"version": quick[1]["version"], "input": {"x": 12345}}
    first, second = (api.post("/v1/predictions", body, key="same-key") for _ in range(2))
    assert first.status == second.status == 201 and first.json()["id"] == second.json()["id"]


class Receiver:
    """A webhook receiver on loopback; answers `status` and keeps what it got."""

    def __init__(self, failures=0):
        self.calls, receiver = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((dict(self.headers.items()), body))
                self.send_response(500 if len(receiver.calls) <= failures else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/hook"

    def close(self):
        self.http.shutdown()


@pytest.fixture(scope="module")
def hooked(new_server):
    """A server that may call this machine."""
    server = new_server(more=ALLOW_LOOPBACK).start()
    server.user("op", "admin", admin=True)
    market = Market(server, twice=False)
    return server, market.deploy(market.repository())["version"]


def signed(secret, headers, body):
    lower = {name.lower(): value for name, value in headers.items()}
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{lower['webhook-id']}.{lower['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    assert abs(time.time() - int(lower["webhook-timestamp"])) < 300
    return f"v1,{wanted}" in lower["webhook-signature"].split(" ")


def test_webhooks(hooked):
    server, version = hooked
    client, receiver = fresh_client(server), Receiver()
    prediction = client.predictions.create(version=version, input={"x": 4}, webhook=receiver.url, webhook_events_filter=["start", "completed"])
    until(lambda: any(json.loads(body)["status"] == "succeeded" for _, body in receiver.calls))
    secret = client.webhooks.default.secret().key
    assert secret.startswith("whsec_") and "_" not in secret.removeprefix("whsec_")
    for headers, body in receiver.calls:
        assert signed(secret, headers, body)
        lower = {name.lower(): value for name, value in headers.items()}
        Webhooks.validate(headers=lower, body=body.decode(), secret=client.webhooks.default.secret(), tolerance=300)
        assert not signed(secret, headers, body + b" ")
    last = json.loads(receiver.calls[-1][1])
    assert last["id"] == prediction.id and last["output"][0]["label"] == "high" and last["completed_at"]
    assert [json.loads(body)["status"] for _, body in receiver.calls].count("succeeded") == 1
    receiver.close()


def test_webhook_is_tried_again(hooked):
    server, version = hooked
    receiver = Receiver(failures=1)
    fresh_client(server).predictions.create(version=version, input={"x": 5}, webhook=receiver.url, webhook_events_filter=["completed"])
    until(lambda: len(receiver.calls) >= 2, 60)
    assert len({headers.get("webhook-id") for headers, _ in receiver.calls}) == 1, "one message, one id"
    receiver.close()


def test_webhooks_to_private_addresses_are_refused(server, quick):
    receiver = Receiver()
    client = fresh_client(server)
    try:
        client.predictions.create(version=quick[1]["version"], input={"x": 6}, webhook=receiver.url).wait()
    except ReplicateError as error:
        assert error.status == 422
    time.sleep(1)
    assert receiver.calls == []
    receiver.close()


def test_money_is_right_after_all_this(market):
    balances = market.trial_balance()
    assert all(not account.startswith("liability:escrow") for account in balances), balances
    assert market.alice.wallet()[1] == Decimal(0), "nothing is held"
