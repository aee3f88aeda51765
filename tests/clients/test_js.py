# @huggingface/hub 2.17.5 in Node: upload by Xet and by LFS, list, download byte for byte, delete (js/hub.mjs).
import os
import shutil
import subprocess

import pytest

from server import HERE, ROOT


def node():
    """Node 20 or newer and the installed package, or the reason why this cannot be tested here."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed; @huggingface/hub needs Node 20")
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < 20:
        pytest.skip(f"node is {version}; @huggingface/hub needs Node 20")
    if not (ROOT / "build" / "clients" / "js" / "node_modules" / "@huggingface" / "hub").exists():
        pytest.skip("build/clients/js is not there: run tests/clients/setup")
    return program


def test_everything(server):
    program = node()
    # Node looks for packages beside the script, so the script goes to where they are.
    script = ROOT / "build" / "clients" / "js" / "hub.mjs"
    shutil.copyfile(HERE / "js" / "hub.mjs", script)
    env = {**os.environ, "HUB": server.url, "TOKEN": server.user("bob"), "REPO": "bob/from-js"}
    done = subprocess.run([program, str(script)], env=env, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0 and "all is well" in done.stdout, done.stdout[-2000:] + done.stderr[-6000:]
