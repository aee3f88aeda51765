# The JavaScript clients in Node: @huggingface/hub 2.17.5 (js/hub.mjs: upload by Xet and by LFS, list, download byte for byte, branches, likes, a
# gated repository, delete) and replicate 1.4.0 (js/replicate.mjs).
import base64
import os
import shutil
import subprocess

import pytest

import models
from market import Market
from server import HERE, ROOT


def node(package):
    """Node 20 or newer and the installed package, or the reason why this cannot be tested here."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed; the clients need Node 20")
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < 20:
        pytest.skip(f"node is {version}; the clients need Node 20")
    if not (ROOT / "build" / "clients" / "js" / "node_modules" / package).exists():
        pytest.skip(f"{package} is not in build/clients/js: run tests/clients/setup")
    return program


def run(script, package, **environment):
    # Node looks for packages beside the script, so the script goes to where they are.
    program, copy = node(package), ROOT / "build" / "clients" / "js" / script
    shutil.copyfile(HERE / "js" / script, copy)
    done = subprocess.run([program, str(copy)], env={**os.environ, **environment}, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0 and "all is well" in done.stdout, done.stdout[-2000:] + done.stderr[-6000:]
    return done.stdout


def test_everything(server):
    run("hub.mjs", "@huggingface/hub", HUB=server.url, TOKEN=server.user("bob"), OTHER=server.user("eve"), REPO="bob/from-js")


def test_replicate(server, tmp_path):
    import numpy as np
    from PIL import Image

    market = Market(server, twice=False)
    pixels = np.random.default_rng(5).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    names = {}
    for name in ("quick", "slow", "negative"):
        repo = market.repository(f"{name}-js", getattr(models, name)())
        names[name.upper()] = f"{repo}:{market.deploy(repo)['version']}"
    said = run("replicate.mjs", "replicate", HUB=server.url, TOKEN=server.user("alice"), PICTURE=str(tmp_path / "in.png"), **names)
    made = [line.split(" ")[1] for line in said.splitlines() if line.startswith("negative ")]
    assert len(made) == 2
    for one in made:
        (tmp_path / "out.png").write_bytes(base64.b64decode(one))
        assert np.array_equal(np.asarray(Image.open(tmp_path / "out.png")), 255 - pixels)
