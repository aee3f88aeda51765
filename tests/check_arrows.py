#!/usr/bin/env python3
"""Reads every #include under src/ and fails on one that points the wrong way (ARCHITECTURE.md, "Arrows")."""
import pathlib
import re
import sys

SRC = pathlib.Path(__file__).resolve().parent.parent / "src"
SUBJECTS = {p.name for p in SRC.iterdir() if p.is_dir()} - {"base", "codec", "io", "server", "adapters", "protocols", "main"}

# Which other subjects a subject may use, through their public headers. Nobody may close a circle.
SUBJECT_USES = {
    "identity": set(),
    "content": set(),
    "ledger": set(),
    "metering": set(),
    "tradelog": set(),
    "repository": {"identity", "content"},
    "market": {"identity", "repository", "ledger", "metering", "tradelog"},
    "inference": {"identity", "repository", "content", "market"},
}
# Third-party headers that only some rooms may see.
LIBRARIES = {
    r"boost/(asio|beast)": {"io"},
    r"curl/": {"io"},
    r"sqlite3\.h": {"adapters/sqlite"},
    r"libpq-fe\.h": {"adapters/postgres"},
    r"md4c\.h": {"codec"},
    r"CLI/": {"main"},
    r"toml\+\+/": {"main"},
}


def room(path: pathlib.Path) -> str:
    parts = path.relative_to(SRC).parts
    return "/".join(parts[:2]) if parts[0] in ("adapters", "protocols") else parts[0]


def allowed(source: str, target: str, test: bool) -> bool:
    top, goal = source.split("/")[0], target.split("/")[0]
    if source == target or goal == "base":
        return True
    if top == "main":
        return True
    if top == "base":
        return False
    if top == "codec":
        return False
    if top == "io":
        return False
    if top in SUBJECTS:
        if test and goal == "adapters":
            return True  # a test may plug a real store into its subject
        return goal == "codec" or (goal in SUBJECTS and goal in SUBJECT_USES.get(top, set()))
    if top == "server":
        return goal in {"io", "codec", "identity"}
    if top == "adapters":
        if goal == "adapters":
            return target == "adapters/sql" and source in {"adapters/sqlite", "adapters/postgres"} or (source, target) in {("adapters/memory", "adapters/files")} or test
        return goal in SUBJECTS or goal in {"codec", "io"}
    if top == "protocols":
        if test and goal == "adapters":
            return True
        return goal in SUBJECTS or goal in {"codec", "io", "server"}
    return False


def main() -> int:
    faults = []
    for path in sorted(SRC.rglob("*.[ch]pp")):
        source = room(path)
        test = path.stem.endswith("_test") or path.stem.endswith("_contract")
        for number, line in enumerate(path.read_text().splitlines(), 1):
            m = re.match(r'\s*#include\s+[<"]([^>"]+)[>"]', line)
            if not m:
                continue
            name = m.group(1)
            where = f"src/{path.relative_to(SRC)}:{number}"
            if (SRC / name).exists():
                target = room(SRC / name)
                if not allowed(source, target, test):
                    faults.append(f"{where}: {source} must not include {target}")
            for pattern, rooms in LIBRARIES.items():
                if re.match(pattern, name) and source not in rooms and not test:
                    faults.append(f"{where}: <{name}> belongs to {', '.join(sorted(rooms))}")
    for fault in faults:
        print(fault)
    print(f"arrows: {len(faults)} wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
