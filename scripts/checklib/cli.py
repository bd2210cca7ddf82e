# SPDX-License-Identifier: MIT
"""The common front of every scripts/check_NAME."""

import argparse
import pathlib
import sys

from checklib import tree
from checklib.ring import Ring


def check_main(ident, title, doc, check, extra=None):
    """Runs `check(options)`, which returns a list of problems (or a string: why it is skipped)."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=tree.ROOT, metavar="DIR",
                        help="the tree to look at (default: this one)")
    if extra:
        extra(parser)
    options = parser.parse_args()
    options.root = options.root.resolve()
    ring = Ring()
    problems = check(options)
    if isinstance(problems, str):
        ring.skip(ident, title, problems)
    else:
        ring.result(ident, title, problems)
    sys.exit(ring.finish(total_line=False))
