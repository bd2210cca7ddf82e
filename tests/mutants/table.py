# SPDX-License-Identifier: MIT
"""The table of the planted bugs: what each is, who finds it, with which seed.

It is made from the patches and from what was seen (seen.py), and docs/mutants.md holds it."""

from checklib import planted, tree

DOCUMENT = tree.ROOT / "docs" / "mutants.md"
FIELD_BUGS = [f"B{n}" for n in range(1, 26)]
HEAD = """# The bugs that are planted

Made from the patches of `tests/red` and from what was seen (`tests/mutants/seen.tsv`) by `tests/mutants/run --long --write` and `tests/red/run --long --write` (what they do:
[testing](testing.md)), and compared with both by the ring `mutants`. The first column names a bug that shipped in another kernel, B1 to B25, or is empty for one of our own.
`branch`: it is in the mutant build, behind a selector; `alone`: it changes more than bodies of functions, and `tests/red/run` builds the tree for it. Found by: each of these
tests is red with the bug and green without; **not seen yet** stands where that was not tried since the patch was changed. The seed, of a simulation, is one that found it:
`QUARTET_MUTANT=BUG sim_tests -tc='TEST' --seed N` of the mutant build shows it again. Of a model it is the number of the run.

"""
ONE_RING = """
## Why one ring

Each bug of the list that shipped elsewhere was seen by two rings. Where only one can see it the patch says why; so do some of our own.

"""


def order(ident):
    return int(ident[1:]) if ident in FIELD_BUGS else len(FIELD_BUGS) + 1


def rows(branches, others, seen, seconds):
    """[(field bug, bug, what it plants, how it is built, finder, seed, seconds)], field bugs first."""
    found = []
    for mutant in [*branches, *others]:
        where = "branch" if mutant in branches else "alone"
        for kind, name in mutant.finders():
            seed = seen.seed(mutant, kind, name)
            took = seconds.get((mutant, kind, name))
            for ident in mutant.fields or [""]:
                found.append((ident, mutant.name, mutant.plants, where, f'{kind} "{name}"',
                              "not seen yet" if seed is None else seed, f"{took:.1f} s" if took else ""))
    return sorted(found, key=lambda row: (order(row[0]), row[1]))


def rings(mutant, seen):
    """The rings that saw it."""
    return {planted.RINGS.get(kind, kind) for kind, name in mutant.finders() if seen.seed(mutant, kind, name) is not None}


def counts(mutants, seen):
    """What there is, in a sentence."""
    two = sum(len(rings(mutant, seen)) > 1 for mutant in mutants)
    bugs = len({ident for mutant in mutants for ident in mutant.fields})
    ours = sum(not mutant.fields for mutant in mutants)
    return f"{len(mutants)} bugs are planted: {bugs} of the list in {len(mutants) - ours} forms, and {ours} of our own. {two} were seen by two rings or more.\n\n"


def text(found, mutants, seen, times):
    """The page; a bug that several tests find has a line for each."""
    titles = ["field bug", "bug", "what it plants", "built as", "found by", "seed"] + (["time"] if times else [])
    lines = [HEAD, counts(mutants, seen), f"| {' | '.join(titles)} |\n", "|---" * len(titles), "|\n"]
    for row in found:
        cells = row if times else row[:-1]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n")
    reasons = [f"- {mutant.name}: {mutant.one_ring}\n" for mutant in mutants if mutant.one_ring]
    return "".join(lines + [ONE_RING] + reasons)


def page(branches, others, seen):
    """What docs/mutants.md has to be."""
    mutants = sorted([*branches, *others], key=lambda mutant: mutant.name)
    return text(rows(branches, others, seen, {}), mutants, seen, times=False)


def differences(branches, others, seen):
    there = DOCUMENT.read_text().splitlines() if DOCUMENT.exists() else []
    right = page(branches, others, seen).splitlines()
    return [f"the page lacks: {line}" for line in right if line not in there] + \
           [f"the page has and should not: {line}" for line in there if line not in right]


def lacking(mutants, seen):
    """Field bugs that no patch plants, or that fewer than two rings saw without a reason; and reasons that are none."""
    problems = []
    for ident in FIELD_BUGS:
        own = [mutant for mutant in mutants if ident in mutant.fields]
        if not own:
            problems.append(f"{ident} is not planted")
        for mutant in own:
            saw = rings(mutant, seen)
            if len(saw) < (1 if mutant.one_ring else 2):
                unseen = [f'{kind} "{name}"' for kind, name in mutant.finders() if seen.seed(mutant, kind, name) is None]
                problems.append(f"{mutant.name} ({ident}) was seen by {', '.join(sorted(saw)) or 'none'} alone, as it is now; "
                                f"not seen yet by {', '.join(unseen) or 'any other, and its head does not say why'}")
    return problems + [f"{mutant.name} says why one ring finds it, and two do"
                       for mutant in mutants if mutant.one_ring and len(mutant.rings()) > 1]
