# Holds every answer of the native API that a test sees against what /openapi.json promises.
import json
import re
import threading

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012


class Document:
    """One server's description, and validators of its schemas."""

    def __init__(self, body):
        self.spec = json.loads(body)
        registry = Registry().with_resource("kontor:openapi", Resource.from_contents(self.spec, default_specification=DRAFT202012))
        self.registry, self.validators = registry, {}
        self.routes = []
        for path, item in self.spec["paths"].items():
            # {n} of a tile's address takes the rest of the path; other parameters are one segment.
            rest = "/log/tile/" in path
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))
            if rest:
                pattern = pattern.removesuffix("[^/]+") + ".+"
            self.routes.append((path, re.compile(pattern), item))
        # Addresses without parameters first: /plans/preview is not /plans/{id}.
        self.routes.sort(key=lambda route: route[0].count("{"))

    def operation(self, method, target):
        path = target.split("?")[0]
        for _, pattern, item in self.routes:
            if pattern.fullmatch(path) and method.lower() in item:
                return item[method.lower()]
        return None

    def validator(self, schema):
        key = json.dumps(schema)
        if key not in self.validators:
            # References in a part of the document are looked up in the whole of it.
            whole = json.loads(key.replace('"#/', '"kontor:openapi#/'))
            self.validators[key] = Draft202012Validator(whole, registry=self.registry, format_checker=FormatChecker())
        return self.validators[key]

    def check(self, method, target, answer):
        operation = self.operation(method, target)
        assert operation, f"{method} {target} answers {answer.status} and is not in /openapi.json"
        responses = operation["responses"]
        if answer.status >= 400:
            response = responses["default"]
        else:
            assert str(answer.status) in responses, f"{method} {target}: {answer.status} is not among {list(responses)}"
            response = responses[str(answer.status)]
        content = response.get("content", {})
        media = answer.headers.get("content-type", "").split(";")[0]
        if "application/json" not in content or media != "application/json":
            return
        faults = sorted(self.validator(content["application/json"]["schema"]).iter_errors(json.loads(answer.body)), key=str)
        assert not faults, f"{method} {target} {answer.status}: {list(faults[0].absolute_path)}: {faults[0].message[:300]}"


class Watch:
    """Called with every answer of every server; fetches each server's document once."""

    def __init__(self):
        self.lock, self.documents = threading.Lock(), {}

    def document(self, api):
        with self.lock:
            if api.url not in self.documents:
                self.documents[api.url] = Document(api.request("GET", "/openapi.json").body)
            return self.documents[api.url]

    def __call__(self, api, method, target, answer):
        if target.startswith("/api/v1/") and method in ("GET", "POST", "PATCH", "PUT", "DELETE") and answer.status not in (404, 405, 500, 503) and answer.body:
            self.document(api).check(method, target, answer)
