# SPDX-License-Identifier: MIT
"""File and line of instructions, from the image's debug information."""

import subprocess

from checklib import tree


class Places:
    def __init__(self, path):
        self.path = path
        self.known = {}

    def of(self, addresses):
        """`file:line` for each address; None where nothing tells."""
        new = [a for a in dict.fromkeys(addresses) if a is not None and a not in self.known]
        if new:
            done = subprocess.run(["aarch64-linux-gnu-addr2line", "-e", str(self.path)], input="\n".join(map(hex, new)), capture_output=True,
                                  text=True, check=True)
            self.known.update(zip(new, map(readable, done.stdout.splitlines())))
        return [self.known.get(a) for a in addresses]


def readable(place):
    place = place.split(" (")[0].removeprefix(f"{tree.ROOT}/")
    return None if place.startswith("??") or place.endswith((":?", ":0")) else place
