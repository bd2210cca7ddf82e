# SPDX-License-Identifier: MIT
"""Demangled names: what a function is called, and what it takes."""

import fnmatch
import functools
import re
import subprocess


def demangled(names):
    return subprocess.run(["aarch64-linux-gnu-c++filt"], input="\n".join(names), capture_output=True, text=True, check=True).stdout.splitlines()


def signature(plain):
    """How a function is called, with its parameters but without what it returns, and the parameters; None where that cannot be read."""
    text = re.sub(r"(?: \[clone [^]]*\])+$", "", plain)
    text = re.sub(r"\)(?: const| volatile| ?&)+$", ")", text)
    # What looks like a bracket or a space between two words and is part of a name.
    flat = re.sub(r"operator(?:<=>|<<=?|>>=?|<=?|>=?)|->", lambda m: "_" * len(m[0]), text)
    flat = re.sub(r" (?=(?:const|volatile)\b ?&{0,2}::)", "_", flat)
    depths, depth = [], 0
    for letter in flat:
        depth -= letter in ")>]}"
        depths.append(depth)
        depth += letter in "(<[{"
    if not flat.endswith(")") or depth != 0 or min(depths) < 0:
        return plain, None
    begin = max(at for at in range(len(flat)) if flat[at] == "(" and depths[at] == 0)
    commas = [at for at in range(begin, len(flat)) if flat[at] == "," and depths[at] == 1]
    takes = [text[a + 1:b].strip() for a, b in zip([begin, *commas], [*commas, len(text) - 1])]
    spaces = [at for at in range(begin) if flat[at] == " " and depths[at] == 0]
    if converts := re.search(r"\boperator (?:[^()]|\(anonymous namespace\))*$", flat[:begin]):
        spaces = [at for at in spaces if at < converts.start()]
    return text[spaces[-1] + 1 if spaces else 0:], takes


def method(called):
    """The name behind the last `::`, with its parameters: what an overriding function shares with what it overrides."""
    begin, depth = 0, 0
    for at, letter in enumerate(called):
        depth -= letter in ")>]}"
        if depth == 0 and called.startswith("::", at):
            begin = at + 2
        if depth == 0 and letter == "(" and not called.startswith("(anonymous namespace)", at):
            break
        depth += letter in "(<[{"
    return called[begin:]


@functools.cache
def pattern(text):
    return re.compile(fnmatch.translate(text.replace("[", "[[]").replace("\\*", "[*]")))


def fits(name, wanted):
    return pattern(wanted).match(name) is not None


def short(name):
    name = name.replace("quartet::", "")
    return name if len(name) <= 90 else name[:87] + "..."
