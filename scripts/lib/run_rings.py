#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the test rings one after another and counts their verdicts. Started by scripts/test.sh.

A ring is an executable file in scripts/rings/ that prints `pass ID name`, `FAIL ID name: why` or
`skip ID name: why`, a line a test (docs/testing.md). It runs in a process group of its own, so that
stopping this program by Ctrl-C or SIGTERM ends everything that the ring started.
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
RINGS = REPOSITORY / "scripts" / "rings"
# Quick answers first; what boots machines last. A ring that is not named here runs after these, by name.
ORDER = ["host", "compile_fail", "checks", "sim", "coverage", "models", "fuzz", "mutants", "target", "system", "red"]
# Builds everything once more, to say what the others reach: in the long tier, or by its name.
LONG = {"coverage"}
VERDICT = re.compile(r"(pass|FAIL|skip) (\S+)(.*)")


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, verdict):
        if verdict == "pass":
            self.passed += 1
        elif verdict == "FAIL":
            self.failed += 1
        else:
            self.skipped += 1

    def total(self):
        return self.passed + self.failed + self.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def rings_to_run(wanted, long):
    present = sorted(p.name for p in RINGS.iterdir() if os.access(p, os.X_OK))
    ordered = [r for r in ORDER if r in present] + [r for r in present if r not in ORDER]
    return [r for r in ordered if r in wanted or (not wanted and (long or r not in LONG))]


def run_ring(name, options, total):
    """Run one ring, copy its lines to our output, add its verdicts to `total`."""
    environment = dict(os.environ, QUARTET_FILTER=options.filter or "")
    environment["QUARTET_LONG"] = "1" if options.long else "0"
    environment["QUARTET_MINUTES"] = str(options.minutes or 0)
    own, others = Count(), Count()
    began = time.monotonic()
    print(f"ring {name}", flush=True)
    ring = subprocess.Popen([str(RINGS / name)], cwd=REPOSITORY, env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def stop(signum, _frame):
        os.killpg(ring.pid, signal.SIGTERM)
        print(f"{total}", flush=True)
        os._exit(128 + signum)

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, stop)

    def count(line):
        verdict = VERDICT.match(line)
        if verdict and options.filter and not verdict[2].startswith(options.filter):
            others.add(verdict[1])
            return
        print(line, flush=True)
        if verdict:
            own.add(verdict[1])
            total.add(verdict[1])

    for raw in ring.stdout:
        count(raw.decode("utf-8", "replace").rstrip("\r\n"))
    status = ring.wait()
    # A ring that dies, or says nothing at all, must not look like one that passed. It may well say that what nobody asked for fails.
    if status != 0 and own.failed == 0 and others.failed != 0:
        print(f"  {others.failed} tests that --filter leaves out fail here", flush=True)
    elif status != 0 and own.failed == 0:
        how = f"exit status {status}" if status > 0 else f"signal {-status}"
        print(f"FAIL {name} the ring itself: {how} and no test named", flush=True)
        total.add("FAIL")
    elif own.total() == 0 and not options.filter:
        print(f"FAIL {name} the ring itself: it ran no test", flush=True)
        total.add("FAIL")
    try:
        os.killpg(ring.pid, signal.SIGTERM)     # what a ring left behind
    except ProcessLookupError:
        pass
    print(f"ring {name}: {own}, {time.monotonic() - began:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ring", action="append", default=[])
    parser.add_argument("--filter")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--minutes", type=int)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    options.long = options.long or options.minutes is not None

    total = Count()
    for _ in range(options.repeat):
        for name in rings_to_run(options.ring, options.long):
            run_ring(name, options, total)
    if total.total() == 0:
        print(f"no test has the id '{options.filter}'" if options.filter else "no ring found", flush=True)
        print(total)
        return 1
    print(total)
    return 0 if total.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
