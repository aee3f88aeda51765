# Stock huggingface_hub clients against a live server. Each scenario of hub_scenario.py runs in a process of its own under one
# client version: the newest always, the whole matrix with --all-clients.
import itertools
import os
import re
import subprocess
import sys
import tempfile
import shutil
from pathlib import Path

import pytest

from server import HERE, ROOT

SCENARIOS = re.findall(r"^def (\w+)\(\):", (HERE / "hub_scenario.py").read_text(), re.M)
PAIRS = ("upload_shared", "download_shared")
MATRIX = ["1.28.0", "1.28.0+own", "1.20.1", "1.20.1+own", "0.36.2", "0.23.5", "0.20.3"]
numbers = itertools.count(1)


def pytest_generate_tests(metafunc):
    if "client" in metafunc.fixturenames:
        versions = ["main"] + (MATRIX if metafunc.config.getoption("--all-clients") else [])
        metafunc.parametrize("client", versions)


def interpreter(client):
    python = ROOT / "build" / "clients" / client / "bin" / "python"
    if client == "main":
        return sys.executable
    if not python.exists():
        pytest.skip(f"tests/clients/setup --all has not made build/clients/{client}")
    return str(python)


def play(server, client, scenario, repo, **environment):
    """Runs one scenario; its traceback is the test's message."""
    home = tempfile.mkdtemp(prefix="kt-hf-")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    env.update(
        HF_ENDPOINT=server.url, HF_TOKEN=server.user("bob"), OTHER_TOKEN=server.user("eve"), SCENARIO_REPO=repo, HF_HOME=home,
        HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_UPDATE_CHECK="1", HF_HUB_ETAG_TIMEOUT="30", **environment,
    )
    try:
        done = subprocess.run([interpreter(client), str(HERE / "hub_scenario.py"), scenario], env=env, capture_output=True, text=True, timeout=300)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if done.returncode != 0:
        pytest.fail(f"{client} {scenario}:\n{done.stdout[-2000:]}{done.stderr[-5000:]}", pytrace=False)


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name not in PAIRS])
def test_scenario(server, client, scenario):
    play(server, client, scenario, f"bob/{scenario.replace('_', '-')}-{next(numbers)}")


@pytest.mark.parametrize("scenario", ["sizes", "private", "edit_and_delete", "all_kinds"])
def test_without_xet(server, client, scenario):
    """The same through LFS, as clients without hf_xet do it."""
    play(server, client, scenario, f"bob/lfs-{scenario.replace('_', '-')}-{next(numbers)}", HF_HUB_DISABLE_XET="1")


def test_lfs_and_xet_are_one_content(server, client):
    repo = f"bob/shared-{next(numbers)}"
    lfs = {"HF_HUB_DISABLE_XET": "1"}
    play(server, client, "upload_shared", repo, SCENARIO_FILE="by-lfs.bin", **lfs)
    play(server, client, "upload_shared", repo, SCENARIO_FILE="by-xet.bin")
    both = {"SCENARIO_FILE": "by-lfs.bin,by-xet.bin"}
    play(server, client, "download_shared", repo, **both)
    play(server, client, "download_shared", repo, **both, **lfs)


def test_command_line(server):
    """The `hf` command as people type it."""
    hf = Path(sys.executable).parent / "hf"
    home, folder = tempfile.mkdtemp(prefix="kt-hf-"), Path(tempfile.mkdtemp())
    (folder / "weights.bin").write_bytes(os.urandom(3_000_000))
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# x\n")
    env = {**os.environ, "HF_ENDPOINT": server.url, "HF_TOKEN": server.user("bob"), "HF_HOME": home}
    repo = f"bob/by-command-{next(numbers)}"

    def run(*words):
        done = subprocess.run([str(hf), *words], env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    try:
        assert "bob" in run("auth", "whoami")
        run("upload", repo, str(folder), ".")
        run("download", repo, "--local-dir", str(folder / "back"))
        assert (folder / "back" / "weights.bin").read_bytes() == (folder / "weights.bin").read_bytes()
    finally:
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def test_second_upload_of_the_same_bytes_sends_little(server):
    """Warm or cold, content that the repository has is not sent again (counter of /metrics)."""

    def received():
        text = server.api().get("/metrics").text
        found = re.findall(r"^kontor_http_received_bytes_total(?:\{[^}]*\})? ([0-9.e+]+)$", text, re.M)
        if not found:
            pytest.skip("/metrics has no kontor_http_received_bytes_total")
        return sum(float(one) for one in found)

    repo = f"bob/twice-{next(numbers)}"
    play(server, "main", "upload_shared", repo, SCENARIO_FILE="first.bin")
    before = received()
    play(server, "main", "upload_shared", repo, SCENARIO_FILE="second.bin")
    assert received() - before < 3_000_000 * 0.4


@pytest.fixture(scope="module", autouse=True)
def people(server):
    server.user("bob"), server.user("eve")


def test_main_put_back_says_what_stands_there_then(server):
    """A branch made over main moves what the repository says of itself with it."""
    bob = server.api("bob")
    name = f"back-{next(numbers)}"
    bob.create_repo(name)
    first = bob.commit(f"bob/{name}", {"README.md": "---\nlicense: mit\n---\n# First"}).json()["commitOid"]
    bob.commit(f"bob/{name}", {"README.md": "---\nlicense: apache-2.0\n---\n# Second", "more.txt": "more"})
    assert "license:apache-2.0" in bob.get(f"/api/models/bob/{name}").json()["tags"]
    again = {"startingPoint": first, "overwrite": True}
    assert bob.post(f"/api/models/bob/{name}/branch/main", {"startingPoint": first}).status == 409
    assert bob.post(f"/api/models/bob/{name}/branch/main", again).status in (200, 201)
    info = bob.get(f"/api/models/bob/{name}").json()
    assert info["sha"] == first and "license:mit" in info["tags"]
    assert "more.txt" not in {one["rfilename"] for one in info["siblings"]}
