# The kill -9 harness: see README.md. One data folder lives through all kills; what clients were told is kept beside it.
#   KONTOR_CRASHES  how many kills (default 60)     KONTOR_CRASH_SEED  the random points (default: new each time, printed)
import hashlib
import http.client
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from decimal import Decimal
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "clients")]

from market import Market, dec, licence, runs  # noqa: E402
from server import BINARY, Api, Postgres, Server  # noqa: E402

COUNT = int(os.environ.get("KONTOR_CRASHES", "60"))
SEED = int(os.environ.get("KONTOR_CRASH_SEED", str(random.SystemRandom().randrange(1 << 32))))
PRICE, UNIT = Decimal("1.25"), Decimal("0.01")
UNREACHABLE = (OSError, EOFError, http.client.HTTPException)  # what a killed server looks like from outside


@pytest.fixture(params=[one.strip() for one in os.environ.get("KONTOR_DB", "sqlite").split(",")])
def server(request):
    if not BINARY.exists():
        pytest.skip(f"there is no {BINARY}: build it first")
    cluster = None
    if request.param == "postgres":
        cluster = Postgres()
        if cluster.bin is None:
            pytest.skip("PostgreSQL is not installed")
        cluster.start()
    one = Server(cluster.database() if cluster else None, test_clock=False)
    yield one.start()
    one.remove()
    if cluster:
        cluster.stop()


class World:
    """What clients were told, and the clients that go on asking until the server is gone."""

    def __init__(self, server, chance):
        self.server, self.chance = server, chance
        server.user("op", "admin", admin=True)
        market = self.market = Market(server, twice=False)
        self.carol = market.person("carol")
        self.sales = [market.sell(market.repository(), licence(str(PRICE))) for _ in range(6)]
        self.metered = market.sell(market.repository(), licence("1.00"), runs(str(UNIT)))
        for buyer in (market.alice, self.carol):
            market.top_up(buyer, "1000.00")
            # Below level 2 a buyer may not spend more than 100.00 a day.
            market.op.post(f"/api/v1/parties/{buyer.get('/api/v1/me')['id']}/kyc", {"level": 2}, status=200)
        market.order(self.carol, self.metered, "1.00", "carol")
        self.version = market.deploy(self.metered["repo"])["version"]
        for name in ("commits", "uploads"):
            market.bob.api.create_repo(name)
        self.files = {}  # (repo, path) -> sha256: acknowledged commits
        self.heads = []  # acknowledged commit ids
        self.orders = {}  # order id -> acknowledged state
        self.unsure = []  # (key, sale): orders whose answer never came
        self.answers = {}  # prediction id -> acknowledged state
        self.stop = threading.Event()

    # Clients: each loops until the server is gone

    def until_gone(self, work):
        number = 0
        try:
            while not self.stop.is_set():
                work(number)
                number += 1
        except UNREACHABLE:
            pass

    def committer(self, run):
        def work(number):
            content = self.chance.randbytes(self.chance.choice([0, 10, 3000, 60_000]))
            path = f"r{run}-{number}.txt" if content else f"r{run}-{number}.empty"
            content = content.hex().encode()
            answer = self.market.bob.api.commit("bob/commits", {path: content})
            assert answer.status == 200, answer
            self.files["bob/commits", path] = hashlib.sha256(content).hexdigest()
            self.heads.append(answer.json()["commitOid"])

        self.until_gone(work)

    def lfs(self, run):
        def work(number):
            content = self.chance.randbytes(self.chance.choice([1, 8192, 150_000]))
            path, api = f"lfs-r{run}-{number}.bin", self.market.bob.api
            oid = api.lfs_upload("bob/uploads", content)
            answer = api.commit("bob/uploads", [{"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": oid, "size": len(content)}}])
            assert answer.status == 200, answer
            self.files["bob/uploads", path] = oid

        self.until_gone(work)

    def buyer(self, run):
        def work(number):
            sale, api = self.sales[number % len(self.sales)], self.market.alice.api
            key = str(uuid.uuid4())
            self.unsure.append((key, sale))
            answer = api.post("/api/v1/orders", self.market.order_body(sale, str(PRICE), "alice"), key=key)
            self.unsure.pop()
            if answer.status == 409:  # bought in an earlier life
                identity = api.get(f"/api/v1/entitlements?asset=model:{sale['repo']}&state=active").json()["data"][0]["order"]
            else:
                assert answer.status == 201, answer
                identity = answer.json()["id"]
                self.orders[identity] = "completed"
            self.orders.pop(identity, None)  # while the refund is under way either state is right
            refund = api.post(f"/api/v1/orders/{identity}/refunds", {"reason": "crash test"})
            assert refund.status in (201, 409), refund
            self.orders[identity] = "refunded"

        self.until_gone(work)

    def caller(self, run, token):
        api = Api(self.server.url, token)

        def work(number):
            answer = api.post("/v1/predictions", {"version": self.version, "input": {"x": run * 1000 + number}}, headers={"Prefer": "wait=5"})
            if answer.status == 429:
                time.sleep(0.2)
                return
            assert answer.status in (201, 202), answer
            body = answer.json()
            if body["status"] == "succeeded":
                self.answers[body["id"]] = "succeeded"

        self.until_gone(work)

    def xet(self, run):
        """The stock client in a process of its own; its acknowledgements are read from its output."""
        home = tempfile.mkdtemp(prefix="kt-hf-")
        env = {**os.environ, "HF_ENDPOINT": self.server.url, "HF_TOKEN": self.server.user("bob"), "HF_HOME": home, "HF_HUB_DISABLE_PROGRESS_BARS": "1",
               "CRASH_REPO": "bob/uploads", "CRASH_PREFIX": f"xet-r{run}"}
        return subprocess.Popen([sys.executable, str(HERE / "uploader.py")], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    # One life of the server

    def life(self, run):
        token = self.server.cli("token", "create", "carol", "--role", "read").stdout.strip().split("\n")[-1]
        client = self.xet(run) if run % 3 == 0 else None
        if client:
            assert client.stdout.readline() == "ready\n"
        self.stop.clear()
        failures = []

        def guarded(work, *words):
            try:
                work(*words)
            except BaseException as error:  # shown by the test, not lost in a thread
                failures.append(error)

        works = [(self.committer, run), (self.lfs, run), (self.buyer, run), (self.caller, run, token)]
        threads = [threading.Thread(target=guarded, args=words) for words in works]
        for one in threads:
            one.start()
        time.sleep(self.chance.choice([0.01, 0.05, 0.2, 0.5, 1.0]) * (0.5 + self.chance.random()))
        self.server.kill()
        self.stop.set()
        for one in threads:
            one.join(30)
        if client:
            client.kill()
            for line in client.stdout.read().splitlines():
                if line.count(" ") == 1:
                    path, digest = line.split()
                    self.files["bob/uploads", path] = digest
            client.wait()
        if failures:
            raise failures[0]

    # What must hold afterwards

    def check(self, run, everything):
        market, alice = self.market, self.market.alice
        for key, sale in self.unsure:  # the same request again: one effect, whenever it happened
            answer = alice.api.post("/api/v1/orders", market.order_body(sale, str(PRICE), "alice"), key=key)
            assert answer.status in (201, 409), answer
            if answer.status == 201:
                again = alice.api.post("/api/v1/orders", market.order_body(sale, str(PRICE), "alice"), key=key)
                assert again.body == answer.body
                self.orders.setdefault(answer.json()["id"], None)
        self.unsure.clear()

        files = list(self.files.items())
        for (repo, path), digest in files if everything else self.chance.sample(files, min(len(files), 25)) + files[-10:]:
            answer = market.bob.api.get(f"/{repo}/resolve/main/{path}")
            assert answer.status == 200, f"an acknowledged file is gone: {repo} {path}: {answer}"
            assert hashlib.sha256(answer.body).hexdigest() == digest, f"{repo} {path} came back changed"
        for head in self.heads if everything else self.heads[-5:]:
            assert market.bob.api.get(f"/api/models/bob/commits/revision/{head}").status == 200, f"an acknowledged commit is gone: {head}"

        for identity, state in list(self.orders.items()) if everything else list(self.orders.items())[-20:]:
            found = alice.get(f"/api/v1/orders/{identity}")["state"]
            assert found in ("completed", "refunded") and state in (None, found), f"{identity} is {found}, the client was told {state}"
        open_orders = self.all_of(alice, "/api/v1/orders?role=buyer&state=completed")
        assert alice.wallet() == (1000 - PRICE * len(open_orders), 0, 1000 - PRICE * len(open_orders)), f"{len(open_orders)} orders are not refunded"
        self.check_calls()
        balances = market.trial_balance()
        assert not [account for account in balances if account.startswith("liability:escrow")], balances
        self.server.verify()

    def check_calls(self):
        """Every run that succeeded is charged, nothing else is, and nothing stays held."""
        deadline = time.monotonic() + 60
        while True:
            predictions, page = [], "/v1/predictions"
            while page:
                body = self.carol.api.get(page).json()
                predictions += body["results"]
                page = body["next"] and body["next"].removeprefix(self.server.url)
            if all(one["status"] in ("succeeded", "failed", "canceled") for one in predictions):
                break
            assert time.monotonic() < deadline, [one for one in predictions if one["status"] not in ("succeeded", "failed", "canceled")][:3]
            time.sleep(0.2)
        done = {one["id"] for one in predictions if one["status"] == "succeeded"}
        lost = [one for one in self.answers if one not in done]
        assert not lost, f"acknowledged runs are gone or changed: {lost}"
        usage = self.carol.get(f"/api/v1/usage?party=carol&role=buyer&asset=model:{self.metered['repo']}&group_by=component")["data"]
        quantity = sum(one["quantity"] for one in usage if "runs" in str(one["key"]))
        charged = sum(dec(one["charged"]) for one in usage if "runs" in str(one["key"]))
        assert quantity == len(done) and charged == UNIT * quantity, f"{len(done)} runs succeeded, {quantity} are metered, {charged} charged"
        balance, held, _ = self.carol.wallet()
        assert held == 0 and balance == 1000 - 1 - charged

    @staticmethod
    def all_of(caller, path):
        found, cursor = [], ""
        while True:
            page = caller.get(f"{path}&limit=100{cursor}")
            found += page["data"]
            if not page["has_more"]:
                return found
            cursor = f"&cursor={page['next_cursor']}"


def test_kill_and_come_back(server):
    print(f"\n{COUNT} kills, KONTOR_CRASH_SEED={SEED}")
    world = World(server, random.Random(SEED))
    for run in range(1, COUNT + 1):
        try:
            world.life(run)
            server.start()
            world.check(run, everything=run == COUNT or run % 20 == 0)
        except BaseException:
            print(f"kill {run} of {COUNT}, KONTOR_CRASH_SEED={SEED}\n{server.log_tail()}")
            raise
    print(f"{COUNT} kills survived: {len(world.files)} files, {len(world.orders)} orders, {len(world.answers)} runs acknowledged and found again")
    server.stop()
