# SPDX-License-Identifier: MIT
"""The public headers as C reads them."""

from checklib import tree
from checklib.compiler import database

# What an application in C may ask of a header that it includes.
STRICT_C = ("-Wall", "-Wextra", "-Wpedantic", "-Wstrict-prototypes", "-Wmissing-prototypes", "-Wundef", "-Wc++-compat", "-Werror")


def c_jobs(root, preset, memory):
    """The public headers in C, by that preset's C compiler. None: it is not configured."""
    entries = database(root / "build" / preset)
    if entries is None:
        return None
    compilers = {words[0] for source, words, _ in entries if source.suffix == ".cpp"}
    jobs = []
    for compiler in sorted(compilers):
        for standard in ("c11", "c2x"):
            command = [compiler.replace("g++", "gcc").replace("clang++", "clang"), f"-std={standard}", "-ffreestanding", *STRICT_C,
                       "-fsyntax-only", "-x", "c", "-"]
            for path in tree.files(root):
                if path.suffix == ".h" and path.parts[0] == "include":
                    jobs.append((f"{path} ({preset}, {standard})", command, f'#include "{root / path}"\n',
                                 memory.key(command, [root / path]), root))
    return jobs
