# SPDX-License-Identifier: MIT
"""What the README shows is what one sees."""

from qemu import check
from screenful import said, shape, shown
from suite import test


@test("DOC01", "the README's screenful has the lines that the image prints (numbers and names aside)")
def screenful(bench):
    machine = shape(said(bench.built("kernel8.img"), bench.built("quartet.dtb")))
    readme = shape(shown())
    differs = next((pair for pair in zip(readme, machine) if pair[0] != pair[1]), None)
    check(differs is None and len(readme) == len(machine),
          f"README and machine differ at {differs}, {len(readme)} and {len(machine)} lines: tests/system/screenful.py --write")
