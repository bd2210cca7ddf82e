# SPDX-License-Identifier: MIT
"""The common front of every check of a linked image."""

import argparse
import pathlib
import sys

from checklib import tree
from checklib.elf import Image
from checklib.ring import Ring


def image_main(ident, title, doc, check):
    """Runs `check(image, folder)` on the image that --elf names; it returns a list of problems."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elf", type=pathlib.Path, default=tree.ROOT / "build/release/kernel8.elf")
    options = parser.parse_args()
    ring = Ring()
    if not options.elf.exists():
        ring.fail(ident, title, f"no {options.elf}: build the release preset first")
    else:
        ring.result(ident, title, check(Image(options.elf), options.elf.parent))
    sys.exit(ring.finish(total_line=False))
