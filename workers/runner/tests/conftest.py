# Starts real runner processes on real models; everything the tests of the runner share.
import base64
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

HERE = Path(__file__).resolve().parent
RUNNER = HERE.parent / "runner.py"
sys.path[:0] = [str(HERE), str(HERE.parent)]


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("runner")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class Runner:
    """One child process and how to talk to it."""

    def __init__(self, model, socket_path):
        self.socket = str(socket_path)
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(RUNNER), "--model", str(model), "--socket", self.socket],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LOCPATH": str(Path(sys.prefix) / "locale")},
        )
        self.status = None
        deadline = time.monotonic() + 30
        while not os.path.exists(self.socket):
            if self.process.poll() is not None:
                self.status = self.process.returncode
                self.out, self.err = (stream.decode() for stream in self.process.communicate())
                return
            assert time.monotonic() < deadline, "the runner did not get ready"
            time.sleep(0.005)

    def request(self, method, path, body=None, headers=None):
        connection = Unix(self.socket)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def health(self):
        return self.request("GET", "/health")[1]

    def predict(self, values, **files):
        body = {"input": values, "files": {name: base64.b64encode(data).decode() for name, data in files.items()}}
        return self.request("POST", "/predict", json.dumps(body))

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate()


@pytest.fixture
def start(tmp_path):
    runners = []

    def go(model):
        runners.append(Runner(model, tmp_path / f"{len(runners)}.sock"))
        return runners[-1]

    yield go
    for runner in runners:
        runner.stop()


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """As `start`, for models that several tests of a session call."""
    runners = {}

    def go(model):
        if model not in runners:
            runners[model] = Runner(model, tmp_path_factory.mktemp("s") / "r.sock")
        return runners[model]

    yield go
    for runner in runners.values():
        runner.stop()


def picture(pixels, mode="L", form="PNG"):
    stream = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).convert(mode).save(stream, form)
    return stream.getvalue()
