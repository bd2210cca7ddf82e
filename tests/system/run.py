#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the system tests (test_*.py beside this file), two machines at a time, and prints a verdict line each.

Started by scripts/rings/system, which builds first. By hand: `QUARTET_FILTER=ENT tests/system/run.py`; QUARTET_MACHINES=1 leaves half of a small computer to others.
"""

import concurrent.futures
import importlib
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1] / "scripts" / "lib"))

import suite  # noqa: E402  (found through the path set above)

MACHINES_AT_ONCE = int(os.environ.get("QUARTET_MACHINES", "2"))


def main():
    wanted = os.environ.get("QUARTET_FILTER", "")
    long = os.environ.get("QUARTET_LONG") == "1"
    for path in sorted(HERE.glob("test_*.py")):
        importlib.import_module(path.stem)
    chosen = [each for each in suite.TESTS if each.ident.startswith(wanted) and (long or not each.long)]
    failed = False
    with concurrent.futures.ThreadPoolExecutor(MACHINES_AT_ONCE) as pool:
        try:
            for verdict in concurrent.futures.as_completed(pool.submit(suite.run_one, each) for each in chosen):
                print(verdict.result(), flush=True)
                failed = failed or verdict.result().startswith("FAIL")
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            os._exit(130)       # the machines end with us: QEMU is told to die with its parent
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
