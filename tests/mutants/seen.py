# SPDX-License-Identifier: MIT
"""What was seen: of each planted bug, which finder was red, with a mark of the bug as it was then, and the seed.

seen.tsv holds it. `tests/mutants/run --write` and `tests/red/run --write` put in what they asked and leave the rest. A patch that
was changed has another mark, and is not seen until it is tried again."""

from checklib import tree

PATH = tree.ROOT / "tests" / "mutants" / "seen.tsv"
HEAD = """# Which test saw which planted bug: written by tests/mutants/run --write and tests/red/run --write.
# bug, kind, test, mark of the bug, seed
"""


class Seen:
    def __init__(self):
        self.found = {}     # (bug, kind, name): (mark, seed)
        for line in PATH.read_text().splitlines() if PATH.exists() else []:
            if not line.startswith("#"):
                bug, kind, name, mark, seed = line.split("\t")
                self.found[bug, kind, name] = mark, seed

    def seed(self, mutant, kind, name):
        """The seed, empty where there is none to have; None where this bug was not seen by it."""
        mark, seed = self.found.get((mutant.name, kind, name), ("", ""))
        return seed if mark == mutant.mark(kind, name) else None

    def put(self, mutant, kind, name, seed):
        """What came of asking: a seed, which may be empty, or None where it was not seen."""
        self.found.pop((mutant.name, kind, name), None)
        if seed is not None:
            self.found[mutant.name, kind, name] = mutant.mark(kind, name), seed

    def write(self, mutants):
        """Of these, which are all that there are."""
        lines = ["\t".join((mutant.name, *finder, *self.found[mutant.name, *finder])) + "\n"
                 for mutant in sorted(mutants, key=lambda mutant: mutant.name) for finder in mutant.finders()
                 if (mutant.name, *finder) in self.found]
        PATH.write_text(HEAD + "".join(lines))
