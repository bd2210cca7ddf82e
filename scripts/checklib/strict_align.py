# SPDX-License-Identifier: MIT
"""Which sources are compiled for memory that knows no unaligned access."""

import pathlib
import subprocess

from checklib.compiler import database


def strict_objects(functions, build):
    """Every C++ function that runs early comes from a source that is compiled with -mstrict-align."""
    problems = []
    relaxed = {}  # object -> its source
    for source, words, directory in database(build) or []:
        if source.suffix != ".cpp":
            continue
        output = pathlib.Path(directory) / words[words.index("-o") + 1]
        early = "/src/boot/early/" in str(source)
        strict = "-mstrict-align" in words
        if early and not strict:
            problems.append(f"{source}: compiled without -mstrict-align")
        if not strict and output.exists():
            relaxed[str(output)] = source
    if not relaxed:
        return problems
    listed = subprocess.run(["aarch64-linux-gnu-nm", "--print-file-name", "--defined-only", *relaxed], capture_output=True, text=True,
                            check=False).stdout
    for line in listed.splitlines():
        output, _, rest = line.rpartition(":")
        parts = rest.split()
        if len(parts) == 3 and parts[1] in "TtW" and parts[2] in functions:
            problems.append(f"{parts[2]} of {relaxed[output]} runs with the MMU off, but is not built with -mstrict-align")
    return problems
