# SPDX-License-Identifier: MIT
"""The table of the planted bugs: what each is, who finds it, with which seed.

It is made from the patches' heads and from what was found. docs/mutants.md holds it; a seed that is not the one of
that page is no fault, because it moves with every change of the sources: `tests/mutants/run --write` brings the page
up to date."""

from checklib import tree

DOCUMENT = tree.ROOT / "docs" / "mutants.md"
FIELD_BUGS = [f"B{n}" for n in range(1, 26)]
HEAD = """# The bugs that are planted

Made by `tests/mutants/run --long --write` (what it does: [testing](testing.md)), and compared with the patches by the ring `mutants`. The first column names a bug that
shipped in another kernel, B1 to B25, or is empty for one of our own. `branch`: it is in the mutant build, behind a selector; `alone`: it changes more than bodies of
functions, and `tests/red/run` builds the tree for it. Found by: each of these tests is red with the bug and green without. The seed, of a
simulation, is the first that found it when this page was made: `QUARTET_MUTANT=BUG sim_tests -tc='TEST' --seed N` of the mutant build shows it again.

Of B1 and B20 what is planted is more than a barrier that is left out: here no memory is weaker than the order of its program, nor is QEMU's. A missing
order in the spin lock and the free list is what the models refute; elsewhere nothing but the argument beside the code speaks for a barrier.

"""


def order(ident):
    return int(ident[1:]) if ident in FIELD_BUGS else len(FIELD_BUGS) + 1


def rows(branches, others, results):
    """[(field bug, bug, what it plants, how it is built, finder, seed, seconds)], field bugs first."""
    found = []
    for mutant in [*branches, *others]:
        where = "branch" if mutant in branches else "alone"
        for kind, name in mutant.expects + (mutant.also if mutant in branches else []):
            result = results.get((mutant, kind, name))
            for ident in mutant.fields or [""]:
                found.append((ident, mutant.name, mutant.plants, where, f'{kind} "{name}"',
                              result.seed if result else "", f"{result.seconds:.1f} s" if result else ""))
    return sorted(found, key=lambda row: (order(row[0]), row[1]))


def text(found, times):
    """The page; a bug that several tests find has a line for each."""
    titles = ["field bug", "bug", "what it plants", "built as", "found by", "seed"] + (["time"] if times else [])
    lines = [HEAD, f"| {' | '.join(titles)} |\n", "|---" * len(titles), "|\n"]
    for row in found:
        cells = row if times else row[:-1]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    return "".join(lines)


def entries(page):
    """The page's lines without the seeds."""
    return [line.rsplit("|", 2)[0] for line in page.splitlines() if line.startswith("| ")]


def differences(found):
    if not DOCUMENT.exists():
        return ["there is no docs/mutants.md; tests/mutants/run --write makes it"]
    there, right = entries(DOCUMENT.read_text()), entries(text(found, times=False))
    return [f"the page lacks: {line}" for line in right if line not in there] + \
           [f"the page has and should not: {line}" for line in there if line not in right]


def missing(mutants):
    """Field bugs that no patch plants."""
    there = {ident for mutant in mutants for ident in mutant.fields}
    return [f"{ident} is not planted" for ident in FIELD_BUGS if ident not in there]
