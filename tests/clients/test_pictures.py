# Models that answer with files, through the official replicate client: addresses and data, who may read them, how long, what a restart leaves,
# what is charged, and a runner that is not to be trusted.
import datetime
import io
import ipaddress
import os
import re
import shutil
import time
import urllib.parse
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import replicate
from PIL import Image
from replicate.exceptions import ModelError, ReplicateError
from replicate.helpers import FileOutput

import models
import untrusted_runner
from market import Market, licence, runs
from server import BINARY, ROOT, Api

RNG = np.random.default_rng(3)
BY_ADDRESS = {"Prefer": "wait, file-output=url"}


def client_of(server, name="alice"):
    """A client with a key of its own: limits count per key."""
    server.user(name)
    token = server.cli("token", "create", name, "--role", "write").stdout.strip().split("\n")[-1]
    return replicate.Client(api_token=token, base_url=server.url)


def pixels(high=6, wide=9):
    return RNG.integers(0, 256, (high, wide, 3), dtype=np.uint8)


def png(array):
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "PNG")
    stream.seek(0)
    stream.name = "in.png"
    return stream


def opened(data):
    image = Image.open(io.BytesIO(data))
    assert image.format == "PNG"
    return np.asarray(image)


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def uploaded(server, name, array):
    return client_of(server, name).files.create(png(array)).urls["get"]


def by_address(server, version, array, name="alice"):
    """A finished prediction whose file is an address, as plain JSON."""
    answer = Api(server.url, server.user(name)).post("/v1/predictions", {"version": version, "input": {"image": uploaded(server, name, array)}}, headers=BY_ADDRESS)
    assert answer.status == 201 and answer.json()["status"] == "succeeded", answer
    return answer.json()


def path_of(address):
    parts = urllib.parse.urlsplit(address)
    return f"{parts.path}?{parts.query}"


def kept_files(server):
    """Bytes of files in the object store."""
    return sorted(one.name for one in server.data.rglob("*") if one.is_file() and one.parent.name == "files")


@pytest.fixture(scope="module")
def market(server):
    return Market(server, twice=False)


@pytest.fixture(scope="module")
def negative(market):
    """A model that is sold: each run costs 0.01."""
    repo = market.repository("negative", models.negative())
    sale = market.sell(repo, licence("1.00"), runs("0.01"))
    market.top_up(market.alice, "20.00")
    market.order(market.alice, sale, "1.00")
    deployment = market.deploy(repo)
    assert deployment["state"] == "ready", deployment
    return repo, deployment["version"]


def test_run_gives_a_file(server, market, negative):
    repo, version = negative
    before, array = market.alice.wallet()[0], pixels()
    client = client_of(server)
    output = client.run(f"{repo}:{version}", input={"image": png(array)})
    assert isinstance(output, FileOutput), output
    assert np.array_equal(opened(output.read()), 255 - array)
    assert before - market.alice.wallet()[0] == Decimal("0.01") and market.alice.wallet()[1] == 0
    schema = client.models.get(repo).versions.get(version).openapi_schema["components"]["schemas"]["Output"]
    assert (schema["type"], schema["format"]) == ("string", "uri")
    prediction = client.predictions.list().results[0]
    assert prediction.output.startswith(f"{server.url}/v1/files/"), "lists hold addresses, whatever the transport"
    assert opened(Api(server.url).get(path_of(prediction.output)).body).shape == array.shape


def test_the_address(server, negative):
    """Whoever has it may read it; nothing of it can be changed; without the signature it is the owner's."""
    array = pixels()
    made = by_address(server, negative[1], array)
    address, nobody = made["output"], Api(server.url)
    assert re.fullmatch(re.escape(server.url) + r"/v1/files/\w{26}/download\?owner=[\w-]+&expiry=\d+&signature=[\w%]+", address), address
    answer = nobody.get(path_of(address))
    assert answer.status == 200 and np.array_equal(opened(answer.body), 255 - array)
    assert answer.headers["content-type"] == "image/png" and answer.headers["content-disposition"] == "inline"
    assert "sandbox" in answer.headers["content-security-policy"] and answer.headers["x-content-type-options"] == "nosniff"
    assert nobody.head(path_of(address)).status == 200

    parts = urllib.parse.urlsplit(address)
    query = dict(urllib.parse.parse_qsl(parts.query))
    left = int(query["expiry"]) - time.time()
    assert 3500 < left <= 3600, "one hour"
    other = by_address(server, negative[1], pixels())["output"]
    other_path, other_query = urllib.parse.urlsplit(other).path, dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(other).query))
    eve = server.api("eve")
    for path, change in [
        (parts.path, {"expiry": str(int(query["expiry"]) + 1)}), (parts.path, {"expiry": "-1"}), (parts.path, {"expiry": "x"}), (parts.path, {"expiry": ""}),
        (parts.path, {"owner": eve.get("/api/whoami-v2").json()["name"]}), (parts.path, {"owner": ""}), (parts.path, {"signature": ""}),
        (parts.path, {"signature": other_query["signature"]}), (other_path, {}), (parts.path.replace("/download", "x/download"), {}),
    ]:
        changed = nobody.get(f"{path}?{urllib.parse.urlencode({**query, **change})}")
        assert changed.status == 404 and changed.headers["content-type"] == "application/problem+json", (path, change, changed)
    assert nobody.get(parts.path).status == 401
    assert eve.get(parts.path).status == 404
    assert eve.get(parts.path.replace("/download", "")).status == 404
    assert server.api("alice").get(parts.path).status == 200
    # the prediction itself is as private as ever
    assert eve.get(f"/v1/predictions/{made['id']}").status == 404 and nobody.get(f"/v1/predictions/{made['id']}").status == 401
    assert server.api("alice").get(f"/v1/predictions/{made['id']}", headers={"Prefer": "file-output=url"}).json()["output"] == address
    assert server.api("op", "admin", True).get(f"/v1/predictions/{made['id']}", headers={"Prefer": "file-output=url"}).json()["output"] == address
    # the owner's file like any other
    listed = client_of(server).files.get(parts.path.split("/")[3])
    assert (listed.name, listed.content_type, listed.size) == ("image.png", "image/png", len(answer.body))


def test_an_upload_keeps_no_type_of_its_own(server):
    """What callers upload is never shown as a page or a picture from this address."""
    client = client_of(server)
    stream = io.BytesIO(b"<script>alert(1)</script>")
    stream.name = "page.html"
    made = client.files.create(stream)
    answer = server.api("alice").get(f"/v1/files/{made.id}/download")
    assert answer.headers["content-type"] == "application/octet-stream" and answer.headers["content-disposition"] == "attachment"


def test_an_output_is_the_next_input(server, negative):
    """By the owner, and by whoever was given the address; not by guessing the file's name."""
    _, version = negative
    array = pixels()
    address = by_address(server, version, array)["output"]
    client = client_of(server)
    again = client.predictions.create(version=version, input={"image": address}, wait=True)
    assert again.status == "succeeded", again.error
    bob = client_of(server, "bob")
    given = bob.predictions.create(version=version, input={"image": address}, wait=True)
    assert given.status == "succeeded" and given.output.startswith("data:image/png;base64,")
    for wrong in (address.split("?")[0], address.replace("&signature=", "&signature=x"), address.split("/download")[0]):
        refused = bob.predictions.create(version=version, input={"image": wrong}, wait=True)
        assert refused.status == "failed" and "not there" in refused.error, (wrong, refused.error)


def test_who_may_not_run_gets_nothing(server, negative):
    files = kept_files(server)
    body = {"version": negative[1], "input": {"image": "data:image/png;base64,AA=="}}
    assert Api(server.url).post("/v1/predictions", body).status == 401
    refused = server.api("eve").post("/v1/predictions", body)
    assert refused.status == 402, refused
    assert kept_files(server) == files


def test_masks(server, market):
    version = market.deploy(market.repository("parts", models.which_colour()))["version"]
    array = np.zeros((4, 6, 3), dtype=np.uint8)
    array[:, :2, 0] = array[:, 2:, 2] = 255
    client = client_of(server)
    output = client.run(f"bob/parts:{version}", input={"image": png(array)})
    assert [one["label"] for one in output] == ["red", "blue"] and all(isinstance(one["mask"], FileOutput) for one in output)
    assert [np.array_equal(opened(one["mask"].read()), array[:, :, channel]) for one, channel in zip(output, (0, 2))] == [True, True]
    schema = client.models.get("bob/parts").versions.get(version).openapi_schema["components"]["schemas"]["Output"]
    assert schema["items"]["properties"]["mask"]["format"] == "uri"


def test_a_picture_of_nothing_costs_nothing(server, market):
    repo = market.repository("broken", models.broken_picture())
    market.order(market.alice, market.sell(repo, licence("1.00"), runs("0.01")), "1.00")
    version, files, before = market.deploy(repo)["version"], kept_files(server), market.alice.wallet()
    with pytest.raises(ModelError) as failed:
        client_of(server).run(f"{repo}:{version}", input={"image": "data:image/png;base64," + untrusted_runner.coded(untrusted_runner.PNG)})
    assert "not numbers" in failed.value.prediction.error and failed.value.prediction.output is None
    assert market.alice.wallet() == before and kept_files(server) == files


def test_large_files_are_addresses(server, negative):
    """More than 8 MiB is never put into the JSON."""
    array = pixels(1800, 1800)
    address = uploaded(server, "alice", array)
    prediction = client_of(server).predictions.create(version=negative[1], input={"image": address}, wait=True)
    assert prediction.status == "succeeded" and prediction.output.startswith(server.url), (prediction.status, prediction.error, str(prediction.output)[:80])
    assert np.array_equal(opened(Api(server.url).get(path_of(prediction.output)).body), 255 - array)


def test_after_a_restart(server, negative):
    array = pixels()
    made = by_address(server, negative[1], array)
    server.stop()
    server.start()
    answer = Api(server.url).get(path_of(made["output"]))
    assert answer.status == 200 and np.array_equal(opened(answer.body), 255 - array), "the signature outlives the process"
    assert server.api("alice").get(f"/v1/predictions/{made['id']}", headers=BY_ADDRESS).json()["output"] == made["output"]


# ---- over TLS


def certificate(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kontor test")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True).sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


def test_file_output_over_tls(new_server, tmp_path, monkeypatch):
    """As on the real service: an https address that the client makes a FileOutput of and fetches by itself."""
    cert, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    server = new_server(more=["--tls-cert", str(cert), "--tls-key", str(key)])
    server.url = server.url.replace("http:", "https:")
    server.start()
    server.user("op", "admin", admin=True)
    market = Market(server, twice=False)
    repo = market.repository(files=models.negative())
    version, array = market.deploy(repo)["version"], pixels()
    client = client_of(server, "bob")
    output = client.run(f"{repo}:{version}", input={"image": png(array)})
    assert isinstance(output, FileOutput) and output.url.startswith(f"{server.url}/v1/files/")
    assert np.array_equal(opened(output.read()), 255 - array)
    assert np.array_equal(opened(b"".join(output)), 255 - array)
    prediction = client.predictions.create(version=version, input={"image": output.url}, wait=True)
    assert prediction.status == "succeeded" and prediction.output.startswith("https:")
    data = Api(server.url, server.user("bob")).get(f"/v1/predictions/{prediction.id}", headers={"Prefer": "file-output=data"}).json()["output"]
    assert data.startswith("data:image/png;base64,"), "who asks for data gets data"
    server.stop()


# ---- the end of a file


def test_expiry(new_server):
    server = new_server(more=["--output-life", "4"]).start()
    server.user("op", "admin", admin=True)
    market = Market(server, twice=False)
    version = market.deploy(market.repository(files=models.negative()))["version"]
    first = by_address(server, version, pixels(), "bob")
    upload = first["input"]["image"]
    bob, nobody = server.api("bob"), Api(server.url)
    assert nobody.get(path_of(first["output"])).status == 200
    before = len(kept_files(server))
    until(lambda: nobody.get(path_of(first["output"])).status == 404)
    gone = bob.get(f"/v1/predictions/{first['id']}").json()
    assert (gone["status"], gone["output"], gone["input"], gone["logs"], gone["data_removed"]) == ("succeeded", None, {}, "", True), gone
    assert gone["metrics"]["predict_time"] > 0, "what it cost stays explained"
    assert [one for one in bob.get("/v1/predictions").json()["results"] if one["id"] == first["id"]][0]["data_removed"] is True
    client_of(server, "bob").predictions.get(first["id"])
    until(lambda: len(kept_files(server)) == before - 1)
    assert bob.get(urllib.parse.urlsplit(upload).path).status == 200, "uploads live for a day"

    # what was alive when the server went down ends after the next start
    second = by_address(server, version, pixels(), "bob")
    expires = int(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(second["output"]).query))["expiry"])
    left = set(kept_files(server))
    server.kill()
    time.sleep(max(0, expires + 1 - time.time()))
    assert set(kept_files(server)) == left
    server.start()
    until(lambda: len(kept_files(server)) == len(left) - 1)
    assert bob.get(f"/v1/predictions/{second['id']}").json()["data_removed"] is True
    # labels and tensors are kept as before
    quick = market.deploy(market.repository())["version"]
    label = client_of(server, "bob").predictions.create(version=quick, input={"x": 1}, wait=True)
    assert label.output[0]["label"] == "high"
    server.verify()
    server.stop()


# ---- a runner that is not to be trusted


@pytest.fixture(scope="module")
def taken_over(new_server, tmp_path_factory):
    """The real program with another runner beside it: what a model could do that has taken its process over."""
    folder = tmp_path_factory.mktemp("kontor")
    runner = folder / "workers/runner/runner.py"
    runner.parent.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("untrusted_runner.py"), runner)
    (folder / "workers-venv").symlink_to(next(one for one in (BINARY.resolve().parents[1] / "workers-venv", ROOT / "build/workers-venv") if one.exists()))
    try:
        os.link(BINARY.resolve(), folder / "kontor")
    except OSError:
        shutil.copy(BINARY.resolve(), folder / "kontor")
    server = new_server(binary=folder / "kontor").start()
    server.user("op", "admin", admin=True)
    market = Market(server, twice=False)
    repo = market.repository("evil")
    market.top_up(market.alice, "20.00")
    market.order(market.alice, market.sell(repo, licence("1.00"), runs("0.01")), "1.00")
    deployment = market.deploy(repo)
    assert deployment["state"] == "ready", deployment
    return server, market, deployment


def test_the_stand_in_works(taken_over):
    server, market, deployment = taken_over
    before = market.alice.wallet()[0]
    output = client_of(server).predictions.create(version=deployment["version"], input={"case": "good"}, wait=True)
    assert output.status == "succeeded" and output.output.startswith("data:image/png;base64,"), output.error
    assert before - market.alice.wallet()[0] == Decimal("0.01")


@pytest.mark.parametrize(
    "case",
    ["half", "html", "html name", "path", "header", "not base64", "not text", "missing", "unnamed", "somebody else's", "as it is stored", "beside its own", "many", "large"],
)
def test_what_it_may_not_answer(taken_over, case):
    """The run failed, what was held is free again, nothing is charged, no file is left; the next run works."""
    server, market, deployment = taken_over
    bobs = by_case(server, deployment, "good", "bob")
    victim = urllib.parse.urlsplit(bobs["output"]).path.split("/")[3]
    before, files = market.alice.wallet(), kept_files(server)
    failed = by_case(server, deployment, case, "alice", other=victim)
    assert failed["status"] == "failed" and failed["output"] is None and failed["error"], failed
    assert victim not in failed["error"]
    assert market.alice.wallet() == before and before[1] == 0 and kept_files(server) == files
    again = by_case(server, deployment, "good", "alice")
    assert again["status"] == "succeeded", again


def by_case(server, deployment, case, name, **more):
    api = Api(server.url, server.user(name))
    answer = api.post("/v1/predictions", {"version": deployment["version"], "input": {"case": case, **more}}, headers=BY_ADDRESS)
    assert answer.status == 201, answer
    made = answer.json()
    until(lambda: api.get(f"/v1/predictions/{made['id']}").json()["status"] in ("succeeded", "failed", "canceled"))
    return api.get(f"/v1/predictions/{made['id']}", headers=BY_ADDRESS).json()


def test_the_books_after_all_this(taken_over, market):
    for one in (taken_over[1], market):
        assert all(not account.startswith("liability:escrow") for account in one.trial_balance())
    taken_over[0].verify()
    with pytest.raises(ReplicateError):
        client_of(taken_over[0], "eve").run(f"bob/evil:{taken_over[2]['version']}", input={"case": "good"})
