#!/usr/bin/env python3
"""House rules that a reader should not have to check: file length, calls that are never right, floats near money, room signs."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BANNED = {
    r"\bstd::regex\b": "std::regex can be made to run for ever",
    r"\bstrtok\(": "strtok keeps hidden state",
    r"[^_\w]system\(": "no shells",
    r"[^_\w:]rand\(\)": "use base/random.hpp",
    r"\bTODO\b(?!\()": "a TODO names its issue: TODO(#12)",
}
MONEY_ROOMS = {"ledger", "metering", "market", "tradelog"}


def main() -> int:
    faults = []
    for path in sorted((ROOT / "src").rglob("*.[ch]pp")):
        text = path.read_text()
        name = path.relative_to(ROOT)
        lines = text.splitlines()
        if len(lines) > 1000:
            faults.append(f"{name}: {len(lines)} lines: two subjects in one room?")
        if path.suffix == ".hpp":
            if "#pragma once" not in text:
                faults.append(f"{name}: no #pragma once")
            if not text.startswith("//"):
                faults.append(f"{name}: the first lines do not say what it is for")
        for pattern, why in BANNED.items():
            for m in re.finditer(pattern, text):
                faults.append(f"{name}:{text[:m.start()].count(chr(10)) + 1}: {why}")
        if path.relative_to(ROOT / "src").parts[0] in MONEY_ROOMS:
            for m in re.finditer(r"\b(float|double)\b", re.sub(r"//.*", "", text)):
                faults.append(f"{name}: floating point beside money")
    for folder in sorted(p for p in (ROOT / "src").rglob("*") if p.is_dir() and any(p.glob("*.[ch]pp"))):
        if not (folder / "README.md").exists():
            faults.append(f"{folder.relative_to(ROOT)}: no README.md at the door")
    for fault in faults:
        print(fault)
    print(f"tidy: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
