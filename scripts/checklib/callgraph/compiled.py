# SPDX-License-Identifier: MIT
"""What GCC wrote beside each object with -fcallgraph-info=su,da: stack use, and how it calls a function."""

import re

NODE = re.compile(r'^node: \{ title: "([^"]+)" label: "([^"]*?)\\n(?:[^"]*?\\n)??(\d+) bytes \((\w+(?:,\w+)?)\)', re.M)


def load(folders, functions):
    """Fills in what the compiler knows; the number of files that were there."""
    by_name = {}
    for function in functions:
        for name in function.aliases:
            by_name.setdefault(name, []).append(function)
    count = 0
    for path in (path for folder in folders for path in folder.rglob("*.ci")):
        count += 1
        text = path.read_text(errors="replace")
        for title, declared, size, kind in NODE.findall(text):
            # Of an inline function that several objects hold, whichever is linked: the largest.
            for function in by_name.get(title.rsplit(":", 1)[-1].lstrip("*"), []):
                if not function.known:
                    function.known, function.stack = True, 0
                function.stack = max(function.stack, int(size))
                function.dynamic |= kind == "dynamic"
                function.declared = declared
    for function in functions:
        if function.name.endswith(".cold") and not function.known:
            function.known, function.stack = True, 0  # part of its function's frame
    return count
