# SPDX-License-Identifier: MIT
"""Makes the mutant build's sources: the tree, with the bugs of tests/red in it, each behind a selector.

A patch of tests/red that changes nothing but function bodies needs no build of its own. Such a body becomes

    { if (mutant("MTX03-all-boosts-dropped")) { …as the patch has it… } else { …as it is in the tree… } }

and a body that several patches change has a branch for each. All else is the tree, byte for byte, but for the room that an
image may take; where no mutant is chosen, so is what runs. The tree's own sources know nothing of it (docs/adr/0021)."""

import pathlib
import re
import shutil
import tempfile

from checklib import bodies, planted, tree

# What chooses, and where the woven tree has it.
PARTS = {
    "bug.hpp": "src/arch/include/arch/bug.hpp",
    "host/mutant.hpp": "tests/fakes/include/arch/mutant.hpp",
    "target/mutant.hpp": "src/arch/aarch64/include/arch/mutant.hpp",
    "target/mutant.cpp": "src/arch/aarch64/mutant.cpp",
}

# Two hundred bugs need room: an image that has them may be twice as large as one that has not.
ROOM = {
    "src/arch/include/arch/image.hpp": ("image_tables = 2;", "image_tables = 4;"),
    "src/boot/kernel.ld": ("__image_size <= 0x400000", "__image_size <= 0x800000"),
}


def number(name):
    """What chooses a bug: the number that arch/bug.hpp makes of its name (FNV-1a)."""
    value = 0x811c9dc5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xffffffff
    return value


def changed_bodies(mutant):
    """{file: {number of a body: its new text}}, or raises Red with why the patch cannot be a branch."""
    with tempfile.TemporaryDirectory() as folder:
        for name in mutant.files():
            if not name.endswith((".cpp", ".hpp")) or not (tree.ROOT / name).is_file():
                raise planted.Red(f"it changes {name}")
            copy = pathlib.Path(folder, name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(tree.ROOT / name, copy)
        if problem := planted.apply(mutant, folder):
            raise planted.Red(problem)
        changed = {}
        for name in mutant.files():
            outside, inside = bodies.parts((tree.ROOT / name).read_text())
            new_outside, new_inside = bodies.parts(pathlib.Path(folder, name).read_text())
            if [words(piece) for piece in outside] != [words(piece) for piece in new_outside]:
                raise planted.Red(f"in {name} it changes more than bodies of functions")
            changed[name] = {n: new for n, (old, new) in enumerate(zip(inside, new_inside)) if old != new}
        return changed


def words(piece):
    """What counts of a piece of text: its words without comments, and its directives."""
    return bodies.same_length(piece).split() + re.findall(r"^[ \t]*#.*", piece, re.M)


def selectable(mutants):
    """({mutant: its bodies}, {mutant: why it has to be built by itself})."""
    branches, others = {}, {}
    if len({number(mutant.name) for mutant in mutants} | {0}) != len(mutants) + 1:
        raise planted.Red("two bugs have one number: rename one")
    for mutant in mutants:
        try:
            branches[mutant] = changed_bodies(mutant)
        except planted.Red as why:
            others[mutant] = str(why)
    return branches, others


def woven(name, branches):
    """The text of one file with all the bodies that mutants have for it."""
    outside, inside = bodies.parts((tree.ROOT / name).read_text())
    for n, body in enumerate(inside):
        guarded = [f'if (::quartet::arch::mutant("{mutant.name}")) {changed[name][n]} else '
                   for mutant, changed in branches.items() if n in changed.get(name, {})]
        if guarded:
            inside[n] = "{ " + "".join(guarded) + body + " }"
    text = "".join(piece for pair in zip(outside, inside + [""]) for piece in pair)
    include = "#include <arch/mutant.hpp>\n"
    if "#pragma once\n" in text:
        return text.replace("#pragma once\n", f"#pragma once\n\n{include}", 1)
    return re.sub(r"^(?=#include)", include + "\n", text, count=1, flags=re.M)


def weave(branches, target):
    """Makes the folder `target` the woven tree; a file whose text stays keeps its time."""
    texts = {name: woven(name, branches) for name in {n for changed in branches.values() for n in changed}}
    for name, (narrow, wide) in ROOM.items():
        text = texts.get(name) or (tree.ROOT / name).read_text()
        if text.count(narrow) != 1:
            raise planted.Red(f"{name} does not say `{narrow}` once")
        texts[name] = text.replace(narrow, wide)
    for own, place in PARTS.items():
        texts[place] = (tree.ROOT / "tests" / "mutants" / own).read_text()

    plain = [str(name) for name in tree.files() if name.parts[:2] not in (("tests", "red"), ("tests", "mutants"))]
    for name in sorted({*plain, *texts}):
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        data = texts[name].encode() if name in texts else (tree.ROOT / name).read_bytes()
        if not copy.is_file() or copy.read_bytes() != data:
            copy.write_bytes(data)
            if name not in texts:
                shutil.copymode(tree.ROOT / name, copy)
    for path in [p for p in target.rglob("*") if p.is_file() and p.relative_to(target).parts[0] != "build"]:
        if str(path.relative_to(target)) not in texts and str(path.relative_to(target)) not in plain:
            path.unlink()
