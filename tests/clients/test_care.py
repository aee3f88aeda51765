# The command line's care of a data folder: clean-up, backup beside a server that is being written to, restore elsewhere.
import fcntl
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

import verify_proof
from market import Market, licence
from server import BINARY, Server


@pytest.fixture(scope="module")
def market(server):
    return Market(server, twice=False)


def stored(server, kind):
    return {path: path.stat().st_size for path in (server.data / "objects" / kind).rglob("*") if path.is_file()}


def gc(server, *words):
    return json.loads(server.cli("gc", "--json", *words).stdout)


def test_gc_takes_what_nobody_names_and_nothing_else(server, market):
    if server.database:
        pytest.skip("the same code on either database")
    kept = market.repository("kept")
    gone = market.repository("gone")
    before = stored(server, "xorbs"), stored(server, "packs")
    old = time.time() - 30 * 86400
    # A body whose row never came, old by its name; one that may still get its row; a pack of a lost race; a prediction's file without a row.
    folder = server.data / "objects"
    (folder / "xorbs" / "00").mkdir(exist_ok=True)
    (folder / "files").mkdir(exist_ok=True)
    left = folder / "xorbs" / "00" / f"{'0' * 64}-{int(old * 1000):012x}00000000"
    fresh = folder / "xorbs" / "00" / f"{'1' * 64}-{int(time.time() * 1000):012x}00000000"
    pack, file = folder / "packs" / "lost.pack", folder / "files" / "lost"
    for path, size in ((left, 1000), (fresh, 2000), (pack, 3000), (file, 4000)):
        path.write_bytes(b"x" * size)
        if path != fresh:
            os.utime(path, (old, old))
    # A deleted repository's packs are named by nobody; an hour must have gone by.
    market.bob.api.request("DELETE", "/api/repos/delete", {"name": "gone", "organization": "bob", "type": "model"})
    dropped = []
    for path in before[1]:
        data = path.read_bytes()
        os.utime(path, (old, old))
        dropped.append((path, len(data)))

    counted = gc(server, "--dry-run")
    assert counted["dry_run"] is True and left.exists() and pack.exists() and file.exists()
    done = gc(server)
    assert {key: done[key] for key in ("bodies", "prediction_files", "bytes", "packs")} == {key: counted[key] for key in ("bodies", "prediction_files", "bytes", "packs")}
    assert done["bodies"] == 1 and done["prediction_files"] == 1 and done["packs"] >= 2
    assert done["bytes"] == 1000 + 3000 + 4000 + sum(size for path, size in dropped if not path.exists())
    assert not left.exists() and not pack.exists() and not file.exists() and fresh.exists()
    assert any(not path.exists() for path, _ in dropped), "the deleted repository's packs are gone"
    assert stored(server, "xorbs").keys() >= before[0].keys(), "content stays for the grace period"
    fresh.unlink()
    assert market.bob.api.get(f"/{kept}/resolve/main/model.onnx").status == 200
    assert market.bob.api.get(f"/{gone}/resolve/main/model.onnx").status == 404
    again = gc(server)
    assert again["bytes"] == 0 and again["packs"] == 0
    server.verify()


class Writers:
    """People who order and upload without a pause; what was acknowledged is remembered with its time."""

    def __init__(self, market, offers):
        self.market, self.offers, self.stop = market, offers, threading.Event()
        self.orders, self.files, self.failures = [], [], []
        self.threads = [threading.Thread(target=self.order), threading.Thread(target=self.upload)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def order(self):
        for offer in self.offers:
            if self.stop.is_set():
                return
            made = self.market.alice.api.post("/api/v1/orders", self.market.order_body(offer, "1.00", "alice"))
            if made.status == 201:
                self.orders.append((time.monotonic(), made.json()["id"]))
            else:
                self.failures.append(made)

    def upload(self):
        number = 0
        while not self.stop.is_set():
            number += 1
            content = os.urandom(300_000)
            oid = self.market.bob.api.lfs_upload("bob/busy", content)
            path = f"part-{number}.bin"
            done = self.market.bob.api.commit("bob/busy", [{"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": oid, "size": len(content)}}])
            if done.status == 200:
                self.files.append((time.monotonic(), path, content))
            else:
                self.failures.append(done)


def test_backup_under_writes_and_restore_elsewhere(server, market, tmp_path):
    target = tmp_path / "backup"
    if server.database:
        refused = server.cli("backup", str(target), check=False)
        assert refused.returncode != 0 and "pg_dump" in refused.stderr and not target.exists()
        return
    sale = market.sell(market.repository("busy"), licence("1.00"))
    offers = [sale]
    for _ in range(150):
        made = market.bob.post(f"/api/v1/listings/{sale['listing']}/offers", {
            "plan": sale["plan"], "plan_version": 1, "visibility": "public", "rights": ["use"], "licence": "custom-commercial-1",
            "auto_accept": False, "valid_until": None, "buyer": None,
        })
        offers.append({"offer": made["id"]})
    market.top_up(market.alice, "500.00")
    with Writers(market, offers) as writers:
        while len(writers.orders) < 20 or len(writers.files) < 3:
            assert not writers.failures
            time.sleep(0.01)
        begun = time.monotonic()
        done = json.loads(server.cli("backup", str(target), "--json").stdout)
    assert not writers.failures
    assert done["objects"] > 0 and (target / "backup.json").exists() and oct(target.stat().st_mode)[-3:] == "700"
    before_orders = [order for at, order in writers.orders if at < begun]
    before_files = [(path, content) for at, path, content in writers.files if at < begun]
    assert before_orders and before_files

    refused = server.cli("backup", str(target), check=False)
    assert refused.returncode != 0 and "not an empty folder" in refused.stderr

    # The original goes on and even loses its objects; the copy must not care.
    other = Server(test_clock=True)
    try:
        shutil.rmtree(other.data, ignore_errors=True)
        restored = subprocess.run([str(BINARY), "restore", str(target), "--data", str(other.data)], capture_output=True, text=True, timeout=300)
        assert restored.returncode == 0, restored.stderr
        assert subprocess.run([str(BINARY), "restore", str(target), "--data", str(other.data)], capture_output=True).returncode != 0, "never over something"
        checked = other.cli("verify")
        assert " 0 faults" in checked.stdout
        other.start()
        other.tokens = dict(server.tokens)
        alice, op = other.api("alice"), other.api("op", "admin", True)
        for order in before_orders:
            assert alice.get(f"/api/v1/orders/{order}").json()["state"] == "completed"
        for path, content in before_files:
            assert other.api("bob").get(f"/bob/busy/resolve/main/{path}").body == content
        trial = op.get("/api/v1/ledger/trial_balance?currency=USD").json()
        assert trial["balanced"] is True
        # The log goes on with the same key, and the copy still proves what the original signed.
        proof = alice.get(f"/api/v1/orders/{before_orders[0]}/proof")
        records = {one["kind"]: one for one in alice.get(f"/api/v1/orders/{before_orders[0]}/records").json()["data"]}
        key = server.api().get("/api/v1/log/key").text
        verify_proof.check(key, proof.text, verify_proof.check_record(records["order.paid"]))
        other.verify()
        other.stop()
    finally:
        other.remove()


def test_an_unfinished_backup_is_none(tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "kontor.db").write_bytes(b"")
    done = subprocess.run([str(BINARY), "restore", str(tmp_path / "half"), "--data", str(tmp_path / "data")], capture_output=True, text=True)
    assert done.returncode == 1 and "no finished backup" in done.stderr and not (tmp_path / "data").exists()


def test_help_names_every_command():
    text = subprocess.run([str(BINARY), "--help"], capture_output=True, text=True, check=True).stdout
    for word in ("serve", "user", "org", "token", "wallet", "verify", "gc", "backup", "restore"):
        assert f"\n  {word} " in text, text


def test_a_folder_that_was_moved_or_copied_is_complete(new_server):
    """No file of it names a place outside: a copy works on its own database and store, whatever becomes of the first."""
    one = new_server()
    if one.database:
        pytest.skip("the database lies elsewhere")
    one.start()
    owner = one.api("ann")
    owner.create_repo("things")
    owner.commit("ann/things", [{"key": "file", "value": {"path": "a.txt", "content": "first", "encoding": "utf-8"}}])
    one.stop()
    first = one.data
    one.data = first.parent / "copy"
    shutil.copytree(first, one.data)
    one.start()
    owner = one.api("ann")
    owner.commit("ann/things", [{"key": "file", "value": {"path": "b.txt", "content": "second", "encoding": "utf-8"}}])
    one.verify()
    one.stop()
    one.data = first
    one.start()
    assert [entry["path"] for entry in one.api("ann").get("/api/models/ann/things/tree/main").json() if entry["path"] in ("a.txt", "b.txt")] == ["a.txt"]
    one.stop()
    moved = first.parent / "moved"
    first.rename(moved)
    one.data = moved
    one.start()
    assert one.api("ann").get("/ann/things/resolve/main/a.txt").text == "first"
    one.verify()
    one.stop()
    one.data = first
    shutil.rmtree(first.parent / "copy")
    moved.rename(first)


def test_the_public_address_is_an_origin(new_server, tmp_path):
    """Addresses that callers are given are put together from it: a slash at its end is taken off, anything after the host is refused."""
    for wrong in ("https://models.example.com/hub", "models.example.com", "ftp://models.example.com", "https://", "https://me@models.example.com"):
        done = subprocess.run([str(BINARY), "serve", "--listen", "127.0.0.1:0", "--data", str(tmp_path / "d"), "--public-url", wrong],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode != 0 and "--public-url" in done.stderr and "https://models.example.com" in done.stderr, done
    assert not (tmp_path / "d").exists()

    server = new_server(more=["--public-url", "https://models.example.com/"]).start()
    server.user("op", "admin", admin=True)
    market = Market(server, twice=False)
    sale = market.sell(market.repository(), licence("1.00"))
    refused = market.alice.api.get(f"/{sale['repo']}/resolve/main/model.onnx")
    assert refused.status == 402 and f" https://models.example.com/{sale['repo']}" in refused.text, refused.text
    assert refused.headers["strict-transport-security"].startswith("max-age="), "callers come by https and never otherwise"
    shown = market.alice.get(f"/api/v1/listings?asset=model:{sale['repo']}")["data"][0]
    assert shown["offers"][0]["checkout_url"].startswith("https://models.example.com/market/offers/")


def test_a_folder_may_lie_deep(new_server):
    """A Unix socket's path has 107 bytes; a data folder may have more, and models run in it all the same."""
    server = new_server()
    server.data = server.folder / ("deep-" * 12) / ("down-" * 12)
    server.data.mkdir(parents=True)
    server.start()
    server.user("op", "admin", admin=True)  # through the socket in the folder
    market = Market(server, twice=False)
    deployment = market.deploy(market.repository())
    answer = market.alice.api.post("/v1/predictions", {"version": deployment["version"], "input": {"x": 1}}, headers={"Prefer": "wait=20"})
    assert answer.json()["status"] == "succeeded", answer
    assert any(server.processes("/runner/runner.py"))
    server.stop()
    server.start()
    server.verify()


def test_nothing_is_left_beside_the_folder(new_server, tmp_path):
    """Sockets of runners lie in the data folder: a killed server leaves nothing elsewhere, and the next one tidies up after it."""
    server = new_server()
    place = os.environ.get("TMPDIR", "/tmp")
    before = set(os.listdir(place))
    server.start()
    server.user("op", "admin", admin=True)
    market = Market(server, twice=False)
    market.deploy(market.repository())
    assert len(list((server.data / "run").iterdir())) == 1
    assert not {one for one in set(os.listdir(place)) - before if one.startswith("kontor-run-")}
    server.kill()
    server.start()
    stale = list((server.data / "run").iterdir())
    server.stop()
    assert len(stale) <= 1 and not (server.data / "run").exists()


def test_who_is_let_in_finds_the_owners_door_open(new_server):
    """A port that takes connections says that the server is there: a command that comes at this moment is taken, not told that the folder is in use."""
    server = new_server()
    for _ in range(10):
        words = [str(BINARY), "serve", "--listen", f"127.0.0.1:{server.port}", "--data", str(server.data)]
        server.process = subprocess.Popen(words + (["--db", server.database] if server.database else []), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            with socket.socket() as caller:
                if caller.connect_ex(("127.0.0.1", server.port)) == 0:
                    break
            assert server.process.poll() is None
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(server.data / "control.sock"))
        server.kill()


def test_a_command_waits_for_a_server_that_is_starting(new_server):
    """The folder is taken and nobody answers yet: the command comes through once the server does, or the folder is free."""
    server = new_server()
    if server.database:
        pytest.skip("the folder's lock is the same on either database")
    server.start()
    server.stop()
    with open(server.data / "lock", "rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        command = subprocess.Popen([str(BINARY), "user", "add", "early", "--data", str(server.data)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            command.wait(1)
    out, err = command.communicate(timeout=20)
    assert command.returncode == 0, out + err
    assert server.cli("user", "add", "early", check=False).returncode == 1, "it was made"
