#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The worked example of docs/debugging.md: what the wire says of a null write in a timer's callback on core 3, and what scripts/where.py
makes of it.

`tests/system/worked_example.py --write` runs build/release/kernel8.img under counted time and puts both into the page; test_where.py
compares the page with what is said then, by its shape, because addresses and lines change with every change to the kernel.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from qemu import COUNTED, REPOSITORY, Machine, check

PAGE = REPOSITORY / "docs" / "debugging.md"
COMMAND = "crash null-write core 3 in timer"
BLOCKS = {"wire": re.compile(r"(\n## What the wire said\n.*?\n```\n)(.*?)(```\n)", re.DOTALL),
          "answer": re.compile(r"(\n## What the script answers\n.*?\n```\n)(.*?)(```\n)", re.DOTALL)}


def where(text, *options):
    """What scripts/where.py does with a saved text: (status, answer, errors)."""
    with tempfile.NamedTemporaryFile() as saved:
        saved.write(text.encode("latin-1"))
        saved.flush()
        done = subprocess.run([REPOSITORY / "scripts" / "where.py", saved.name, *options], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def said(image, tree, elf):
    """Both texts, by their names in BLOCKS. Typed by bootargs: so it comes at a counted time, and a second run says the same."""
    with Machine(image, tree=tree, bootargs=f"run={COMMAND.replace(' ', '_')}", arguments=COUNTED) as machine:
        end = machine.expect(r"^end of report\npanic> ", 300).end()
        text = machine.port.text()[:end]
    status, answer, errors = where(text, "--elf", elf)
    check(status == 0, f"where.py: {errors}")
    return {"wire": text[text.index("quartet> crash"):].strip() + "\n", "answer": answer}


def shown():
    blocks = {name: pattern.search(PAGE.read_text()) for name, pattern in BLOCKS.items()}
    check(all(blocks.values()), f"{PAGE.name} lacks a block: {blocks}")
    return {name: block[2] for name, block in blocks.items()}


if __name__ == "__main__":
    built = REPOSITORY / "build" / "release"
    texts = said(built / "kernel8.img", built / "quartet.dtb", built / "kernel8.elf")
    if sys.argv[1:] == ["--write"]:
        page = PAGE.read_text()
        for name, pattern in BLOCKS.items():
            page = pattern.sub(lambda block, text=texts[name]: block[1] + text + block[3], page)
        pathlib.Path(PAGE).write_text(page)
    else:
        print(*texts.values(), sep="\n", end="")
