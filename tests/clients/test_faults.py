# Bad input and faults on every wire of the path, spoken with plain HTTP and raw sockets: a clear error in that protocol's own
# shape, nothing changed, nothing lost, and the server answers the next caller.
import base64
import hashlib
import json
import os
import shutil
import signal
import socket
import threading
import time
import unicodedata
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from server import Api

WRONG_TOKEN = "Invalid credentials in Authorization header"
ZERO = "0" * 64


@pytest.fixture(scope="module")
def bob(server):
    return server.api("bob")


@pytest.fixture(scope="module")
def repo(bob):
    bob.create_repo("faults")
    assert bob.commit("bob/faults", {"a.txt": "a", "dir/b.txt": "b"}).status == 200
    oid = bob.lfs_upload("bob/faults", b"large" * 1000)
    line = {"key": "lfsFile", "value": {"path": "large.bin", "algo": "sha256", "oid": oid, "size": 5000}}
    assert bob.commit("bob/faults", [line]).status == 200
    return "bob/faults"


@pytest.fixture(autouse=True)
def nothing_changes(request, bob):
    """Around every test with `repo`: the head stays where it was and the server is ready."""
    if "repo" not in request.fixturenames:
        yield
        return
    repo = request.getfixturevalue("repo")
    before = bob.sha(repo)
    yield
    if "changes" not in request.keywords:
        assert bob.sha(repo) == before, "a refused call changed the repository"
    assert bob.get("/readyz").status == 200


def is_error(answer, *statuses):
    """An early, readable refusal: the status, JSON, a text, and never a stack or a path of the machine."""
    assert answer.status in statuses, answer
    assert answer.headers["content-type"].startswith("application/json"), answer.headers
    text = answer.json().get("error") or answer.json().get("message") or answer.json().get("detail")
    assert text and "/tmp/" not in str(text), answer
    if "x-error-message" in answer.headers:
        assert answer.headers["x-error-message"].isprintable()


# Who is asking


HUB_CALLS = [
    ("GET", "/api/whoami-v2"), ("GET", "/api/models"), ("GET", "/api/models/bob/faults"), ("GET", "/api/models/bob/faults/tree/main"),
    ("GET", "/api/models/bob/faults/refs"), ("GET", "/api/models/bob/faults/commits/main"), ("HEAD", "/bob/faults/resolve/main/a.txt"),
    ("GET", "/bob/faults/resolve/main/large.bin"), ("GET", "/bob/faults/raw/main/a.txt"), ("POST", "/api/repos/create"), ("DELETE", "/api/repos/delete"),
    ("POST", "/api/models/bob/faults/preupload/main"), ("POST", "/api/models/bob/faults/commit/main"), ("POST", "/bob/faults.git/info/lfs/objects/batch"),
    ("GET", "/api/models/bob/faults/xet-write-token/main"), ("GET", "/api/models/bob/faults/xet-read-token/main"), ("POST", "/api/models/bob/faults/branch/x"),
    ("POST", "/api/models/bob/faults/tag/main"), ("POST", "/api/models/bob/faults/super-squash/main"), ("PUT", "/api/models/bob/faults/settings"), ("POST", "/api/repos/move"),
]


@pytest.mark.parametrize("method, path", HUB_CALLS)
def test_wrong_token(server, repo, method, path):
    answer = Api(server.url, "hf_" + "w" * 34).request(method, path, b"{}", {"Content-Type": "application/json"})
    assert answer.status == 401 and answer.headers["x-error-message"] == WRONG_TOKEN, answer
    if method != "HEAD":
        body = answer.json()
        assert body.get("error", body.get("message")) == WRONG_TOKEN  # LFS has its own shape


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic !!!", "Bearer \u00e9", "Digest x", "Bearer a b"])
def test_odd_authorization(server, repo, header):
    answer = Api(server.url).get("/api/whoami-v2", headers={"Authorization": header.encode("latin-1")})
    assert answer.status in (400, 401), answer


def test_private_and_missing_look_the_same(server, bob):
    bob.create_repo("hidden", private=True)
    eve, anyone = server.api("eve"), server.api()
    for path in ("/api/models/{}", "/api/models/{}/tree/main", "/{}/resolve/main/.gitattributes", "/api/models/{}/refs", "/api/models/{}/xet-read-token/main"):
        for caller, status in ((eve, 404), (anyone, 401)):
            there, none = (caller.get(path.format(name)) for name in ("bob/hidden", "bob/nothere"))
            assert there.status == none.status == status and there.headers["x-error-code"] == none.headers["x-error-code"] == "RepoNotFound", (there, none)
            assert there.body.replace(b"hidden", b"") == none.body.replace(b"nothere", b"") or there.json()["error"] == none.json()["error"]
    assert eve.commit("bob/hidden", {"x": "x"}).status == eve.commit("bob/nothere", {"x": "x"}).status == 404
    assert not [one for one in eve.get("/api/models?author=bob").json() if one["id"] == "bob/hidden"]


def test_reader_may_not_write(server, bob, repo):
    eve, reader = server.api("eve"), server.api("bob", "read")
    for caller in (eve, reader):
        assert caller.commit(repo, {"x": "x"}).status == 403
        assert caller.get(f"/api/models/{repo}/xet-write-token/main").status == 403
        assert caller.post(f"/api/models/{repo}/branch/x").status == 403
        assert caller.lfs_batch(repo, [(ZERO, 5)]).status in (401, 403)
        assert caller.request("DELETE", "/api/repos/delete", {"name": "faults", "organization": "bob", "type": "model"}).status == 403


# What is asked for


@pytest.mark.parametrize(
    "path, status, code",
    [
        ("/api/models/{r}/revision/none", 404, "RevisionNotFound"), ("/api/models/{r}/tree/none", 404, "RevisionNotFound"),
        ("/{r}/resolve/none/a.txt", 404, "RevisionNotFound"), ("/{r}/resolve/" + "0" * 40 + "/a.txt", 404, "RevisionNotFound"),
        ("/{r}/resolve/main/none.txt", 404, "EntryNotFound"), ("/{r}/resolve/main/dir", 404, "EntryNotFound"), ("/{r}/raw/main/none", 404, "EntryNotFound"),
        ("/api/models/{r}/tree/main/none", 404, "EntryNotFound"), ("/api/models/{r}/revision/refs%2Fpr%2F999", 404, "RevisionNotFound"),
        ("/api/datasets/{r}", 404, "RepoNotFound"), ("/api/models/{r}?expand=wrong", 400, None),
    ],
)
def test_not_there(bob, repo, path, status, code):
    answer = bob.get(path.format(r=repo))
    is_error(answer, status)
    assert answer.headers.get("x-error-code") == code, answer
    if code == "EntryNotFound" and "resolve" in path:
        assert len(answer.headers["x-repo-commit"]) == 40


@pytest.mark.parametrize("path", ["/nothing/at/all/here/x", "/api/nothing", "/api/v1/nothing", "/v1/nothing", "/cas/v9/nothing", "/cas/v1/nothing"])
def test_unknown_addresses_are_404(bob, path):
    for method in ("GET", "POST", "PUT", "DELETE"):
        assert bob.request(method, path, b"").status in (404, 405), path


def test_wrong_method(bob, repo):
    for method, path in (("POST", f"/{repo}/resolve/main/a.txt"), ("GET", f"/api/models/{repo}/commit/main"), ("PATCH", "/api/repos/create"), ("DELETE", "/v1/predictions")):
        assert bob.request(method, path, b"").status in (404, 405), (method, path)
    assert bob.request("BREW", "/api/models").status in (400, 404, 405, 501)


@pytest.mark.parametrize("header, status, wanted", [
    ("bytes=0-3", 206, b"larg"), ("bytes=4998-9999", 206, b"ge"), ("bytes=-2", 206, b"ge"), ("bytes=5000-", 416, None), ("bytes=9-1", (200, 416), None),
    ("lines=1-2", 200, None), ("bytes=x", (200, 416), None),
])
def test_ranges(bob, repo, header, status, wanted):
    answer = bob.get(f"/{repo}/resolve/main/large.bin", headers={"Range": header})
    assert answer.status in (status if isinstance(status, tuple) else (status,)), answer
    if wanted:
        assert answer.body == wanted and answer.headers["content-range"].endswith("/5000")
    if answer.status == 416:
        assert answer.headers["content-range"] == "bytes */5000"


# Names


BAD_REPOS = ["", ".", "..", "../x", "a/b/c", "a--b", "a..b", "-a", "a-", ".a", "a.", "a b", "a\u0000b", "a\nb", "x" * 97, "model.git", "é", "a/../../etc", "%2e%2e", "a\\b", "a?b", "a#b"]


@pytest.mark.parametrize("name", BAD_REPOS, ids=[repr(one)[:20] for one in BAD_REPOS])
def test_bad_repository_names(bob, repo, name):
    is_error(bob.post("/api/repos/create", {"name": name, "organization": None, "type": "model"}), 400, 403, 422)


@pytest.mark.parametrize("name", ["__DUMMY__", "a.b_c-d", "X", "9", "x" * 96])
def test_good_repository_names(bob, name):
    assert bob.post("/api/repos/create", {"name": name, "organization": None, "type": "model"}).status == 200


def test_reserved_and_foreign_namespaces(server, bob):
    for owner in ("eve", "api", "datasets", "nobody", "v1"):
        is_error(bob.post("/api/repos/create", {"name": "x", "organization": owner, "type": "model"}), 400, 401, 403, 404)
    for name in ("api", "v1", "v2", "datasets", "spaces", "cas", "models", "settings", "login", "market", "assets", "A b", "x" * 97, "../x"):
        assert server.cli("user", "add", name, check=False).returncode != 0, name


BAD_PATHS = ["", "/", "/abs", "../up", "a/../b", "a/./b", "./a", "a//b", ".git/config", "sub/.git/x", ".GIT/config", "a\u0000b", "a\nb", "x" * 256, "/".join(["d" * 200] * 21), "a/", "..", "dir/.."]


@pytest.mark.parametrize("path", BAD_PATHS, ids=[repr(one)[:20] for one in BAD_PATHS])
@pytest.mark.parametrize("key", ["file", "lfsFile", "deletedFile"])
def test_bad_file_paths(bob, repo, path, key):
    value = {"path": path}
    if key == "file":
        value.update(encoding="base64", content="eA==")
    if key == "lfsFile":
        value.update(algo="sha256", oid=hashlib.sha256(b"large" * 1000).hexdigest(), size=5000)
    is_error(bob.commit(repo, [{"key": key, "value": value}]), 400, 404, 422)


@pytest.mark.parametrize("path", ["../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2fetc%2fpasswd", "a/%00", "%ff%fe", "%", "%zz", "dir/../a.txt", "./a.txt"])
def test_bad_download_paths(bob, repo, path):
    answer = raw(bob, f"GET /{repo}/resolve/main/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bob.token}\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] in (b"400", b"404"), answer[:300]
    assert b"root:" not in answer


def test_normal_forms_stay_apart(bob):
    """NFC and NFD of one name are two files, as git has it; both come back."""
    bob.create_repo("forms")
    names = {unicodedata.normalize(form, "é.txt"): form.encode() for form in ("NFC", "NFD")}
    assert bob.commit("bob/forms", names).status == 200
    for name, content in names.items():
        assert bob.get(f"/bob/forms/resolve/main/{urllib.parse.quote(name)}").body == content


# Commits


def ndjson(*lines):
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines).encode()


HEAD = {"key": "header", "value": {"summary": "s", "description": ""}}


def a_file(path="new.txt", content="eA==", encoding="base64"):
    return {"key": "file", "value": {"path": path, "content": content, "encoding": encoding}}


BAD_COMMITS = {
    "nothing": b"",
    "no JSON": b"hello\n",
    "cut in the middle": ndjson(HEAD, a_file())[:-20],
    "no header": ndjson(a_file()),
    "empty summary": ndjson({"key": "header", "value": {"summary": ""}}, a_file()),
    "summary is a number": ndjson({"key": "header", "value": {"summary": 5}}, a_file()),
    "unknown key": ndjson(HEAD, {"key": "explode", "value": {}}),
    "array line": ndjson(HEAD, []),
    "null value": ndjson(HEAD, {"key": "file", "value": None}),
    "bad base64": ndjson(HEAD, a_file(content="!!!")),
    "unknown encoding": ndjson(HEAD, a_file(encoding="rot13")),
    "no content": ndjson(HEAD, {"key": "file", "value": {"path": "x", "encoding": "base64"}}),
    "not UTF-8": ndjson(HEAD) + b'{"key":"file","value":{"path":"\xff\xfe","content":"","encoding":"utf-8"}}\n',
    "deep nesting": ndjson(HEAD) + b"[" * 200_000 + b"\n",
    "oid that nobody sent": ndjson(HEAD, {"key": "lfsFile", "value": {"path": "l.bin", "algo": "sha256", "oid": "ab" * 32, "size": 5}}),
    "oid with a wrong size": ndjson(HEAD, {"key": "lfsFile", "value": {"path": "l.bin", "algo": "sha256", "oid": hashlib.sha256(b"large" * 1000).hexdigest(), "size": 4999}}),
    "short oid": ndjson(HEAD, {"key": "lfsFile", "value": {"path": "l.bin", "algo": "sha256", "oid": "ab", "size": 5}}),
    "other algorithm": ndjson(HEAD, {"key": "lfsFile", "value": {"path": "l.bin", "algo": "md5", "oid": "ab" * 32, "size": 5}}),
    "delete what is not there": ndjson(HEAD, {"key": "deletedFile", "value": {"path": "none"}}),
    "one good, one bad": ndjson(HEAD, a_file("good.txt"), a_file("../bad.txt")),
    "card with broken YAML": ndjson(HEAD, a_file("README.md", base64.b64encode(b"---\nlicense: [\n---\n").decode())),
}


@pytest.mark.parametrize("name", BAD_COMMITS)
def test_bad_commits(bob, repo, name):
    answer = bob.request("POST", f"/api/models/{repo}/commit/main", BAD_COMMITS[name], {"Content-Type": "application/x-ndjson"})
    is_error(answer, 400, 404, 413, 422)
    if name == "oid that nobody sent":
        assert "ab" * 32 in answer.text
    if name == "delete what is not there":
        assert "A file with this name doesn't exist" in answer.text


def test_commit_to_unknown_branch(bob, repo):
    answer = bob.commit(repo, {"x": "x"}, branch="none")
    is_error(answer, 404)
    assert answer.headers["x-error-code"] == "RevisionNotFound"


def test_commit_with_wrong_type(bob, repo):
    assert bob.request("POST", f"/api/models/{repo}/commit/main", b"\x00\x01", {"Content-Type": "image/png"}).status in (400, 415, 422)


def test_stale_parent(bob):
    bob.create_repo("stale")
    parent = bob.sha("bob/stale")
    assert bob.commit("bob/stale", {"a": "1"}, parent=parent).status == 200
    late = bob.commit("bob/stale", {"a": "2"}, parent=parent)
    is_error(late, 412)
    assert "updated since" in late.text and bob.get("/bob/stale/resolve/main/a").body == b"1"


def test_two_commits_on_one_parent(bob):
    bob.create_repo("race")
    for turn in range(5):  # contents differ each time: a commit that changes nothing is answered 200 on any parent
        parent = bob.sha("bob/race")
        with ThreadPoolExecutor(8) as pool:
            statuses = [one.status for one in pool.map(lambda n: bob.commit("bob/race", {f"{n}": f"{turn} {n}"}, parent=parent), range(1, 9))]
        assert statuses.count(200) == 1 and set(statuses) <= {200, 409, 412}, statuses
    before = len(bob.get("/api/models/bob/race/commits/main?limit=1000").json())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: bob.commit("bob/race", {f"free-{n}": "x"}), range(24)))
    assert all(one.status == 200 for one in answers), answers
    assert len(bob.get("/api/models/bob/race/commits/main?limit=1000").json()) == before + 24
    assert {f"free-{n}" for n in range(24)} <= {one["path"] for one in bob.get("/api/models/bob/race/tree/main").json()}


def test_regular_file_that_is_too_large(bob, repo):
    content = base64.b64encode(bytes(11 << 20)).decode()
    is_error(bob.request("POST", f"/api/models/{repo}/commit/main", ndjson(HEAD, a_file(content=content)), {"Content-Type": "application/x-ndjson"}), 400, 413, 422)


def test_many_small_files_at_once(bob):
    bob.create_repo("heap")
    files = {f"d{number % 20}/{number}.txt": os.urandom(30_000) for number in range(1000)}
    assert bob.commit("bob/heap", files).status == 200
    for name in list(files)[::100]:
        assert bob.get(f"/bob/heap/resolve/main/{name}").body == files[name]


# LFS


def test_lfs_refuses_other_bytes(bob, repo):
    content = os.urandom(100_000)
    oid = hashlib.sha256(content).hexdigest()

    def action():
        return urllib.parse.urlsplit(bob.lfs_batch(repo, [(oid, len(content))]).json()["objects"][0]["actions"]["upload"]["href"])

    def put(target, body, query=None):
        return bob.request("PUT", f"{target.path}?{target.query if query is None else query}", body, {"Authorization": ""})

    target = action()
    assert put(target, content[:-1] + b"x").status in (400, 409, 422)
    assert put(target, content[:-1]).status in (400, 409, 422)
    assert put(target, content + b"x").status in (400, 409, 413, 422)
    assert put(target, b"").status in (400, 409, 422)
    assert "actions" in bob.lfs_batch(repo, [(oid, len(content))]).json()["objects"][0], "nothing of it was kept"
    line = {"key": "lfsFile", "value": {"path": "l.bin", "algo": "sha256", "oid": oid, "size": len(content)}}
    assert bob.commit(repo, [line]).status in (400, 404, 422)
    other = hashlib.sha256(b"other").hexdigest()
    forged = urllib.parse.SplitResult(target.scheme, target.netloc, target.path.replace(oid, other), target.query.replace(oid, other), "")
    if (forged.path, forged.query) != (target.path, target.query):
        assert put(forged, b"other").status in (400, 401, 403, 404, 422), "the address is not bound to its object"
    assert put(target, content, target.query[:-3] + "xyz").status in (400, 401, 403, 404) or not target.query
    assert put(action(), content).status in (200, 201)
    assert "actions" not in bob.lfs_batch(repo, [(oid, len(content))]).json()["objects"][0]


def test_lfs_cut_off(server, bob, repo):
    """A client that vanishes in the middle of an upload leaves nothing behind and disturbs nobody."""
    content = os.urandom(1_000_000)
    oid = hashlib.sha256(content).hexdigest()
    target = urllib.parse.urlsplit(bob.lfs_batch(repo, [(oid, len(content))]).json()["objects"][0]["actions"]["upload"]["href"])
    for part in (0, 1, 500_000, 999_999):
        caller = socket.create_connection((bob.host, bob.port))
        caller.sendall(f"PUT {target.path}?{target.query} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content[:part])
        caller.close()
    time.sleep(0.3)
    assert "actions" in bob.lfs_batch(repo, [(oid, len(content))]).json()["objects"][0]


def test_lfs_batch_input(bob, repo):
    for body in (b"", b"{", b"[]", b'{"operation":"explode","objects":[]}', b'{"operation":"upload","objects":5}'):
        assert bob.request("POST", f"/{repo}.git/info/lfs/objects/batch", body, {"Content-Type": "application/json"}).status in (400, 422)
    for oid, size in (("zz", 5), ("ab" * 32, -1), ("AB" * 32, 5)):
        answer = bob.lfs_batch(repo, [(oid, size)])
        assert answer.status in (400, 422) or "error" in answer.json()["objects"][0], answer
    missing = bob.lfs_batch(repo, [("ab" * 32, 5)], "download").json()["objects"][0]
    assert missing["error"]["code"] == 404


# Xet


@pytest.fixture(scope="module")
def cas(bob, repo):
    """(path prefix, write caller, read caller) of the content store."""
    made = []
    for kind in ("write", "read"):
        answer = bob.get(f"/api/models/{repo}/xet-{kind}-token/main")
        body = answer.json()
        assert answer.headers["x-xet-access-token"] == body["accessToken"] and answer.headers["x-xet-cas-url"] == body["casUrl"]
        assert int(answer.headers["x-xet-token-expiration"]) == body["exp"] and body["exp"] > time.time() + 60
        made.append(Api(bob.url, body["accessToken"]))
    return urllib.parse.urlsplit(body["casUrl"]).path, *made


def test_xet_who(server, cas, bob):
    prefix, write, read = cas
    for caller in (server.api(), Api(bob.url, "xet_wrong"), Api(bob.url, "eyJhbGciOiJub25lIn0.e30.")):
        assert caller.request("POST", f"{prefix}/v1/xorbs/default/{ZERO}", b"x").status == 401
        assert caller.request("POST", f"{prefix}/v1/shards", b"x").status == 401
        assert caller.get(f"{prefix}/v1/reconstructions/{ZERO}").status == 401
    assert read.request("POST", f"{prefix}/v1/xorbs/default/{ZERO}", b"x").status == 403
    assert read.request("POST", f"{prefix}/v1/shards", b"x").status == 403


@pytest.mark.parametrize("body", [b"", b"x", b"\0" * 8, b"\0" * 4096, bytes(range(256)) * 64], ids=["empty", "one", "eight", "zeros", "noise"])
def test_xet_garbage(cas, repo, body):
    prefix, write, _ = cas
    assert write.request("POST", f"{prefix}/v1/xorbs/default/{ZERO}", body).status == 400
    assert write.request("POST", f"{prefix}/v1/xorbs/default/{'ab' * 32}", body).status == 400
    for path in ("/v1/shards", "/v2/shards", "/shards"):
        assert write.request("POST", prefix + path, body).status == 400
    for wrong in ("xyz", "ab" * 31, "AB" * 32 + "z"):
        assert write.request("POST", f"{prefix}/v1/xorbs/default/{wrong}", body).status in (400, 404)


def test_xet_not_there(cas, repo):
    prefix, write, read = cas
    assert read.get(f"{prefix}/v1/reconstructions/{'ab' * 32}").status == 404
    assert read.get(f"{prefix}/v2/reconstructions/{'ab' * 32}").status == 404
    assert read.get(f"{prefix}/v1/chunks/default/{'ab' * 32}").status == 404
    assert write.get(f"{prefix}/v1/chunks/default-merkledb/{'ab' * 32}").status == 404
    assert write.request("POST", f"{prefix}/v1/xorb-grants/default/{'ab' * 32}", {"length": 5, "checksum": {"algo": "crc64nvme", "value": "1"}}).status == 404
    for path in ("/v3/reconstructions/x", "/v1/unknown", "/v9"):
        assert read.get(prefix + path).status == 404, "what is not served is 404, never 501"


def test_xet_data_addresses(server, bob, repo, cas):
    """A data address serves its own bytes to whoever holds it, and nothing once a letter of it is changed."""
    prefix, _, read = cas
    entry = next(one for one in bob.get(f"/api/models/{repo}/tree/main").json() if one["path"] == "large.bin")
    if "xetHash" not in entry:
        pytest.skip("this file has no Xet hash")
    body = read.get(f"{prefix}/v1/reconstructions/{entry['xetHash']}").json()
    fetch = next(iter(body["fetch_info"].values()))[0]
    address, first, last = urllib.parse.urlsplit(fetch["url"]), fetch["url_range"]["start"], fetch["url_range"]["end"]
    anyone, span = server.api(), {"Range": f"bytes={first}-{last}"}
    good = anyone.get(f"{address.path}?{address.query}", headers=span)
    assert good.status == 206 and len(good.body) == last - first + 1
    more = anyone.get(f"{address.path}?{address.query}", headers={"Range": f"bytes={first}-{last + 1000000}"})
    assert more.status in (403, 416) or more.body == good.body, "bytes beyond those that were granted"
    for at in range(0, len(address.query), 5):
        letter = address.query[at]
        if letter in "=&%":
            continue
        changed = address.query[:at] + ("0" if letter != "0" else "1") + address.query[at + 1 :]
        assert anyone.get(f"{address.path}?{changed}", headers=span).status in (400, 403, 404), f"changed at {at}"
    assert anyone.get(address.path, headers=span).status in (400, 403, 404)
    eve = server.api("eve").get(f"/api/models/{repo}/xet-read-token/main").json()["accessToken"]
    assert Api(bob.url, eve).get(f"{prefix}/v1/reconstructions/{entry['xetHash']}").status == 200


def test_xet_tells_nothing_of_others(server, bob, cas):
    """Content of a private repository does not exist for a caller who may not read it."""
    prefix, _, _ = cas
    secret = os.urandom(300_000)
    bob.create_repo("xet-private", private=True)
    oid = bob.lfs_upload("bob/xet-private", secret)
    assert bob.commit("bob/xet-private", [{"key": "lfsFile", "value": {"path": "s.bin", "algo": "sha256", "oid": oid, "size": len(secret)}}]).status == 200
    entry = next(one for one in bob.get("/api/models/bob/xet-private/tree/main").json() if one["path"] == "s.bin")
    eve = server.api("eve")
    eve.create_repo("own")
    token = eve.get("/api/models/eve/own/xet-write-token/main").json()["accessToken"]
    if "xetHash" in entry:
        assert Api(bob.url, token).get(f"{prefix}/v1/reconstructions/{entry['xetHash']}").status == 404
    answer = eve.lfs_batch("eve/own", [(oid, len(secret))]).json()["objects"][0]
    assert "actions" in answer, "the batch says that a foreign private file is stored"
    line = {"key": "lfsFile", "value": {"path": "s.bin", "algo": "sha256", "oid": oid, "size": len(secret)}}
    assert eve.commit("eve/own", [line]).status in (400, 404, 422), "a hash is no possession"


# HTTP


def raw(api, data, read_all=True, timeout=10):
    caller = socket.create_connection((api.host, api.port), timeout=timeout)
    try:
        caller.sendall(data)
        answer = b""
        while read_all or b"\r\n\r\n" not in answer:
            piece = caller.recv(65536)
            if not piece:
                break
            answer += piece
        return answer
    except ConnectionError:
        return answer
    finally:
        caller.close()


RAW = {
    "both lengths": (b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400,)),
    "two lengths": (b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", (400,)),
    "negative length": (b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", (400,)),
    "wordy length": (b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n", (400,)),
    "endless length": (b"POST /api/repos/create HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n", (400, 413)),
    "long target": (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", (414,)),
    "large headers": (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 1_000_000 + b"\r\n\r\n", (431,)),
    "many headers": (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n", (431,)),
    "unknown version": (b"GET /healthz HTTP/3.0\r\nHost: x\r\n\r\n", (505, 400)),
    "no version": (b"GET /healthz\r\n\r\n", (400, 505)),
    "rubbish": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", (400, 405)),
    "bad chunk": (b"POST /v1/predictions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", (400, 401)),
    "space in a header name": (b"GET /healthz HTTP/1.1\r\nHost: x\r\nBad Name: x\r\n\r\n", (400,)),
}


@pytest.mark.parametrize("name", RAW)
def test_raw_requests(bob, name):
    data, statuses = RAW[name]
    answer = raw(bob, data, read_all=False)
    assert answer.startswith(b"HTTP/1.1 ") and int(answer.split(b" ")[1]) in statuses, answer[:300]
    assert bob.get("/healthz").status == 200


def test_refusals_of_lengths_end_the_connection(bob):
    answer = raw(bob, RAW["both lengths"][0] + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1, "a smuggled request was answered"


def test_early_refusal_reaches_the_client(bob):
    """A body that nobody wants is not read to its end, and its sender still gets the answer."""
    body = bytes(900_000)
    caller = socket.create_connection((bob.host, bob.port), timeout=10)
    caller.sendall(b"POST /api/models/bob/faults/commit/main HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hf_wrong\r\nContent-Length: %d\r\n\r\n" % len(body))
    caller.sendall(body)
    assert caller.recv(65536).startswith(b"HTTP/1.1 401")
    caller.close()
    caller = socket.create_connection((bob.host, bob.port), timeout=10)
    caller.sendall(b"POST /api/models/bob/faults/commit/main HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hf_wrong\r\nContent-Length: 99999999999\r\n\r\n")
    assert caller.recv(65536).startswith(b"HTTP/1.1 401"), "refused before a byte of the body"
    caller.close()


def test_cut_off_commit(bob, repo):
    body = ndjson(HEAD, a_file("half.txt"), a_file("other.txt"))
    for part in (0, 10, len(body) // 2, len(body) - 1):
        caller = socket.create_connection((bob.host, bob.port))
        head = f"POST /api/models/{repo}/commit/main HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bob.token}\r\nContent-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
        caller.sendall(head.encode() + body[:part])
        caller.close()
    time.sleep(0.3)


def test_slow_callers_do_not_stop_others(bob):
    slow = [socket.create_connection((bob.host, bob.port)) for _ in range(200)]
    for caller in slow:
        caller.sendall(b"GET /healthz HT")
    begun = time.monotonic()
    for _ in range(20):
        assert bob.get("/healthz").status == 200
    assert time.monotonic() - begun < 5
    for caller in slow:
        caller.close()


def test_many_requests_on_one_connection(bob):
    answer = raw(bob, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 50 + b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 51


def test_host_header_is_not_believed(bob, repo):
    """Addresses in answers come from the configuration, not from what a caller puts into Host."""
    answer = bob.get(f"/api/models/{repo}/xet-read-token/main", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in answer.text and "evil.example" not in str(answer.headers)


# The market


@pytest.mark.parametrize("body, status, code", [
    (b"{", 400, "malformed"), (b"[]", (400, 422), None), (b"", (400, 422), None), (b'{"amount":{"amount":5,"currency":"USD"},"method":"bank_transfer"}', 422, "invalid_amount"),
    (b'{"amount":{"amount":"5.00","currency":"XXX"},"method":"bank_transfer"}', 422, None), (b'{"amount":{"amount":"1e3","currency":"USD"},"method":"bank_transfer"}', 422, "invalid_amount"),
    (b'{"amount":{"amount":"99999999999999999999","currency":"USD"},"method":"bank_transfer"}', 422, "invalid_amount"),
    (b'{"amount":{"amount":"0","currency":"USD"},"method":"bank_transfer"}', 422, None), (b'{"amount":{"amount":"5.00","currency":"USD"},"method":"cash","x":1}', 422, None),
])
def test_bad_top_ups(bob, body, status, code):
    answer = bob.request("POST", "/api/v1/top_ups", body, {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())})
    assert answer.status in (status if isinstance(status, tuple) else (status,)), answer
    value = answer.json()
    assert {"code", "message", "retryable", "details", "request_id"} <= set(value), value
    assert code is None or value["code"] == code
    assert bob.get("/api/v1/top_ups").json()["data"] == []


def test_native_refusals(server, bob):
    for path in ("/api/v1/orders/ord_00000000000000000000000000", "/api/v1/orders/nonsense", "/api/v1/listings/lst_x", "/api/v1/deployments/dep_x"):
        answer = bob.get(path)
        assert answer.status == 404 and answer.json()["code"] == "not_found", answer
    assert server.api().get("/api/v1/me").json()["code"] == "unauthenticated"
    assert bob.get("/api/v1/orders?role=buyer&cursor=rubbish").json()["code"] == "cursor_invalid"
    for key in ("", "x" * 256, "sch\u00f6n"):
        answer = bob.request("POST", "/api/v1/top_ups", {"amount": {"amount": "5.00", "currency": "USD"}, "method": "bank_transfer"}, {"Idempotency-Key": key.encode("latin-1")})
        assert answer.status in (400, 422), answer


# The disk


@pytest.mark.slow
def test_disk_full(new_server, tmp_path):
    """On a small file system: a clear refusal, what was there stays readable, small things work again once there is room."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("bubblewrap is not installed")
    folder = tmp_path / "small"
    folder.mkdir()
    server = new_server(prefix=[bwrap, "--die-with-parent", "--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--size", str(64 << 20), "--tmpfs", str(folder), "--"])
    server.data = folder / "d"
    try:
        server.start()
    except RuntimeError as error:
        pytest.skip(f"no small file system here: {error}")
    # The command line looks for the folder outside of that file system, so people are made over its control socket.
    token = control_token(server)
    if token is None:
        pytest.skip("the control socket inside the small file system cannot be reached")
    api = Api(server.url, token)
    api.create_repo("full")
    assert api.commit("bob/full", {"kept.txt": "kept"}).status == 200
    statuses = []
    for _ in range(40):
        content = os.urandom(4 << 20)
        oid = hashlib.sha256(content).hexdigest()
        batch = api.lfs_batch("bob/full", [(oid, len(content))])
        if batch.status != 200:
            statuses.append(batch.status)
            break
        target = urllib.parse.urlsplit(batch.json()["objects"][0]["actions"]["upload"]["href"])
        statuses.append(api.request("PUT", f"{target.path}?{target.query}", content, {"Authorization": ""}).status)
        if statuses[-1] >= 400:
            break
    assert statuses[-1] in (500, 503, 507), statuses
    assert api.get("/bob/full/resolve/main/kept.txt").body == b"kept" and api.get("/healthz").status == 200
    for process in server.processes("serve"):
        os.kill(process, signal.SIGTERM)  # bubblewrap ends with the status of the program inside
    assert server.process.wait(15) == 0
    server.process = None


def control_token(server):
    """A user and a token through the running server's control socket, reached over /proc because it lies in another mount."""
    import http.client

    class Control(http.client.HTTPConnection):
        def connect(self):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(path)

    inside = server.processes("kontor") or [server.process.pid]
    for process in inside + [server.process.pid]:
        path = f"/proc/{process}/root{server.data}/control.sock"
        try:
            for target, body in (("/users", {"name": "bob"}), ("/tokens", {"user": "bob", "role": "write"})):
                connection = Control("control")
                connection.request("POST", target, json.dumps(body), {"Content-Type": "application/json"})
                answer = connection.getresponse().read()
            return json.loads(answer)["token"]
        except (OSError, KeyError, ValueError):
            continue
    return None


def test_many_at_once(server, bob, repo):
    """Everything at once from many callers: no answer but 200, 429 or 503, and the last one is 200."""
    statuses, stop = [], threading.Event()

    def hammer():
        while not stop.is_set():
            statuses.append(bob.get(f"/api/models/{repo}").status)

    threads = [threading.Thread(target=hammer) for _ in range(32)]
    for one in threads:
        one.start()
    time.sleep(3)
    stop.set()
    for one in threads:
        one.join()
    assert set(statuses) <= {200, 429, 503} and 200 in statuses
    assert bob.get(f"/api/models/{repo}").status == 200
