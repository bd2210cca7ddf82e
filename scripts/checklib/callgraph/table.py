# SPDX-License-Identifier: MIT
"""The annotations: what a call graph cannot know by itself. Every line must fit something, in a whole set of tables as in one."""

import re

from checklib.callgraph.names import fits
from checklib.callgraph.rules import is_handler

WHY = r" because (?P<why>.{12,})"
FORMS = {kind: re.compile("(?P<offered>offered )?" + form) for kind, form in {
    "indirect": r"indirect (?P<what>.+?) -> (?P<target>.+)",
    "sites": r"sites (?P<what>.+?) (?P<count>\d+)",
    "narrow": r"narrow (?P<what>.+?) -> (?P<target>.+?)" + WHY,
    "registered": r"registered (?P<what>.+?) by (?P<target>.+?) (?P<argument>\d)(?: if (?P<condition>\d))?",
    "exempt": r"exempt (?P<what>.+?)" + WHY,
    "apart": r"apart (?P<what>.+?)" + WHY,
    "other": r"other (?P<what>.+?)" + WHY,
    "fatal": r"fatal (?P<what>.+?)" + WHY,
    "recursion": r"recursion (?P<what>.+?) (?P<count>\d+)" + WHY,
    "machine": r"machine (?P<what>\S+) (?P<bytes>\d+)",
    "stack": r"stack (?P<words>[^:]+): (?P<what>.+?)(?P<more>(?: \+ \w+)*) in (?P<room>\w+)",
    "thread": r"thread (?P<words>[^:]+): (?P<what>.+?)(?P<more>(?: \+ \w+)*) in (?P<room>\w+)",
    "without": r"without (?P<root>.+?): (?P<what>.+?)" + WHY,
    "only": r"only (?P<root>.+?): (?P<what>.+?)" + WHY,
    "before": r"before (?P<what>.+)",
    "tail": r"tail (?P<what>.+?)(?P<more>(?: \+ \w+)*)",
}.items()}


class Line:
    def __init__(self, kind, number, match, offered):
        self.kind, self.number, self.used = kind, number, False
        self.__dict__.update({"target": None, **match.groupdict()})
        self.offered = offered or self.offered is not None  # it need not fit


class Table:
    def __init__(self, paths, offered=()):
        """`offered`: those whose lines need not fit, as if each said so."""
        self.lines, self.problems, self.sets = {kind: [] for kind in FORMS}, [], {}
        for path in [*offered, *paths]:
            for number, text in enumerate(path.read_text().splitlines(), 1):
                if text.strip() and not text.startswith("#"):
                    self.read(f"{path.name}:{number}", text.strip(), path in offered)

    def read(self, number, text, offered):
        for kind, form in FORMS.items():
            if match := form.fullmatch(text):
                self.lines[kind].append(Line(kind, number, match, offered))
                return
        self.problems.append(f"{number}: no form of a line ({', '.join(FORMS)}): {text}")

    def find(self, kind, function):
        """The first line of this kind that fits, or None."""
        for line in self.lines[kind]:
            if fits(function.called, line.what):
                line.used = True
                return line
        return None

    def expect(self, functions):
        """Lines about a function of the image fit it whether or not it is reached."""
        for line in self.lines["machine"] + self.lines["other"]:
            line.used = any(fits(f.called, line.what) for f in functions)

    def targets(self, caller, held):
        """The declared set of a function's indirect calls: those that fit of the functions whose address the image holds. None: undeclared."""
        if caller in self.sets:
            return self.sets[caller]
        found, known = set(), False
        for line in self.lines["indirect"]:
            if not fits(caller.called, line.what):
                continue
            known = line.used = True
            if line.target == "@handlers":
                matching = {f for f in held if is_handler(f) and not fits(f.called, line.what) and "::irq::dispatch_" not in f.plain}
            else:
                matching = {f for f in held if fits(f.called, line.target)}
            if not matching and not line.offered:
                self.problems.append(f"{line.number}: nothing is called {line.target}, of all whose address the image holds")
            found |= matching
        self.sets[caller] = found if known else None
        return self.sets[caller]

    def sites(self, caller):
        """How many instructions of a function call through a pointer, as declared by the last line that fits, else one; and by any."""
        fitting = [line for line in self.lines["sites"] if fits(caller.called, line.what)]
        for line in fitting:
            line.used = True
        counts = [int(line.count) for line in fitting] or [1]
        return counts[-1], max(counts)

    def all_handlers(self, caller):
        """Whether every handler is a target of it: then the type says who is."""
        return any(line.target == "@handlers" and fits(caller.called, line.what) for line in self.lines["indirect"])

    def stale(self, offered):
        """Lines that nothing needs any more."""
        return [f"{line.number}: nothing needs {line.kind} {line.what} any more" if line.kind == "other" else
                f"{line.number}: no handler reaches {line.what} any more" for lines in self.lines.values() for line in lines
                if not line.used and (offered or not line.offered)]
