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
simulation, is the first that found it when this page was made: `QUARTET_MUTANT=BUG sim_tests -tc='TEST' --seed N` of the mutant build shows it again. Of a
model it is the number of the run.

"""
ONE_RING = """
## Why one ring

Each bug of the list that shipped elsewhere is found by two rings. Where only one can see it the patch says why; so do some of our own.

"""


def order(ident):
    return int(ident[1:]) if ident in FIELD_BUGS else len(FIELD_BUGS) + 1


def rows(branches, others, results):
    """[(field bug, bug, what it plants, how it is built, finder, seed, seconds)], field bugs first."""
    found = []
    for mutant in [*branches, *others]:
        where = "branch" if mutant in branches else "alone"
        for kind, name in mutant.expects + mutant.also:
            result = results.get((mutant, kind, name))
            for ident in mutant.fields or [""]:
                found.append((ident, mutant.name, mutant.plants, where, f'{kind} "{name}"',
                              result.seed if result else "", f"{result.seconds:.1f} s" if result else ""))
    return sorted(found, key=lambda row: (order(row[0]), row[1]))


def counts(mutants):
    """What there is, in a sentence."""
    two = sum(len(mutant.rings()) > 1 for mutant in mutants)
    planted = len({ident for mutant in mutants for ident in mutant.fields})
    ours = sum(not mutant.fields for mutant in mutants)
    return f"{len(mutants)} bugs are planted: {planted} of the list in {len(mutants) - ours} forms, and {ours} of our own. {two} are found by two rings or more.\n\n"


def text(found, mutants, times):
    """The page; a bug that several tests find has a line for each."""
    titles = ["field bug", "bug", "what it plants", "built as", "found by", "seed"] + (["time"] if times else [])
    lines = [HEAD, counts(mutants), f"| {' | '.join(titles)} |\n", "|---" * len(titles), "|\n"]
    for row in found:
        cells = row if times else row[:-1]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    reasons = [f"- {mutant.name}: {mutant.one_ring}\n" for mutant in mutants if mutant.one_ring]
    return "".join(lines + [ONE_RING] + reasons)


def entries(page):
    """The page's lines without the seeds."""
    return [line.rsplit("|", 2)[0] if line.startswith("| ") else line for line in page.splitlines() if line]


def differences(found, mutants):
    if not DOCUMENT.exists():
        return ["there is no docs/mutants.md; tests/mutants/run --write makes it"]
    there, right = entries(DOCUMENT.read_text()), entries(text(found, mutants, times=False))
    return [f"the page lacks: {line}" for line in right if line not in there] + \
           [f"the page has and should not: {line}" for line in there if line not in right]


def lacking(mutants):
    """Field bugs that no patch plants, or that one ring alone finds without a reason; and reasons that are none."""
    problems = []
    for ident in FIELD_BUGS:
        own = [mutant for mutant in mutants if ident in mutant.fields]
        if not own:
            problems.append(f"{ident} is not planted")
        problems += [f"{mutant.name} ({ident}) is found by {', '.join(mutant.rings())} alone, and its head does not say why"
                     for mutant in own if len(mutant.rings()) == 1 and not mutant.one_ring]
    return problems + [f"{mutant.name} says why one ring finds it, and two do"
                       for mutant in mutants if mutant.one_ring and len(mutant.rings()) > 1]
