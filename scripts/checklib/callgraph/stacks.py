# SPDX-License-Identifier: MIT
"""The deepest use of every stack: what handlers, exceptions and threads take at most, and what they have."""

import functools
import re

from checklib import tree
from checklib.callgraph.names import fits
from checklib.callgraph.rules import is_entry, is_handler
from checklib.callgraph.walk import Walk

RESERVE = 512  # for the frame of a fault that hits at the deepest point before it moves to the overflow stack


class Sizes:
    """Numbers that the sources give a name: `#define NAME 8192`, `NAME = 16_KiB;`."""

    @functools.cached_property
    def texts(self):
        return [(tree.ROOT / p).read_text(errors="replace") for p in tree.files()
                if p.parts[0] in ("src", "include", "apps") and p.suffix in (".h", ".hpp", ".cpp")]

    def of(self, word):
        if word.isdigit():
            return int(word)
        form = re.compile(rf"(?:#define {word}\s+|\b{word} = )(\d[\d']*)(_KiB)?\b")
        found = {int(m[1].replace("'", "")) * (1024 if m[2] else 1) for text in self.texts for m in form.finditer(text)}
        return found.pop() if len(found) == 1 else None


class Stacks:
    def __init__(self, table, functions, held, handlers, sizes, places):
        self.table, self.functions, self.held, self.handlers, self.sizes = table, functions, held, handlers, sizes
        self.plain, self.problems, self.notes = Walk(table, held, False, places), [], []

    def number(self, line, words):
        total = 0
        for word in words:
            size = self.sizes.of(word)
            if size is None:
                self.problems.append(f"{line.number}: no one number in the sources is called {word}")
            total += size or 0
        return total

    def need(self, line):
        """Bytes below the line's roots and what stands before them, and the deepest root."""
        if line.what == "@handlers":
            walk, roots = self.handlers, [f for f in self.functions if is_handler(f)]
        else:
            walk, roots = self.plain, [f for f in self.functions if fits(f.called, line.what)]
        line.used = bool(roots)
        deepest = max(roots, key=walk.visit, default=None)
        more = self.number(line, re.findall(r"\w+", line.more))
        return more + (walk.visit(deepest) if deepest else 0), (walk.deepest(deepest) if deepest else "")

    def compare(self, line, above=0):
        most, path = self.need(line)
        if not line.used:
            return
        most, room = most + above, self.number(line, [line.room])
        self.notes.append(f"{line.kind} {line.words}: {most} bytes at most of {room}: {path}")
        if most + RESERVE > room:
            self.problems.append(f"{line.words}: {most} bytes of stack and {RESERVE} of reserve are needed, and there are {room}: {path}")

    def run(self):
        # What lies on a thread's stack before its entry, and what an interrupt may leave there at its deepest.
        tails = [self.need(line)[0] for line in self.table.lines["tail"]]
        before = sum(f.stack for f in self.functions if self.table.find("before", f))
        for line in self.table.lines["stack"]:
            self.compare(line)
        for line in self.table.lines["thread"]:
            self.compare(line, before + max(tails, default=0))
        for function in self.held:
            if self.table.lines["thread"] and is_entry(function) and not self.table.find("thread", function):
                self.problems.append(f"{function.called} is a thread's entry, and no line `thread NAME: ENTRY in SIZE` says what stack it has")
