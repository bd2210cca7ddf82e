# SPDX-License-Identifier: MIT
"""File and line of instructions, from the image's debug information: where the function itself stands, and what is inlined there."""

import re
import subprocess

from checklib import tree


class Places:
    def __init__(self, path):
        self.path = path
        self.known = {}

    def of(self, addresses):
        """`file:line` for each address, with what was inlined there behind it; None where nothing tells."""
        new = [a for a in dict.fromkeys(addresses) if a is not None and a not in self.known]
        if new:
            done = subprocess.run(["aarch64-linux-gnu-addr2line", "-ai", "-e", str(self.path)], input="\n".join(map(hex, new)), capture_output=True,
                                  text=True, check=True)
            for address, text in zip(new, re.split(r"^0x[0-9a-f]+\n", done.stdout, flags=re.M)[1:]):
                frames = [place for line in reversed(text.splitlines()) if (place := readable(line))]
                self.known[address] = " with ".join(dict.fromkeys(frames)) or None
        return [self.known.get(a) for a in addresses]


def readable(place):
    place = place.split(" (")[0].removeprefix(f"{tree.ROOT}/")
    return None if place.startswith("??") or place.endswith((":?", ":0")) else place
