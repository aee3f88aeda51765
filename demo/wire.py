# How the demo speaks and shows what it does: prints each command or call before its result, and stops at the first surprise.
import json
import os
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
PLAIN = not sys.stdout.isatty() or "NO_COLOR" in os.environ


def paint(code, text):
    return text if PLAIN else f"\x1b[{code}m{text}\x1b[0m"


def step(number, title):
    print("\n" + paint("1;36", f"{number}. {title}"), flush=True)


def say(text):
    print("   " + text, flush=True)


def expect(holds, text):
    """A check of the demo itself: it is printed, and a false one ends the demo with status 1."""
    print(("   " + paint("32", "ok ") if holds else "   " + paint("31", "NOT SO ")) + text, flush=True)
    if not holds:
        raise SystemExit(1)


def short(value, limit=700):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[:limit] + " ..."


def indent(text):
    return "\n".join("     " + line for line in text.rstrip("\n").split("\n"))


def command(words, env=None, shown_env=None, check=True, secret=False, stdin=None):
    """Runs a program and prints its output. Tokens are shown as names, never as values."""
    shown = " ".join(f"{name}={value}" for name, value in (shown_env or {}).items())
    print(paint("33", "   $ " + (shown + " " if shown else "") + shlex.join(words).replace(HERE, "")), flush=True)
    done = subprocess.run(words, env={**os.environ, **(env or {})}, capture_output=True, text=True, input=stdin)
    text = (done.stdout + done.stderr).strip()
    if text and not secret:
        print(indent(short(text, 3000)), flush=True)
    if check and done.returncode != 0:
        if secret:
            print(indent(short(done.stderr, 3000)))
        expect(False, f"{words[0]} ended with status {done.returncode}")
    return done


class Api:
    """One person's view of the native API."""

    def __init__(self, url, name=None, token=None):
        self.url, self.name, self.token = url.rstrip("/"), name, token

    def raw(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.url + path, method=method)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        if method in ("POST", "PATCH"):
            request.add_header("Idempotency-Key", str(uuid.uuid4()))
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, data, timeout=120) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def call(self, method, path, body=None, status=None, quiet=False):
        who = self.name or "anyone"
        shown = f" {json.dumps(body, ensure_ascii=False)}" if body is not None else ""
        if not quiet:
            print(paint("33", f"   {who}> {method} {path}{short(shown)}"), flush=True)
        code, headers, data = self.raw(method, path, body)
        text = data.decode("utf-8", "replace")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        if not quiet:
            print(indent(f"{code} {short(value)}"), flush=True)
        wanted = status if isinstance(status, (tuple, list)) else (status,) if status else range(200, 300)
        if code not in wanted:
            expect(False, f"{method} {path} answered {code}: {short(value)}")
        return value

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", path, {} if body is None else body, **options)


def wait_for(what, condition, seconds=60):
    """Polls until `condition` gives something true."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            expect(False, f"waited {seconds} s in vain for {what}")
        time.sleep(0.2)
