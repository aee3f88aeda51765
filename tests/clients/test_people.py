# Accounts that people make and look after themselves: sign-up by invitation, passwords, sessions, organisations.
import subprocess
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from server import BINARY, Api

PASSWORD = "correct horse battery"


def new_name(prefix="p"):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


class Browser:
    """A session cookie and its token for writes."""

    def __init__(self, url, name, password):
        self.api = Api(url)
        answer = self.api.post("/api/v1/sessions", {"name": name, "password": password})
        assert answer.status == 201, answer
        self.cookie = f"kontor_session={answer.cookies['kontor_session']}"
        assert all({"HttpOnly", "SameSite=Lax"} <= of for of in answer.cookie_attributes.values())
        self.csrf = answer.json()["csrf_token"]

    def request(self, method, path, body=None, csrf=True):
        headers = {"Cookie": self.cookie, **({"X-CSRF-Token": self.csrf} if csrf else {})}
        return self.api.request(method, path, body, headers)


@pytest.fixture(scope="module")
def op(server):
    return server.api("op", "admin", True)


def invite(op):
    answer = op.post("/api/v1/invites", {"expires_in_days": 7})
    assert answer.status == 201, answer
    return answer.json()["code"]


def sign_up(server, op, name=None, **more):
    name = name or new_name()
    answer = server.api().post("/api/v1/users", {"name": name, "password": PASSWORD, "invite": invite(op), **more})
    assert answer.status == 201, answer
    return name


def field_codes(answer):
    return {one["path"]: one["code"] for one in answer.json()["details"]["fields"]}


def test_sign_up_takes_an_invitation(server, op):
    api, name = server.api(), new_name()
    missing = api.post("/api/v1/users", {"name": name, "password": PASSWORD})
    assert missing.status == 422 and field_codes(missing) == {"invite": "missing"}
    wrong = api.post("/api/v1/users", {"name": name, "password": PASSWORD, "invite": "abcd-abcd-abcd-abcd"})
    assert wrong.status == 422 and field_codes(wrong) == {"invite": "unknown"}
    code = invite(op)
    made = api.post("/api/v1/users", {"name": name, "password": PASSWORD, "email": "p@example.org", "invite": code.upper().replace("-", " ")})
    assert made.status == 201 and made.json()["name"] == name and made.json()["kind"] == "person", made
    again = api.post("/api/v1/users", {"name": new_name(), "password": PASSWORD, "invite": code})
    assert again.status == 422 and field_codes(again) == {"invite": "unknown"}
    assert Browser(server.url, name, PASSWORD).request("GET", "/api/v1/me").json()["email"] == "p@example.org"
    used = [one for one in op.get("/api/v1/invites").json()["data"] if one["used_by"] == made.json()["id"]]
    assert len(used) == 1 and "code" not in used[0]
    assert op.request("DELETE", f"/api/v1/invites/{used[0]['id']}").status == 404
    assert server.api("someone").post("/api/v1/invites", {}).status == 404
    from_cli = server.cli("invite").stdout.strip()
    assert api.post("/api/v1/users", {"name": new_name(), "password": PASSWORD, "invite": from_cli}).status == 201


@pytest.mark.parametrize("name, status, reason", [("op", 409, "name_taken"), ("OP", 409, "name_taken"), ("market", 409, "name_reserved"), ("trade-log", 409, "name_reserved"), ("design", 409, "name_reserved"), ("a b", 422, "invalid_name"), ("", 422, "invalid_name")])
def test_names_that_are_refused(server, op, name, status, reason):
    code = invite(op)
    answer = server.api().post("/api/v1/users", {"name": name, "password": PASSWORD, "invite": code})
    assert answer.status == status and field_codes(answer) == {"name": reason}, answer
    if status == 409:
        assert answer.json()["code"] == "conflict"
    # The invitation is still good.
    assert server.api().post("/api/v1/users", {"name": new_name(), "password": PASSWORD, "invite": code}).status == 201


def test_bad_sign_ups(server, op):
    api = server.api()
    weak = api.post("/api/v1/users", {"name": new_name(), "password": "short", "invite": invite(op)})
    assert weak.status == 422 and field_codes(weak) == {"password": "weak_password"}
    assert field_codes(api.post("/api/v1/users", {"name": new_name(), "password": 5, "invite": invite(op)})) == {"password": "not_text"}
    assert api.post("/api/v1/users", {"name": new_name(), "password": PASSWORD, "invite": invite(op), "admin": True}).json()["code"] == "unknown_field"
    assert field_codes(api.post("/api/v1/users", {"name": new_name(), "password": PASSWORD, "invite": invite(op), "email": "nobody"})) == {"email": "not_an_address"}


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_setting_signup(new_server, mode):
    one = new_server(more=["--signup", mode]).start()
    answer = one.api().post("/api/v1/users", {"name": "eve", "password": PASSWORD})
    if mode == "open":
        assert answer.status == 201, answer
    else:
        assert answer.status == 403 and answer.json()["code"] == "blocked" and answer.json()["details"]["reason"] == "signup_closed", answer
    one.stop()
    # The same from the folder's configuration file.
    config = one.data / "kontor.toml"
    config.write_text(config.read_text() + f'\nsignup = "{mode}"\n')
    one.more = []
    one.start()
    assert one.api().post("/api/v1/users", {"name": "frida", "password": PASSWORD}).status == (201 if mode == "open" else 403)
    one.stop()


def test_password_change_ends_other_sessions(server, op):
    name = sign_up(server, op)
    here, there = Browser(server.url, name, PASSWORD), Browser(server.url, name, PASSWORD)
    assert here.request("POST", "/api/v1/me/password", {"old": PASSWORD, "new": "another password"}, csrf=False).status == 403
    wrong = here.request("POST", "/api/v1/me/password", {"old": "wrong wrong", "new": "another password"})
    assert wrong.status == 422 and field_codes(wrong) == {"old": "wrong"}
    assert there.request("GET", "/api/v1/me").json()["name"] == name
    assert here.request("POST", "/api/v1/me/password", {"old": PASSWORD, "new": "another password"}).status == 204
    assert here.request("GET", "/api/v1/me").status == 200
    assert there.request("GET", "/api/v1/me").status == 401
    assert server.api().post("/api/v1/sessions", {"name": name, "password": PASSWORD}).status == 401
    assert server.api().post("/api/v1/sessions", {"name": name, "password": "another password"}).status == 201


def test_sessions(server, op):
    name = sign_up(server, op)
    here, there = Browser(server.url, name, PASSWORD), Browser(server.url, name, PASSWORD)
    assert here.request("GET", "/api/v1/me").json()["csrf_token"] == here.csrf
    listed = here.request("GET", "/api/v1/sessions").json()["data"]
    assert [one["current"] for one in listed] == [False, True]
    other = next(one for one in listed if not one["current"])
    stranger = Browser(server.url, sign_up(server, op), PASSWORD)
    assert stranger.request("DELETE", f"/api/v1/sessions/{other['id']}").status == 404
    assert here.request("DELETE", f"/api/v1/sessions/{other['id']}").status == 204
    assert there.request("GET", "/api/v1/me").status == 401
    assert len(here.request("GET", "/api/v1/sessions").json()["data"]) == 1


def test_changing_me(server, op):
    browser = Browser(server.url, sign_up(server, op), PASSWORD)
    done = browser.request("PATCH", "/api/v1/me", {"full_name": "山田 花子", "email": "h@example.org", "default_currency": "JPY", "billing_tz": "Asia/Tokyo"})
    assert done.status == 200, done
    me = browser.request("GET", "/api/v1/me").json()
    assert (me["full_name"], me["email"], me["default_currency"], me["billing_tz"]) == ("山田 花子", "h@example.org", "JPY", "Asia/Tokyo")
    for body, path in (({"billing_tz": "Mars/Olympus"}, "billing_tz"), ({"default_currency": "XYZ"}, "default_currency"), ({"email": "x y@z"}, "email"), ({"full_name": "x" * 300}, "full_name")):
        answer = browser.request("PATCH", "/api/v1/me", body)
        assert answer.status == 422 and path in field_codes(answer), answer
    assert browser.request("PATCH", "/api/v1/me", {"kyc_level": 3}).json()["code"] == "unknown_field"


def test_organisation(server, op):
    founder, member, stranger = new_name("founder"), new_name("member"), new_name("stranger")
    for name in (founder, member, stranger):
        server.user(name)
    api, org = server.api(founder), new_name("org")
    key = str(uuid.uuid4())
    made = api.post("/api/v1/organisations", {"name": org, "full_name": "Our house"}, key=key)
    assert made.status == 201 and made.json()["my_role"] == "admin", made
    again = api.post("/api/v1/organisations", {"name": org, "full_name": "Our house"}, key=key)
    assert again.body == made.body and again.headers["idempotent-replayed"] == "true"
    assert field_codes(api.post("/api/v1/organisations", {"name": org})) == {"name": "name_taken"}
    assert server.api(founder, "read").post("/api/v1/organisations", {"name": new_name("org")}).status == 403
    path = f"/api/v1/organisations/{org}"
    assert server.api().get(path).json()["my_role"] is None
    assert server.api(stranger).get(f"{path}/members").status == 404 and server.api(stranger).get(f"/api/v1/organisations/{stranger}").status == 404

    assert server.api(stranger).request("PUT", f"{path}/members/{stranger}", {"roles": ["admin"]}).status == 404
    assert api.request("PUT", f"{path}/members/{member}", {"roles": ["write"]}).json()["roles"] == ["write"]
    assert api.request("PUT", f"{path}/members/{member}", {"roles": ["write", "admin"]}).status == 422
    assert api.request("PUT", f"{path}/members/{new_name()}", {"roles": ["read"]}).status == 404
    # The role counts at once, on other wires too.
    other = server.api(member)
    assert other.get("/api/v1/me").json()["may_act_for"] == [{"id": made.json()["id"], "name": org, "kind": "organisation", "roles": ["write"]}]
    assert other.post("/api/repos/create", {"name": "shared", "organization": org, "type": "model"}).status == 200
    assert other.request("PUT", f"{path}/members/{stranger}", {"roles": ["read"]}).status == 403
    assert [one["name"] for one in other.get(f"{path}/members").json()["data"]] == sorted([founder, member])
    assert other.get(f"{path}/members/{founder}").json()["roles"] == ["admin"] and other.get(f"{path}/members/{stranger}").status == 404

    # The last admin stays.
    for refused in (api.request("DELETE", f"{path}/members/{founder}"), api.request("PUT", f"{path}/members/{founder}", {"roles": ["read"]})):
        assert refused.status == 409 and refused.json()["code"] == "invalid_state" and refused.json()["details"]["reason"] == "last_admin", refused
    assert api.request("PUT", f"{path}/members/{member}", {"roles": ["admin"]}).status == 200
    assert api.request("DELETE", f"{path}/members/{founder}").status == 204
    assert api.get(f"{path}/members").status == 404
    changed = other.request("PATCH", path, {"full_name": "Their house", "default_visibility": "private", "billing_tz": "Europe/Vienna"})
    assert changed.status == 200 and changed.json()["default_visibility"] == "private", changed
    actions = [one["action"] for one in op.get("/api/v1/admin/audit?limit=100").json()["data"] if one["item"] == made.json()["id"]]
    assert actions == ["organisation.change", "organisation.leave", "organisation.role", "organisation.role", "organisation.create"]


def test_parties(server, op):
    name = sign_up(server, op, full_name="Zoë Unique", email="zoe@example.org")
    for text in (name[2:], "Unique", "zoe%40example"):
        listed = op.get(f"/api/v1/parties?q={text}").json()["data"]
        assert [one["name"] for one in listed] == [name] and listed[0]["email"] == "zoe@example.org"
    assert op.get("/api/v1/parties?q=%25").json()["data"] == []  # a percent sign is a percent sign
    first = op.get("/api/v1/parties?limit=2").json()
    second = op.get(f"/api/v1/parties?limit=2&cursor={first['next_cursor']}").json()
    assert first["has_more"] and not {one["id"] for one in first["data"]} & {one["id"] for one in second["data"]}
    assert server.api("someone").get("/api/v1/parties?q=op").status == 404
    seen = server.api().get(f"/api/v1/parties/{name}").json()
    assert seen["full_name"] == "Zoë Unique" and "email" not in seen
    assert server.api().get(f"/api/v1/parties/{seen['id']}").json() == seen and server.api().get("/api/v1/parties/nobody").status == 404


def test_wrong_passwords_run_out(server, op):
    name, other = new_name(), new_name()
    for one in (name, other):
        assert server.api().post("/api/v1/users", {"name": one, "password": PASSWORD, "invite": invite(op)}).status == 201
    for _ in range(10):
        assert server.api().post("/api/v1/sessions", {"name": name, "password": "not it at all"}).status == 401
    refused = server.api().post("/api/v1/sessions", {"name": name.upper(), "password": PASSWORD})
    assert refused.status == 429
    error = refused.json()
    assert error["code"] == "too_many_attempts" and "minutes" in error["message"]
    assert 0 < int(refused.headers["retry-after"]) <= 900
    # Somebody else from the same address is not locked out.
    assert server.api().post("/api/v1/sessions", {"name": other, "password": PASSWORD}).status == 201


def test_strangers_cannot_shut_the_owner_out(new_server):
    """A name that is tried from everywhere is shut for browsers that were never signed in to it; the owner's own is counted alone, and not for ever."""
    server = new_server(more=["--public-url", "https://models.example.com", "--trusted-proxy", "127.0.0.0/8"]).start()

    def sign_in(password, address, cookie="", name="owner"):
        return server.api().request("POST", "/api/v1/sessions", {"name": name, "password": password}, {"X-Forwarded-For": address, "Cookie": cookie})

    assert server.cli("user", "add", "owner", "--password-stdin", input=PASSWORD + "\n").returncode == 0
    first = sign_in(PASSWORD, "198.51.100.1")
    assert first.status == 201
    device = first.cookies["kontor_device"]
    with ThreadPoolExecutor(8) as many:
        # A hundred pass, however close together they come; of one address only ten.
        seen = Counter(many.map(lambda n: sign_in("not it at all", f"203.0.113.{n % 11}").status, range(160)))
    assert seen == {401: 100, 429: 60}, seen
    assert sign_in(PASSWORD, "198.51.100.1").status == 429 and sign_in(PASSWORD, "198.51.100.2", "kontor_device=" + device[:-2]).status == 429
    mine = "kontor_device=" + device
    again = sign_in(PASSWORD, "198.51.100.2", mine)
    assert again.status == 201 and again.cookies["kontor_device"] == device
    server.stop()
    server.start()
    with ThreadPoolExecutor(8) as many:
        seen = Counter(many.map(lambda n: sign_in("not it at all", f"203.0.113.{n}", mine).status, range(20)))
    assert seen == {401: 10, 429: 10}, "who found the browser on a train is counted like anybody"
    assert sign_in(PASSWORD, "198.51.100.3").status == 201, "and shuts nobody else out"


def test_behind_a_proxy_callers_are_told_apart(server, op, new_server):
    """Whom a trusted proxy names is counted; anybody else can write what they like."""
    def sign_in(where, name, password, forwarded):
        return where.api().request("POST", "/api/v1/sessions", {"name": name, "password": password}, {"X-Forwarded-For": forwarded}).status

    name = new_name()
    assert server.api().post("/api/v1/users", {"name": name, "password": PASSWORD, "invite": invite(op)}).status == 201
    assert [sign_in(server, name, "not it at all", f"198.51.100.{n}") for n in range(10)] == [401] * 10
    assert sign_in(server, name, PASSWORD, "198.51.100.77") == 429, "a header from anywhere opens nothing"
    assert server.api().get("/metrics").status == 200
    assert server.api().get("/metrics", headers={"X-Forwarded-For": "198.51.100.1"}).status == 401, "who comes through a proxy is not here"

    behind = new_server(more=["--public-url", "https://models.example.com", "--trusted-proxy", "127.0.0.0/8"]).start()
    boss = behind.api("boss", role="admin", admin=True)
    assert behind.api().post("/api/v1/users", {"name": name, "password": PASSWORD, "invite": invite(boss)}).status == 201
    assert [sign_in(behind, name, "not it at all", f"10.{n}.0.1, 198.51.100.1") for n in range(10)] == [401] * 10
    assert sign_in(behind, name, PASSWORD, "203.0.113.9, 198.51.100.1") == 429, "the caller's own words before it count for nothing"
    assert sign_in(behind, name, PASSWORD, "198.51.100.2") == 201
    assert sign_in(behind, name, PASSWORD, "198.51.100.2:4711") == 201
    assert behind.api().get("/metrics").status == 401 and boss.get("/metrics").status == 200


def test_a_proxy_is_told_apart_only_with_a_public_address(tmp_path):
    for words in (["--trusted-proxy", "127.0.0.1"], ["--trusted-proxy", "localhost", "--public-url", "https://models.example.com"],
                  ["--allow-address", "10.0.0.0/40"]):
        done = subprocess.run([str(BINARY), "serve", "--listen", "127.0.0.1:0", "--data", str(tmp_path / "d"), *words], capture_output=True, text=True,
                              timeout=60)
        assert done.returncode != 0 and ("--public-url" in done.stderr or "range like 10.0.0.0/8" in done.stderr), done


def test_a_token_knows_when_it_was_used(server, op):
    name = new_name()
    assert server.api().post("/api/v1/users", {"name": name, "password": PASSWORD, "invite": invite(op)}).status == 201
    here = Browser(server.url, name, PASSWORD)
    made = here.request("POST", "/api/v1/tokens", {"name": "laptop", "role": "read"}).json()
    assert made["last_used_at"] is None
    assert Api(server.url, made["token"]).get("/api/v1/me").status == 200
    listed = {one["id"]: one for one in here.request("GET", "/api/v1/tokens").json()["data"]}
    assert listed[made["id"]]["last_used_at"] is not None


def test_operators_see_top_ups_of_all_parties(server, op):
    people = [server.api(new_name(), "write") for _ in range(2)]
    amount = {"currency": "USD", "amount": "20.00"}
    made = [one.post("/api/v1/top_ups", {"amount": amount, "method": "bank_transfer"}).json() for one in people]
    confirmed = op.post(f"/api/v1/top_ups/{made[0]['id']}/confirm", {"bank_reference": "ref " + made[0]["id"], "amount": amount})
    assert confirmed.status == 200, confirmed
    ids = [one["id"] for one in op.get("/api/v1/top_ups?scope=all&state=any&limit=100").json()["data"]]
    assert ids.index(made[1]["id"]) < ids.index(made[0]["id"])
    waiting = [one["id"] for one in op.get("/api/v1/top_ups?scope=all&state=open&limit=100").json()["data"]]
    assert made[1]["id"] in waiting and made[0]["id"] not in waiting
    first = op.get("/api/v1/top_ups?scope=all&limit=1").json()
    assert first["has_more"] and first["data"][0]["id"] == made[1]["id"]
    assert op.get("/api/v1/top_ups?scope=all&limit=1&cursor=" + first["next_cursor"]).json()["data"][0]["id"] == made[0]["id"]
    for one in people:
        assert one.get("/api/v1/top_ups?scope=all").status in (403, 404)
        assert one.get("/api/v1/top_ups?state=open").status == 422
