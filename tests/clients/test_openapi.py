# /openapi.json: every native route says what it takes and gives, and the document is one that tools accept. That real answers are what
# it promises is watched in every other test of this folder (openapi_check.py).
import re

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
