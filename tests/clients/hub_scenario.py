# What one stock huggingface_hub must be able to do, as functions that run under any version from 0.20 on. test_hub.py calls
# this file with the interpreter of one client environment: hub_scenario.py NAME. Silence and status 0 mean that it worked.
# Environment: HF_ENDPOINT, HF_TOKEN (a writer), OTHER_TOKEN (another user's), SCENARIO_REPO (a free name in the writer's namespace).
import hashlib
import inspect
import os
import shutil
import sys
import tempfile
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import huggingface_hub
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, hf_hub_download, snapshot_download
from huggingface_hub.utils import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

ENDPOINT, OTHER = os.environ["HF_ENDPOINT"], os.environ["OTHER_TOKEN"]
REPO = os.environ["SCENARIO_REPO"]
VERSION = tuple(int(part) for part in huggingface_hub.__version__.split(".")[:2])
api = HfApi(endpoint=ENDPOINT, token=os.environ["HF_TOKEN"])
SIZES = [0, 1, 8191, 8192, 64 << 10, 1 << 20, 20 << 20]


def noise(size, seed=0):
    """Bytes that do not repeat and do not compress, the same for every caller."""
    return hashlib.shake_128(f"{seed}".encode()).digest(size)


def fetch(path, repo=REPO, **options):
    """Downloads one file into an empty cache, so that nothing is answered from an earlier download."""
    cache = tempfile.mkdtemp()
    try:
        return Path(hf_hub_download(repo, path, cache_dir=cache, endpoint=ENDPOINT, token=options.pop("token", os.environ["HF_TOKEN"]), **options)).read_bytes()
    finally:
        shutil.rmtree(cache)


def put(path, content, repo=REPO, **options):
    return api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id=repo, **options)


def refused(expected, call, *words):
    """The call must fail in this way, and its text must hold the words."""
    try:
        result = call()
    except expected as error:
        for word in words:
            assert word in str(error), f"{word!r} is not in {error}"
        return error
    raise AssertionError(f"no {expected} was raised, the answer was {result!r}"[:500])


def write_tree(root, files):
    for name, content in files.items():
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def check_snapshot(files, repo=REPO, **options):
    target = tempfile.mkdtemp()
    try:
        got = snapshot_download(repo, cache_dir=target, endpoint=ENDPOINT, token=os.environ["HF_TOKEN"], **options)
        for name, content in files.items():
            found = Path(got, name).read_bytes()
            assert found == content, f"{name}: {len(found)} bytes came back, not those {len(content)} that were sent"
        return {str(path.relative_to(got)) for path in Path(got).rglob("*") if path.is_file()}
    finally:
        shutil.rmtree(target)


# Scenarios


def whoami():
    me = api.whoami()
    assert me["name"] == REPO.split("/")[0] and me["type"] == "user", me


def create_and_delete():
    url = api.create_repo(REPO)
    assert str(url) == f"{ENDPOINT}/{REPO}", url
    assert api.repo_exists(REPO)
    refused(HfHubHTTPError, lambda: api.create_repo(REPO))
    api.create_repo(REPO, exist_ok=True)
    info = api.model_info(REPO)
    assert info.id == REPO and info.author == REPO.split("/")[0] and len(info.sha) == 40
    assert ".gitattributes" in [one.rfilename for one in info.siblings]
    api.delete_repo(REPO)
    assert not api.repo_exists(REPO)
    refused(RepositoryNotFoundError, lambda: api.model_info(REPO))
    refused(RepositoryNotFoundError, lambda: api.delete_repo(REPO))
    api.delete_repo(REPO, missing_ok=True)


def all_kinds():
    for kind, extra in (("model", {}), ("dataset", {}), ("space", {"space_sdk": "static"})):
        api.create_repo(REPO, repo_type=kind, **extra)
        put("data.txt", b"hello " + kind.encode(), repo_type=kind)
        put("data.bin", noise(100_000, kind), repo_type=kind)
        assert fetch("data.txt", repo_type=kind) == b"hello " + kind.encode()
        assert fetch("data.bin", repo_type=kind) == noise(100_000, kind)
        assert api.repo_info(REPO, repo_type=kind).id == REPO


def sizes():
    """Every size at the borders of chunking and of the regular limit, as text and as binary."""
    api.create_repo(REPO)
    root = tempfile.mkdtemp()
    files = {f"noise/{size}.bin": noise(size, size) for size in SIZES}
    files.update({f"zeros/{size}.bin": bytes(size) for size in SIZES})
    files.update({f"text/{size}.txt": (b"line of text\n" * (size // 13 + 1))[:size] for size in SIZES[:-1]})
    write_tree(root, files)
    api.upload_folder(repo_id=REPO, folder_path=root)
    listed = set(api.list_repo_files(REPO))
    assert listed == set(files) | {".gitattributes"}, listed ^ set(files)
    check_snapshot(files)
    for name, content in files.items():
        assert fetch(name) == content, name
    for name in (f"noise/{SIZES[-1]}.bin", f"zeros/{SIZES[3]}.bin"):
        sibling = next(one for one in api.model_info(REPO, files_metadata=True).siblings if one.rfilename == name)
        lfs = sibling.lfs if isinstance(sibling.lfs, dict) else vars(sibling.lfs)
        assert lfs["sha256"] == hashlib.sha256(files[name]).hexdigest() and sibling.size == len(files[name])
    shutil.rmtree(root)


def metadata():
    api.create_repo(REPO)
    put("small.txt", b"small")
    put("large.bin", noise(300_000))
    for name, content in (("small.txt", b"small"), ("large.bin", noise(300_000))):
        meta = huggingface_hub.get_hf_file_metadata(huggingface_hub.hf_hub_url(REPO, name, endpoint=ENDPOINT), token=os.environ["HF_TOKEN"])
        wanted = hashlib.sha256(content).hexdigest() if name == "large.bin" else hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        assert meta.etag == wanted and meta.size == len(content) and len(meta.commit_hash) == 40, meta
    assert api.file_exists(REPO, "small.txt") and not api.file_exists(REPO, "nothing.txt")


def edit_and_delete():
    api.create_repo(REPO)
    files = {"a.txt": b"1", "dir/b.txt": b"2", "dir/deep/c.bin": noise(50_000), "keep.txt": b"3"}
    api.create_commit(REPO, [CommitOperationAdd(name, content) for name, content in files.items()], commit_message="four files")
    before = api.model_info(REPO).sha
    api.create_commit(
        REPO, [CommitOperationDelete("dir/"), CommitOperationAdd("a.txt", b"changed")], commit_message="edit", parent_commit=before
    )
    assert set(api.list_repo_files(REPO)) == {".gitattributes", "a.txt", "keep.txt"}
    assert fetch("a.txt") == b"changed" and fetch("a.txt", revision=before) == b"1" and fetch("dir/deep/c.bin", revision=before) == noise(50_000)
    api.delete_file("keep.txt", REPO)
    refused(EntryNotFoundError, lambda: fetch("keep.txt"))
    refused(HfHubHTTPError, lambda: api.create_commit(REPO, [CommitOperationAdd("x", b"x")], commit_message="late", parent_commit=before))
    titles = [commit.title for commit in api.list_repo_commits(REPO)]
    assert titles[-1] == "initial commit" and titles[1:3] == ["edit", "four files"], titles


def patterns():
    api.create_repo(REPO)
    root = tempfile.mkdtemp()
    write_tree(root, {"a.txt": b"a", "b.log": b"b", "sub/c.txt": b"c"})
    api.upload_folder(repo_id=REPO, folder_path=root, ignore_patterns="*.log")
    assert set(api.list_repo_files(REPO)) == {".gitattributes", "a.txt", "sub/c.txt"}
    Path(root, "a.txt").write_bytes(b"new")
    api.upload_folder(repo_id=REPO, folder_path=root, allow_patterns="a.txt", delete_patterns="sub/*")
    assert set(api.list_repo_files(REPO)) == {".gitattributes", "a.txt"} and fetch("a.txt") == b"new"
    shutil.rmtree(root)


def no_change_no_commit():
    api.create_repo(REPO)
    for name, content in (("a.txt", b"same"), ("b.bin", noise(70_000))):
        put(name, content)
        head = api.model_info(REPO).sha
        put(name, content)
        if VERSION >= (0, 26):
            assert api.model_info(REPO).sha == head, f"{name}: an upload of the same bytes made a commit"
        assert fetch(name) == content


def branches_and_tags():
    api.create_repo(REPO)
    put("a.txt", b"main")
    api.create_branch(REPO, branch="feature/one")
    put("a.txt", b"branch", revision="feature/one")
    api.create_tag(REPO, tag="v1.0", revision="main", tag_message="the first")
    put("a.txt", b"later")
    assert (fetch("a.txt"), fetch("a.txt", revision="feature/one"), fetch("a.txt", revision="v1.0")) == (b"later", b"branch", b"main")
    refs = api.list_repo_refs(REPO)
    assert {one.name for one in refs.branches} == {"main", "feature/one"} and {one.name for one in refs.tags} == {"v1.0"}
    refused(HfHubHTTPError, lambda: api.create_branch(REPO, branch="feature/one"))
    api.create_branch(REPO, branch="feature/one", exist_ok=True)
    refused(HfHubHTTPError, lambda: api.create_tag(REPO, tag="v1.0"))
    refused(RevisionNotFoundError, lambda: api.create_tag(REPO, tag="v2", revision="nowhere"))
    refused(HfHubHTTPError, lambda: api.delete_branch(REPO, branch="main"))
    api.delete_branch(REPO, branch="feature/one")
    api.delete_tag(REPO, tag="v1.0")
    refused(RevisionNotFoundError, lambda: fetch("a.txt", revision="v1.0"))
    refused(RevisionNotFoundError, lambda: fetch("a.txt", revision="feature/one"))
    refused(HfHubHTTPError, lambda: put("a.txt", b"x", revision="nowhere"))


def squash():
    api.create_repo(REPO)
    for number in range(3):
        put("a.txt", f"{number}".encode())
        put("big.bin", noise(60_000, number))
    api.create_tag(REPO, tag="before")
    api.super_squash_history(REPO, commit_message="one")
    commits = api.list_repo_commits(REPO)
    assert [one.title for one in commits] == ["one"], commits
    assert fetch("a.txt") == b"2" and fetch("big.bin") == noise(60_000, 2)
    assert len(api.list_repo_commits(REPO, revision="before")) == 7


def private():
    api.create_repo(REPO, private=True)
    put("secret.txt", b"secret")
    put("secret.bin", noise(90_000))
    assert fetch("secret.txt") == b"secret" and fetch("secret.bin") == noise(90_000)
    stranger = HfApi(endpoint=ENDPOINT, token=OTHER)
    missing = refused(RepositoryNotFoundError, lambda: stranger.model_info(REPO + "-none"))
    hidden = refused(RepositoryNotFoundError, lambda: stranger.model_info(REPO))
    assert hidden.response.status_code == missing.response.status_code == 404
    refused(RepositoryNotFoundError, lambda: fetch("secret.txt", token=OTHER))
    refused(RepositoryNotFoundError, lambda: fetch("secret.bin", token=False))
    refused(HfHubHTTPError, lambda: stranger.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=REPO))
    assert REPO not in [one.id for one in stranger.list_models(author=REPO.split("/")[0])]
    assert REPO in [one.id for one in api.list_models(author=REPO.split("/")[0])]


def visibility():
    api.create_repo(REPO, private=True)
    put("a.txt", b"a")
    if VERSION >= (0, 25):
        api.update_repo_settings(REPO, private=False)
    else:
        api.update_repo_visibility(REPO, private=False)
    assert fetch("a.txt", token=False) == b"a"
    api.move_repo(from_id=REPO, to_id=REPO + "-moved")
    assert fetch("a.txt", repo=REPO + "-moved") == b"a"
    assert fetch("a.txt") == b"a", "the old name leads to the new one"
    assert api.model_info(REPO).id == REPO + "-moved"


def ask_access(token, repo=REPO, fields=None):
    """What the button of the repository's page does; no client has a call for it."""
    body = urllib.parse.urlencode(fields or {}).encode()
    request = urllib.request.Request(f"{ENDPOINT}/{repo}/ask-access", body, {"Authorization": f"Bearer {token}", "Accept": "*/*"})

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        urllib.request.build_opener(Stay).open(request)
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers.get("Location")
    raise AssertionError("ask-access answers with a redirect")


def gated():
    if VERSION < (0, 26):
        return  # no update_repo_settings(gated=)
    from huggingface_hub.utils import GatedRepoError

    api.create_repo(REPO)
    put("weights.bin", noise(90_000))
    put("a.txt", b"a")
    stranger = HfApi(endpoint=ENDPOINT, token=OTHER)
    eve, nobody = stranger.whoami()["name"], HfApi(endpoint=ENDPOINT, token=False)
    def status(call):
        return refused(HfHubHTTPError, call).response.status_code

    assert status(lambda: list(api.list_pending_access_requests(REPO))) == 400
    assert ask_access(OTHER)[0] == 400
    api.update_repo_settings(REPO, gated="manual")
    assert stranger.model_info(REPO).gated == "manual", "what it says about itself stays"
    assert "weights.bin" in nobody.list_repo_files(REPO)
    for token, code in ((OTHER, 403), (False, 401)):
        for path in ("weights.bin", "a.txt"):
            assert refused(GatedRepoError, lambda: fetch(path, token=token), "restricted", f"/{REPO}").response.status_code == code
    refused(GatedRepoError, lambda: stranger.auth_check(REPO))
    refused(GatedRepoError, lambda: nobody.auth_check(REPO))
    api.auth_check(REPO)
    assert status(lambda: list(stranger.list_pending_access_requests(REPO))) == 403

    assert list(api.list_pending_access_requests(REPO)) == []
    assert ask_access(OTHER, fields={"affiliation": "Harbour"}) == (303, f"/{REPO}")
    assert ask_access(OTHER)[0] == 303, "asking twice is one request"
    (request,) = api.list_pending_access_requests(REPO)
    assert request.username == eve and request.status == "pending" and request.fields == {"affiliation": "Harbour"}, request
    refused(GatedRepoError, lambda: fetch("a.txt", token=OTHER))
    api.accept_access_request(REPO, eve)
    assert status(lambda: api.accept_access_request(REPO, eve)) == 400
    assert list(api.list_pending_access_requests(REPO)) == [] and [one.username for one in api.list_accepted_access_requests(REPO)] == [eve]
    assert fetch("a.txt", token=OTHER) == b"a" and fetch("weights.bin", token=OTHER) == noise(90_000)
    stranger.auth_check(REPO)

    api.cancel_access_request(REPO, eve)
    refused(GatedRepoError, lambda: fetch("weights.bin", token=OTHER))
    assert [one.username for one in api.list_pending_access_requests(REPO)] == [eve]
    api.reject_access_request(REPO, eve, rejection_reason="Not this time")
    assert ask_access(OTHER)[0] == 303 and [one.status for one in api.list_rejected_access_requests(REPO)] == ["rejected"]
    refused(GatedRepoError, lambda: fetch("a.txt", token=OTHER))
    assert status(lambda: api.grant_access(REPO, "nobody-of-this-name")) == 404
    api.grant_access(REPO, eve)
    assert status(lambda: api.grant_access(REPO, eve)) == 400
    assert fetch("a.txt", token=OTHER) == b"a"
    if VERSION >= (2, 3):
        (request,) = api.list_accepted_access_requests(REPO)
        api.reject_access_request(REPO, request_id=request.request_id, rejection_reason=None)
        refused(GatedRepoError, lambda: fetch("a.txt", token=OTHER))

    # Accepted at once, for a data set; opened again, nobody needs anything.
    data = REPO + "-data"
    api.create_repo(data, repo_type="dataset")
    put("rows.csv", b"1,2", repo=data, repo_type="dataset")
    api.update_repo_settings(data, repo_type="dataset", gated="auto")
    refused(GatedRepoError, lambda: fetch("rows.csv", repo=data, repo_type="dataset", token=OTHER), f"/datasets/{data}")
    assert ask_access(OTHER, f"datasets/{data}") == (303, f"/datasets/{data}")
    assert fetch("rows.csv", repo=data, repo_type="dataset", token=OTHER) == b"1,2"
    assert [one.username for one in api.list_accepted_access_requests(data, repo_type="dataset")] == [eve]
    api.update_repo_settings(REPO, gated=False)
    assert fetch("a.txt", token=False) == b"a"
    api.delete_repo(data, repo_type="dataset")


def likes():
    api.create_repo(REPO)
    hidden, data = REPO + "-hidden", REPO + "-data"
    api.create_repo(hidden, private=True)
    api.create_repo(data, repo_type="dataset")
    bob, stranger = api.whoami()["name"], HfApi(endpoint=ENDPOINT, token=OTHER)
    eve = stranger.whoami()["name"]

    def like(token, path, method="POST"):
        request = urllib.request.Request(f"{ENDPOINT}/api/{path}/like", method=method, headers={"Authorization": f"Bearer {token}"} if token else {})
        try:
            return urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            return error.code

    mine = os.environ["HF_TOKEN"]
    for token in (mine, mine, OTHER):
        assert like(token, f"models/{REPO}") == 200
    assert like(mine, f"models/{hidden}") == like(OTHER, f"datasets/{data}") == 200
    assert like(None, f"models/{REPO}") == 401 and like(OTHER, f"models/{hidden}") == 404 and like(OTHER, f"models/{REPO}-none") == 404
    assert api.model_info(REPO).likes == 2 and api.dataset_info(data).likes == 1
    names = [one.id for one in api.list_models(author=bob, sort="likes", limit=2)]
    assert names[0] == REPO, names
    if VERSION >= (0, 26):
        assert {one.username for one in api.list_repo_likers(REPO)} == {bob, eve}
    liked = stranger.list_liked_repos(eve)
    assert REPO in liked.models and data in liked.datasets, liked
    assert hidden in api.list_liked_repos(bob).models and hidden not in stranger.list_liked_repos(bob).models
    stranger.unlike(REPO)
    stranger.unlike(REPO)
    assert REPO not in stranger.list_liked_repos(eve).models and api.model_info(REPO).likes == 1
    refused(RepositoryNotFoundError, lambda: stranger.unlike(hidden))
    api.delete_repo(hidden)
    assert hidden not in api.list_liked_repos(bob).models


def wrong_token():
    api.create_repo(REPO)
    wrong = HfApi(endpoint=ENDPOINT, token="hf_" + "x" * 34)
    error = refused(HfHubHTTPError, lambda: wrong.model_info(REPO), "Invalid credentials in Authorization header")
    assert error.response.status_code == 401 and not isinstance(error, RepositoryNotFoundError)
    refused(HfHubHTTPError, lambda: wrong.create_repo(REPO + "-x"))
    refused(Exception, wrong.whoami, "token" if VERSION < (1, 0) else "")  # older clients raise an HTTPError of requests here


def not_found():
    api.create_repo(REPO)
    put("a.txt", b"a")
    refused(RepositoryNotFoundError, lambda: fetch("a.txt", repo=REPO + "-none"))
    refused(RevisionNotFoundError, lambda: fetch("a.txt", revision="none"))
    refused(EntryNotFoundError, lambda: fetch("none.txt"))
    refused(RevisionNotFoundError, lambda: api.model_info(REPO, revision="0" * 40))
    refused(RepositoryNotFoundError, lambda: api.list_repo_files(REPO + "-none"))


def names():
    """Unicode in both normal forms, signs that mean something in addresses, and names as long as allowed."""
    api.create_repo(REPO)
    files = {
        "モデル/重み.bin": noise(40_000), "模型.txt": b"zh", "emoji \U0001f9e0.txt": b"brain",
        unicodedata.normalize("NFC", "é.txt"): b"composed", unicodedata.normalize("NFD", "è.txt"): b"decomposed",
        "a b/c%20d#e?f&g=h+i.txt": b"signs", "quote'\".txt": b"quotes", "n" * 200 + ".bin": noise(10_000),
        "/".join(["deep"] * 40) + "/x.txt": b"deep", ".hidden": b"dot", "-dash": b"dash",
    }
    api.create_commit(REPO, [CommitOperationAdd(name, content) for name, content in files.items()], commit_message="名前 \U0001f9e0")
    assert set(api.list_repo_files(REPO)) == set(files) | {".gitattributes"}
    for name, content in files.items():
        assert fetch(name) == content, name
    check_snapshot(files)
    assert api.list_repo_commits(REPO)[0].title == "名前 \U0001f9e0"


def many():
    """More files than one page of the tree listing holds."""
    api.create_repo(REPO)
    files = {f"d{number % 7}/{number:04}.txt": str(number).encode() for number in range(1200)}
    for start in range(0, 1200, 600):
        part = list(files.items())[start : start + 600]
        api.create_commit(REPO, [CommitOperationAdd(name, content) for name, content in part], commit_message="part")
    assert set(api.list_repo_files(REPO)) == set(files) | {".gitattributes"}
    assert fetch("d3/0003.txt") == b"3"


def card():
    api.create_repo(REPO)
    put("README.md", "---\nlicense: mit\ntags:\n- tested\npipeline_tag: image-classification\n---\n# Titel 題\n".encode())
    info = api.model_info(REPO)
    assert info.pipeline_tag == "image-classification" and "tested" in info.tags and "license:mit" in info.tags, info
    refused((HfHubHTTPError, ValueError), lambda: put("README.md", b"---\nlicense: [\n---\n"))
    assert b"mit" in fetch("README.md")


def upload_shared():
    """First half of the LFS/Xet pair: the same content under two names (and, in test_hub.py, on the two ways)."""
    api.create_repo(REPO, exist_ok=True)
    put(os.environ["SCENARIO_FILE"], noise(3_000_000, "shared"))


def download_shared():
    for name in os.environ["SCENARIO_FILE"].split(","):
        assert fetch(name) == noise(3_000_000, "shared"), name
    # older clients drop fields that they do not know, so the listing is asked plainly
    entries = {one.path: one for one in api.get_paths_info(REPO, os.environ["SCENARIO_FILE"].split(","))}
    hashes = {(one.lfs["sha256"] if isinstance(one.lfs, dict) else one.lfs.sha256) for one in entries.values()}
    assert hashes == {hashlib.sha256(noise(3_000_000, "shared")).hexdigest()}
    xet = {getattr(one, "xet_hash", None) for one in entries.values()}
    assert len(xet) == 1, f"one content, several Xet hashes: {xet}"


SCENARIOS = [name for name, value in list(globals().items()) if inspect.isfunction(value) and value.__module__ == "__main__"
             and name not in ("noise", "fetch", "put", "refused", "write_tree", "check_snapshot")] if __name__ == "__main__" else []

if __name__ == "__main__":
    if sys.argv[1] not in SCENARIOS:
        sys.exit(f"no scenario {sys.argv[1]}; there are {' '.join(SCENARIOS)}")
    globals()[sys.argv[1]]()
