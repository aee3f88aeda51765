# Fixtures of the client tests: a live server per module, people on it, and the switches of this suite.
#   KONTOR_BINARY   the program (default build/kontor)
#   KONTOR_DB       sqlite (default), postgres, or both with a comma
#   --all-clients   the whole matrix of huggingface_hub versions (environments by tests/clients/setup --all)
import os
import sys
import tempfile
from pathlib import Path

# Before any client is imported: nobody's real login or cache is touched, nothing is reported anywhere.
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="kt-hf-")
os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_UPDATE_CHECK="1")
for name in ("HF_TOKEN", "HF_ENDPOINT", "REPLICATE_API_TOKEN", "REPLICATE_BASE_URL"):
    os.environ.pop(name, None)

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "demo")]

import pytest  # noqa: E402

import openapi_check  # noqa: E402
from server import BINARY, Api, Postgres, Server  # noqa: E402

Api.watch = openapi_check.Watch()

DATABASES = [one.strip() for one in os.environ.get("KONTOR_DB", "sqlite").split(",") if one.strip()]


def pytest_addoption(parser):
    parser.addoption("--all-clients", action="store_true", help="every supported huggingface_hub version, not only the newest")


def pytest_collection_modifyitems(config, items):
    if not BINARY.exists():
        skip = pytest.mark.skip(reason=f"there is no {BINARY}: build it first")
        for item in items:
            if "needs_server" in item.keywords or any(name in getattr(item, "fixturenames", ()) for name in ("server", "new_server")):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def postgres():
    cluster = Postgres()
    if cluster.bin is None:
        pytest.skip("PostgreSQL is not installed")
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module", params=DATABASES)
def new_server(request):
    """Makes servers on folders of their own; all end with the module."""
    made = []

    def go(**options):
        database = request.getfixturevalue("postgres").database() if request.param == "postgres" else None
        one = Server(database, **options)
        made.append(one)
        return one

    yield go
    for one in made:
        one.remove()


@pytest.fixture(scope="module")
def server(new_server):
    """One running server for a whole module; at its end everything stored must hold and SIGTERM must drain."""
    one = new_server().start()
    one.user("op", "admin", admin=True)
    yield one
    if one.process and one.process.poll() is None:
        one.verify()
        one.stop()


@pytest.fixture(autouse=True)
def server_survives(request):
    """A test after which the server is dead has failed, whatever it says itself; the next one gets a new process."""
    if "server" not in request.fixturenames:
        yield
        return
    server = request.getfixturevalue("server")
    if server.process is not None and server.process.poll() is not None:
        server.start()
    yield
    if server.process is not None and server.process.poll() is not None:
        status, tail = server.process.returncode, server.log_tail()
        server.start()
        pytest.fail(f"the server died with status {status}:\n{tail}", pytrace=False)
