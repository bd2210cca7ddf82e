#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Boots the image that has all self-tests, of the release and of the debug build, with four cores, and runs them.

Prints a verdict line for each line `selftest ID NAME: pass|fail|skip …` that the kernel prints. Started by
scripts/rings/target, which builds first. The kernel's closing count must agree with the lines that came.
"""

import os
import re
import sys

from qemu import PROMPT, Failed, Machine
from suite import Bench

# Whole lines only: what has come of a line so far may still grow.
LINE = (r"^selftest(?: (\S+) ([^\n]*): (?:(pass|fail|skip)\b ?([^\n]*)|(\d+ of \d+ rounds))"
        r"|: (\d+) passed, (\d+) failed, (\d+) skipped)\n|^fault: ([^\n]+)\n")
HANG_SECONDS = 300      # no new line for so long: the test that began is stuck


def run(preset, name, wanted, minutes):
    """All self-tests of one image; yields verdict lines, and before them how far a long loop came."""
    hang_seconds = HANG_SECONDS + 60 * minutes
    counts = {"pass": 0, "fail": 0, "skip": 0}
    last = "none"
    with Machine(Bench.built(name, preset), tree=Bench.built("quartet.dtb", preset)) as machine:
        try:
            report = machine.boot()
            online = len(re.findall(r"cpu\d: online", report))
            if online != 4:
                raise Failed(f"{online} cores are online and not 4")
            machine.send(f"selftest {wanted or 'all'} {minutes}\r")
            while True:
                match = machine.expect(LINE, hang_seconds)
                if match[9] is not None:
                    machine.expect(r"^panic> ")
                    raise Failed(f"{match[0]}{machine.port.text()[match.end():][:1500]}")
                if match[6] is not None:
                    break
                ident, name, verdict, why, reached = match.groups()[:5]
                if reached:
                    yield f"{ident} {name} [{preset}]: {reached}"
                    continue
                counts[verdict] += 1
                last = ident
                word = "FAIL" if verdict == "fail" else verdict
                yield f"{word} {ident} {name} [{preset}]" + (f": {why}" if verdict != "pass" else "")
            said = tuple(int(match[n]) for n in (6, 7, 8))
            if said != (counts["pass"], counts["fail"], counts["skip"]):
                raise Failed(f"the kernel counted {said}, its lines say {tuple(counts.values())}")
            machine.expect(PROMPT)
        except Failed as why:
            yield f"FAIL target self-tests of the {preset} image, after {last}: {' '.join(str(why).split())}"


def main():
    wanted = os.environ.get("QUARTET_FILTER", "")
    minutes = int(os.environ.get("QUARTET_MINUTES", "0"))
    failed = False
    for preset, name in (("release", "selftest.img"), ("debug", "kernel8.img")):
        for verdict in run(preset, name, wanted, minutes):
            print(verdict, flush=True)
            failed = failed or verdict.startswith("FAIL")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
