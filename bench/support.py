# What the benchmarks share: a server on a data folder of its own (the one the client tests use), nginx as the peer, a stock `hf`,
# seeded data, and /proc.
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "clients"))
from server import BINARY, Api, Server, free_port  # noqa: E402,F401

HF = Path(os.environ.get("KONTOR_HF", ROOT / "build" / "demo-venv" / "bin" / "hf"))
TICK = os.sysconf("SC_CLK_TCK")
MIB, GIB = 1 << 20, 1 << 30


def need(*programs):
    for program in programs:
        if not shutil.which(program) and not Path(program).exists():
            sys.exit(f"{program} is missing (Debian: apt-get install {Path(program).name})")


def say(name, value, unit="", target=""):
    print(f"{name:<58} {value:>12} {unit:<10} {target}".rstrip(), flush=True)


def ratio(name, ours, theirs, target):
    say(name, f"{ours / theirs:.2f}", "", f"target {target}")


def median(values):
    return statistics.median(values)


def load():
    return f"{os.getloadavg()[0]:.2f}"


def noise_file(path, size, seed):
    """Bytes that do not repeat and do not compress, the same in every run."""
    with open(path, "wb") as out:
        for block in range(0, size, 16 * MIB):
            out.write(hashlib.shake_128(f"{seed}/{block}".encode()).digest(min(16 * MIB, size - block)))
    return path


def cpu_seconds(pid):
    """(user, system) of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) / TICK, int(fields[12]) / TICK


def memory(pid):
    """Resident MiB: all of it, and the anonymous part, which is what the program itself holds."""
    rows = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: int(rows[field].split()[0]) / 1024 for name, field in (("all", "VmRSS"), ("own", "RssAnon"), ("peak", "VmHWM"))}


def metric(api, name):
    for line in api.get("/metrics").text.splitlines():
        if line.startswith(name + " "):
            return int(line.split()[1])
    raise KeyError(name)


def until_quiet(pid, seconds=120):
    """Waits until a process has used next to nothing for a second and a half."""
    deadline, before = time.monotonic() + seconds, sum(cpu_seconds(pid))
    while time.monotonic() < deadline:
        time.sleep(1.5)
        now = sum(cpu_seconds(pid))
        if now - before < 0.05:
            return
        before = now


class Hub:
    """Stock `hf` with a home of its own."""

    def __init__(self, server, home, token, xet=True):
        self.env = {
            **os.environ, "HF_ENDPOINT": server.url, "HF_TOKEN": token, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", **({} if xet else {"HF_HUB_DISABLE_XET": "1"}),
        }

    def upload(self, repo, file, name="f.bin"):
        started = time.monotonic()
        done = subprocess.run([str(HF), "upload", repo, str(file), name], env=self.env, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"hf upload: {done.returncode}\n{done.stdout}{done.stderr}")
        return time.monotonic() - started


class Nginx:
    """One worker with sendfile that serves `root` at / and the constant `text` at /text."""

    def __init__(self, root, text=""):
        self.folder = Path(tempfile.mkdtemp(prefix="kt-nginx-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        quoted = text.replace("\\", "\\\\").replace("'", "\\'").replace("$", "")
        (self.folder / "conf").write_text(f"""
            worker_processes 1; daemon off; pid {self.folder}/pid; error_log {self.folder}/log; {"user root;" if os.getuid() == 0 else ""}
            events {{ worker_connections 1024; }}
            http {{
              sendfile on; tcp_nopush on; access_log off; keepalive_requests 100000000; default_type application/octet-stream;
              client_body_temp_path {self.folder}/b; proxy_temp_path {self.folder}/p; fastcgi_temp_path {self.folder}/f; uwsgi_temp_path {self.folder}/u; scgi_temp_path {self.folder}/s;
              server {{
                listen 127.0.0.1:{self.port}; root {root};
                location = /text {{ default_type application/json; return 200 '{quoted}'; }}
              }}
            }}
        """)
        self.process = subprocess.Popen(["nginx", "-c", str(self.folder / "conf"), "-e", str(self.folder / "log")])
        for _ in range(100):
            try:
                Api(self.url).get("/text")
                return
            except OSError:
                time.sleep(0.02)
        sys.exit("nginx did not start: " + (self.folder / "log").read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
