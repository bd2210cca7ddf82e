#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The README's screenful: what one sees, as the machine says it under counted time.

`tests/system/screenful.py --write` runs build/release/kernel8.img and puts what it says into README.md;
test_readme.py compares the two by their shape, because the numbers change with every change to the kernel.
"""

import pathlib
import re
import sys

from qemu import COUNTED, REPOSITORY, Machine, check

README = REPOSITORY / "README.md"
COMMANDS = ["cpus", "threads", "mem", "bench", "uptime", "crash null-read core 2"]
BLOCK = re.compile(r"(## What one sees\n.*?\n```\n)(.*?)(```\n)", re.DOTALL)
REGISTERS = re.compile(r"(?:^x\d+: .*\n)+", re.MULTILINE)


def said(image, tree):
    """Everything on the console from the first line to the panic prompt. Typed by bootargs: so it comes at a
    counted time, and a second run says the same."""
    typed = ";".join(COMMANDS).replace(" ", "_")
    with Machine(image, tree=tree, bootargs=f"run={typed}", arguments=COUNTED) as machine:
        match = machine.expect(r"\npanic> $", 300)
        text = machine.port.text()[:match.end()]
    return REGISTERS.sub("(all registers)\n", text).strip() + "\n"


def shown():
    block = BLOCK.search(README.read_text())
    check(block, "README.md has no block of code under `## What one sees`")
    return block[2]


def shape(text):
    """Numbers, function names and the width of columns taken out."""
    text = re.sub(r"\S+\+0x[0-9a-f]+", "@", text)
    text = re.sub(r"\bimage(:?) [0-9a-f]{8,}$", r"image\1 #", text, flags=re.M)
    text = re.sub(r"0x[0-9a-f]+|\d+", "#", text)
    return [" ".join(line.split()) for line in text.splitlines()]


if __name__ == "__main__":
    built = REPOSITORY / "build" / "release"
    text = said(built / "kernel8.img", built / "quartet.dtb")
    if sys.argv[1:] == ["--write"]:
        pathlib.Path(README).write_text(BLOCK.sub(lambda block: block[1] + text + block[3], README.read_text()))
    else:
        print(text, end="")
