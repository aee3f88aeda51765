# Starts the real program on a data folder of its own and speaks to it: the helpers of the client and crash tests.
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BINARY = Path(os.environ.get("KONTOR_BINARY", ROOT / "build" / "kontor"))
# More switches for `kontor serve`, for machines where the defaults do not fit.
EXTRA = os.environ.get("KONTOR_SERVE_ARGS", "").split()
# Lets the server call receivers on this machine (webhooks); private addresses are refused otherwise.
ALLOW_LOOPBACK = os.environ.get("KONTOR_ALLOW_LOOPBACK", "--allow-address 127.0.0.1").split()


_ports = []  # keeps what free_port has handed out from other test processes, for the life of this one


def free_port():
    """A port that is this process's own, also while its server is down. Below what the system gives to outgoing connections (from 32768 on)."""
    while True:
        port = random.SystemRandom().randrange(12_000, 32_000)
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0kontor-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            mark.close()
            continue
        _ports.append(mark)
        return port


def holders(port):
    """Who has the port, as the system tells it: for the message of a server that found it taken."""
    wanted, found = f":{port:04X}", []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            if words[1].endswith(wanted) or words[2].endswith(wanted):
                owners = []
                for link in Path("/proc").glob("[0-9]*/fd/*"):
                    try:
                        if os.readlink(link) == f"socket:[{words[9]}]":
                            owners.append((link.parts[2], (link.parents[1] / "cmdline").read_text().replace("\0", " ")[:200]))
                    except OSError:
                        pass
                found.append(f"{words[1]} {words[2]} state {words[3]} {owners}")
    return found


class Answer:
    """Status, headers (lower case), bytes."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        lines = [value for name, value in response.getheaders() if name.lower() == "set-cookie"]
        self.cookies = dict(line.split(";")[0].split("=", 1) for line in lines)
        self.cookie_attributes = {line.split("=")[0]: {part.strip() for part in line.split(";")[1:]} for line in lines}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"<{self.status} {self.headers.get('x-error-code', '')} {self.text[:400]}>"


class Api:
    """Plain HTTP as one caller. Every answer comes back, refused or not."""

    watch = None  # called with every answer (conftest.py)

    def __init__(self, url, token=None):
        self.url, self.token = url, token
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port

    def request(self, method, path, body=None, headers=None, timeout=60):
        kind = http.client.HTTPSConnection if self.url.startswith("https:") else http.client.HTTPConnection
        connection = kind(self.host, self.port, timeout=timeout)
        headers = dict(headers or {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        if headers.get("Authorization") == "":  # asked for without
            del headers["Authorization"]
        if isinstance(body, (dict, list)):
            headers.setdefault("Content-Type", "application/json")
            body = json.dumps(body).encode()
        try:
            connection.request(method, path, body, headers)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        if Api.watch:
            Api.watch(self, method, path, answer)
        return answer

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def head(self, path, **options):
        return self.request("HEAD", path, **options)

    def post(self, path, body=None, key=None, **options):
        headers = {"Idempotency-Key": key or str(uuid.uuid4()), **options.pop("headers", {})}
        return self.request("POST", path, {} if body is None else body, headers, **options)

    # Hub calls that many tests need

    def create_repo(self, name, kind="model", **more):
        answer = self.post("/api/repos/create", {"name": name, "organization": None, "type": kind, **more})
        assert answer.status == 200, answer
        return answer.json()

    def commit(self, repo, operations, summary="test", parent=None, branch="main", kind="models"):
        """`operations`: {path: bytes or text}, or ready NDJSON lines."""
        header = {"summary": summary, "description": ""}
        if parent:
            header["parentCommit"] = parent
        lines = [{"key": "header", "value": header}]
        if isinstance(operations, dict):
            import base64

            for path, content in operations.items():
                content = content.encode() if isinstance(content, str) else content
                lines.append({"key": "file", "value": {"path": path, "encoding": "base64", "content": base64.b64encode(content).decode()}})
        else:
            lines += operations
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        return self.request("POST", f"/api/{kind}/{repo}/commit/{branch}", body, {"Content-Type": "application/x-ndjson"})

    def sha(self, repo, kind="models", revision="main"):
        answer = self.get(f"/api/{kind}/{repo}/revision/{revision}")
        assert answer.status == 200, answer
        return answer.json()["sha"]

    def lfs_upload(self, repo, content):
        """Batch, PUT, verify: one object through LFS; hands back its SHA-256."""
        import hashlib

        oid = hashlib.sha256(content).hexdigest()
        batch = self.lfs_batch(repo, [(oid, len(content))]).json()["objects"][0]
        if "actions" in batch:
            target = urllib.parse.urlsplit(batch["actions"]["upload"]["href"])
            put = self.request("PUT", target.path + ("?" + target.query if target.query else ""), content, {"Authorization": ""})
            assert put.status in (200, 201), put
            verify = batch["actions"].get("verify")
            if verify:
                done = self.request("POST", urllib.parse.urlsplit(verify["href"]).path, {"oid": oid, "size": len(content)})
                assert done.status == 200, done
        return oid

    def lfs_batch(self, repo, objects, operation="upload"):
        return self.request(
            "POST", f"/{repo}.git/info/lfs/objects/batch",
            {"operation": operation, "transfers": ["basic"], "objects": [{"oid": oid, "size": size} for oid, size in objects], "hash_algo": "sha256"},
            {"Accept": "application/vnd.git-lfs+json"},
        )


class Server:
    """One data folder and, most of the time, one process on it."""

    def __init__(self, database=None, test_clock=True, prefix=(), more=(), binary=BINARY):
        # Short paths: Unix sockets in the folder may not be longer than 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="kt-", dir="/tmp"))
        self.data = self.folder / "d"
        self.database, self.test_clock, self.prefix, self.more, self.binary = database, test_clock, list(prefix), list(more), binary
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.tokens = {}

    def start(self, seconds=30):
        words = [*self.prefix, str(self.binary), "serve", "--listen", f"127.0.0.1:{self.port}", "--data", str(self.data)]
        if self.test_clock:
            words.append("--test-clock")
        if self.database:
            words += ["--db", self.database]
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(words + self.more + EXTRA, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None:
                who = holders(self.port)
                raise RuntimeError(f"kontor serve ended with {self.process.returncode}: {self.log_tail()}\non its port: {who}")
            try:
                if Api(self.url).get("/readyz", timeout=2).status == 200:
                    return self
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise RuntimeError(f"kontor serve did not get ready: {self.log_tail()}")
            time.sleep(0.02)

    def stop(self):
        """SIGTERM must drain and end with status 0."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                status = self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                status = "no end within 15 s"
            assert status == 0, f"SIGTERM: status {status}: {self.log_tail()}"
        self.process = None

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def remove(self):
        self.kill()
        if not os.environ.get("KONTOR_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self, size=3000):
        text = (self.folder / "log").read_bytes()[-size:]
        return text.decode("utf-8", "replace")

    def cli(self, *words, check=True, input=None):
        done = subprocess.run([str(BINARY), *words, "--data", str(self.data)], capture_output=True, text=True, timeout=300, input=input)
        if check:
            assert done.returncode == 0, f"kontor {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def user(self, name, role="write", admin=False):
        """A user and a token; asked again, the same token."""
        if (name, role) not in self.tokens:
            if not any(known == name for known, _ in self.tokens):
                self.cli("user", "add", name, *(["--admin"] if admin else []))
            made = self.cli("token", "create", name, "--role", role)
            self.tokens[name, role] = made.stdout.strip().split("\n")[-1]
        return self.tokens[name, role]

    def api(self, name=None, role="write", admin=False):
        return Api(self.url, self.user(name, role, admin) if name else None)

    def verify(self):
        done = self.cli("verify", check=False)
        assert done.returncode == 0, f"kontor verify:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def advance(self, milliseconds):
        answer = self.api("op", "admin", True).post("/api/v1/test_clock", {"advance_ms": milliseconds})
        assert answer.status == 200, answer

    def processes(self, word):
        """Process ids below this server whose command line holds `word`."""
        found, parents = [], {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                except (OSError, IndexError):
                    pass
        for process in parents:
            above = process
            while above in parents and above != self.process.pid:
                above = parents[above]
            if above == self.process.pid and process != self.process.pid:
                try:
                    if word in Path(f"/proc/{process}/cmdline").read_bytes().decode("utf-8", "replace"):
                        found.append(process)
                except OSError:
                    pass
        return found


class Postgres:
    """A throw-away cluster on a Unix socket; one database per server."""

    def __init__(self):
        bins = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").exists() else []
        self.bin = bins[-1] if bins else None
        self.folder, self.count = None, 0

    def _run(self, *words):
        if os.getuid() == 0:  # the server refuses to run as root
            words = ("runuser", "-u", "postgres", "--", *words)
        subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def start(self):
        self.folder = Path(tempfile.mkdtemp(prefix="kpg-", dir="/tmp"))
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run(self.bin / "initdb", "-D", self.folder / "d", "-U", "kontor", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-k {self.folder} -c listen_addresses= -c max_connections=200"
        self._run(self.bin / "pg_ctl", "-D", self.folder / "d", "-w", "-o", options, "-l", self.folder / "log", "start")
        return self

    def database(self):
        self.count += 1
        name = f"kontor_{self.count}"
        self._run(self.bin / "createdb", "-h", self.folder, "-U", "kontor", name)
        return f"postgres://kontor@/{name}?host={self.folder}"

    def stop(self):
        if self.folder:
            self._run(self.bin / "pg_ctl", "-D", self.folder / "d", "-m", "immediate", "stop")
            shutil.rmtree(self.folder, ignore_errors=True)
