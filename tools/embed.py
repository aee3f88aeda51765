#!/usr/bin/env python3
"""Writes an assembler file that holds the files of the pages and a table of their names, for src/server/assets.cpp.

embed.py OUT.S PREFIX=FOLDER...: every file under FOLDER becomes PREFIX + its path. A folder that is missing holds no files."""
import pathlib
import sys


def main() -> None:
    out, *folders = sys.argv[1:]
    files = []
    for item in folders:
        prefix, _, folder = item.partition("=")
        root = pathlib.Path(folder)
        files += sorted((prefix + p.relative_to(root).as_posix(), p.resolve()) for p in root.rglob("*") if p.is_file() and not p.name.startswith("."))
    text = [".section .rodata"]
    for i, (name, path) in enumerate(files):
        text += [f".Lname{i}: .asciz \"{name}\"", ".balign 16", f".Lbegin{i}: .incbin \"{path}\"", f".Lend{i}: .byte 0"]
    # The table holds addresses, which the loader fills in.
    text += [".section .data.rel.ro,\"aw\"", ".balign 8", ".globl kontor_embedded_files", "kontor_embedded_files:"]
    text += [f"  .quad .Lname{i}, .Lbegin{i}, .Lend{i}" for i in range(len(files))] or ["  .quad 0, 0, 0"]
    text += [".section .rodata", ".balign 8", ".globl kontor_embedded_file_count", f"kontor_embedded_file_count: .quad {len(files)}", ".section .note.GNU-stack,\"\",@progbits", ""]
    pathlib.Path(out).write_text("\n".join(text))


if __name__ == "__main__":
    main()
