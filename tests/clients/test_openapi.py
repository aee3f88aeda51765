# /openapi.json: every native route says what it takes and gives, and the document is one that tools accept. That real answers are what
# it promises is watched in every other test of this folder (openapi_check.py).
import base64
import re
import urllib.parse

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def spec(server):
    return server.api().get("/openapi.json").json()


def operations(spec):
    return [(f"{method.upper()} {path}", item[method]) for path, item in spec["paths"].items() for method in METHODS if method in item]


def test_document_is_valid(spec):
    OpenAPIV31SpecValidator(spec).validate()
    for name, schema in spec["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name), name


def test_every_route_says_what_it_answers(spec):
    known = operations(spec)
    assert len(known) > 60
    for name, operation in known:
        done = [status for status in operation["responses"] if status != "default"]
        assert len(done) == 1 and done[0] in ("200", "201", "204"), f"{name}: {done}"
        content = operation["responses"][done[0]].get("content", {})
        assert (done[0] == "204") == (not content), name
        for media, one in content.items():
            if media == "application/json":
                assert "$ref" in one["schema"], f"{name} answers with something that has no name: {one}"
        if name.startswith(("POST", "PATCH", "PUT")):
            assert "requestBody" in operation, f"{name} does not say what it takes"


def test_every_reference_is_defined(spec):
    schemas = spec["components"]["schemas"]
    text = str(spec)
    used = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert used <= set(schemas), used - set(schemas)
    # Nothing is described that nobody uses, but for what shows up inside others' details.
    assert set(schemas) <= used, set(schemas) - used


def test_requests_are_closed_and_answers_open(spec):
    schemas = spec["components"]["schemas"]
    for name, operation in operations(spec):
        body = operation.get("requestBody")
        if body:
            schema = schemas[body["content"]["application/json"]["schema"]["$ref"].split("/")[-1]]
            assert schema.get("additionalProperties") is False, name
    assert "additionalProperties" not in schemas["Order"]


def test_no_operation_breaks_on_bad_input(server, spec):
    """Each operation with odd bodies, parameters and addresses, as an operator and as nobody: refused or done, never 5xx."""
    import json

    bodies = [b"", b"{}", b"[]", b"null", b'"x"', b"{", b'{"a":1}', b'{"name":5,"amount":"1","roles":"x","plan":[],"usage":{}}', b'{"amount":{"amount":1,"currency":"USD"}}', "{\"name\":\"\ud7ff\\u0000\"}".encode()]
    values = ["", "0", "-1", "99999999999999999999", "%00", "%F0%9F%98%80", "a|b", "2026-02-30", "x" * 300]
    op, anyone, checked = server.api("op", "admin", True), server.api(), 0
    for name, operation in operations(spec):
        method, path = name.split(" ", 1)
        if path in ("/api/v1/test_clock", "/api/v1/ledger/export") or path.startswith("/api/v1/sessions/current"):
            continue
        for value in values:
            target = re.sub(r"\{[^}]*\}", value or "none", path)
            query = "&".join(f"{one['name']}={value}" for one in operation["parameters"] if one["in"] == "query")
            sent = bodies[checked % len(bodies)] if method != "GET" else None
            for api in (op, anyone):
                answer = api.request(method, target + (f"?{query}" if query else ""), sent, {"Idempotency-Key": f"k{checked}", "Content-Type": "application/json"})
                assert answer.status < 500, f"{method} {target}?{query} {sent!r}: {answer}"
                if answer.status >= 400:
                    body = json.loads(answer.body)
                    assert body["code"] and body["message"] and body["request_id"], f"{method} {target}: {answer}"
                checked += 1
        if method != "GET":
            for sent in bodies:
                target = re.sub(r"\{[^}]*\}", "none", path)
                answer = op.request(method, target, sent, {"Idempotency-Key": f"k{checked}", "Content-Type": "application/json"})
                assert answer.status < 500, f"{method} {target} {sent!r}: {answer}"
                checked += 1
    assert checked > 1000


def test_the_edges_of_numbers_and_of_time(server, spec):
    """Each parameter of what is read, alone, with numbers of 63 and 64 bits and years far away, cursors with such numbers included. The program must not
    count on where they wrap round: that stops a build with sanitizers, and elsewhere gives answers to questions nobody asked."""
    numbers = [-(2**63), -1, 2**53 + 1, 2**55, 2**56, 2**62, 2**63 - 1, 2**63, 2**64 - 1]
    values = [*map(str, numbers), "9999-12-31", "9999-12", "2262-04-12", "2200-12", "0001-01-01", "9999-12-31T23:59:59Z", "1700-01-01T00:00:00Z", "9223372036854.775808"]
    cursors = [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for one in numbers for text in (f"{one}|x", f"x|{one}", f"{one}")]
    op, paths = server.api("op", "admin", True), []
    for name, operation in operations(spec):
        method, path = name.split(" ", 1)
        if method != "GET":
            continue
        asked = [one for one in operation["parameters"] if one["in"] == "query"]
        orders = next((one["schema"].get("enum", [""]) for one in asked if one["name"] == "sort"), [""])
        place = re.sub(r"\{[^}]*\}", "0", path)
        for one in asked:
            needed = {other["name"]: "0" for other in asked if other.get("required")}
            if one["name"] == "cursor":
                paths += [place + "?" + urllib.parse.urlencode({**needed, "sort": order, "cursor": cursor} if order else {**needed, "cursor": cursor}) for order in orders for cursor in cursors]
            else:
                paths += [place + "?" + urllib.parse.urlencode({**needed, one["name"]: value}) for value in values]
        if "{" in path:
            paths += [re.sub(r"\{(?!level)[^}]*\}", str(number), path).replace("{level}", "0") for number in numbers]
    for path in ("/api/models", "/api/datasets"):
        paths += [f"{path}?sort={order}&cursor={cursor}" for order in ("createdAt", "trendingScore", "id") for cursor in cursors]
    for path in paths:
        answer = op.get(path)
        assert answer.status < 500, f"{path}: {answer}"
    assert len(paths) > 1000


def test_a_tile_has_no_other_address(server):
    """2**56 tiles on, the number of the first leaf would be 2**64, which is 0 again."""
    op = server.api("op", "admin", True)
    for number in (2**55, 2**56, 2**64 - 1, 1000):
        assert op.get(f"/api/v1/log/tile/0/{number}.p/1").status == 404 and op.get(f"/api/v1/log/tile/entries/{number}.p/1").status == 404
