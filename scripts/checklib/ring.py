# SPDX-License-Identifier: MIT
"""Result lines in the form that scripts/test.sh counts (docs/testing.md)."""

import sys


class Ring:
    """Prints one line a result and keeps the totals."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def ok(self, ident, name):
        self.passed += 1
        print(f"pass {ident} {name}", flush=True)

    def fail(self, ident, name, why):
        self.failed += 1
        print(f"FAIL {ident} {name}: {' '.join(str(why).split())}", flush=True)

    def skip(self, ident, name, why):
        self.skipped += 1
        print(f"skip {ident} {name}: {' '.join(str(why).split())}", flush=True)

    def result(self, ident, name, problems):
        """One result from a list of problems; all of them are shown, the first in the line."""
        if not problems:
            self.ok(ident, name)
            return
        more = f" (and {len(problems) - 1} more above)" if len(problems) > 1 else ""
        for problem in problems:
            print(f"  {problem}")
        self.fail(ident, name, f"{problems[0]}{more}")

    def finish(self, total_line=True):
        """The exit status; the last line is the total."""
        if total_line:
            print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 0 if self.failed == 0 else 1


def out(text=""):
    print(text, flush=True)


def die(text):
    print(f"error: {text}", file=sys.stderr)
    sys.exit(2)
