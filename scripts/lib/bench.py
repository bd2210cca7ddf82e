# SPDX-License-Identifier: MIT
"""Runs the shell's `bench` in a machine whose counter counts instructions. Started by scripts/bench.sh."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))
from qemu import Failed, Machine  # noqa: E402

COUNTED = ("-accel", "tcg,thread=single", "-icount", "shift=4,sleep=off")
IMAGES = (("image", "kernel8.img"), ("image-minimal", "kernel8-minimal.img"))
LINE = re.compile(r"bench [\w-]+ instructions=\d+\.\d rounds=\d+$")
HANG_SECONDS = 300


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    build = ROOT / "build" / "release"
    status = 0
    if not name.startswith("image"):
        try:
            with Machine(build / "kernel8.img", tree=build / "quartet.dtb", arguments=COUNTED) as machine:
                machine.boot()
                answer = machine.command(f"bench {name}".strip(), HANG_SECONDS)
        except Failed as why:
            print(f"bench.sh: {why}", file=sys.stderr)
            return 1
        for line in answer.splitlines():
            good = LINE.match(line)
            print(line, file=sys.stdout if good else sys.stderr)
            status = status if good else 1
    for figure, file in IMAGES:
        if figure.startswith(name) and (build / file).exists():
            print(f"bench {figure} kib={(build / file).stat().st_size / 1024:.1f}")
    return status


if __name__ == "__main__":
    sys.exit(main())
