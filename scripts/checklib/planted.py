# SPDX-License-Identifier: MIT
"""The patches of tests/red: what their heads say, and whether a test that ran saw the bug as the head has it."""

import hashlib
import re
import shlex
import subprocess

from checklib import tree

FOLDER = tree.ROOT / "tests" / "red"
LONG_KINDS = {"target", "system", "fuzz"}
# The rings whose tests are named otherwise than they are. `orders` is a list of lines that stand in the source: no model runs them.
RINGS = {"host-asan": "host", "orders": "checks"}
TIME_LIMIT = 600        # finds a hang and judges nothing else: a test takes seconds


class Red(Exception):
    """Why a mutant is not what it should be."""


class Mutant:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        self.ident = self.name.split("-")[0]
        self.plants = ""
        self.reason = ""
        self.fields = []        # the bugs of the list that shipped elsewhere, such as B13
        self.one_ring = ""      # why no second ring can see it
        self.expects = []
        self.also = []
        self.words = {}         # of a finder, what it has to say, one of these
        lines = path.read_text().splitlines()
        # What the bug is: context that moved makes it no other one.
        self.change = "\n".join(line for line in lines[self.head_end(lines):] if line.startswith(("+", "-")))
        for line in lines[:self.head_end(lines)]:
            if match := re.match(r"(Plants|Expect-red|Also-red|Reason|Field-bug|One-ring):\s*(.+)", line):
                key, value = match.groups()
                if key == "Plants":
                    self.plants = value
                elif key == "Reason":
                    self.reason = value
                elif key == "Field-bug":
                    self.fields += value.split()
                elif key == "One-ring":
                    self.one_ring = value
                else:
                    kind, name, *words = self.finder(value)
                    (self.expects if key == "Expect-red" else self.also).append((kind, name))
                    self.words[kind, name] = words
        if not self.plants or not self.expects:
            raise Red(f"{path.name}: its head needs Plants: and Expect-red:")

    @staticmethod
    def head_end(lines):
        return next((n for n, line in enumerate(lines) if line.startswith(("--- ", "diff "))), len(lines))

    def finder(self, text):
        """[kind, name, what it has to say…]"""
        words = shlex.split(text)
        if len(words) < 2:
            raise Red(f"{self.path.name}: Expect-red wants a kind, a name and, where it is known, what is said, got {text}")
        return words

    def finders(self):
        """(kind, name) of each test that has to see it."""
        return self.expects + self.also

    def rings(self):
        """The rings of those."""
        return {RINGS.get(kind, kind) for kind, _ in self.finders()}

    def mark(self, kind, name):
        """What this finder is asked, in short: another one where the bug was changed, or what it has to say."""
        asked = "\n".join((self.change, self.reason, "\n".join(self.words[kind, name])))
        return hashlib.sha256(asked.encode()).hexdigest()[:12]

    def is_long(self):
        return any(kind in LONG_KINDS for kind, _ in self.expects)

    def files(self):
        return {name for name in re.findall(r"^(?:---|\+\+\+) [ab]/(\S+)", self.path.read_text(), re.M)}

    def judge(self, kind, name, status, text):
        """Raises Red unless the test of that name, which ended so and said this, saw the bug."""
        if status == 0:
            raise Red(f"{kind} {name} stays green")
        if status is None and self.reason != "hang":
            raise Red(f"{kind} {name} did not end in time; if that is how it shows, the head says `Reason: hang`")
        if status is not None and status < 0 and self.reason != "crash" and "CRASHED" not in text:
            raise Red(f"{kind} {name} died of signal {-status}")
        for words in ([self.reason] if self.reason not in ("", "hang", "crash") else []), self.words[kind, name]:
            if words and not any(each in text for each in words):
                raise Red(f"{kind} {name} is red, but its output does not say `{'` or `'.join(words)}`")


def mutants(wanted, ring, word):
    """Those whose name begins with `wanted`; a head that cannot be read is a failure of `ring`."""
    found = []
    for path in sorted(FOLDER.glob("*.patch")):
        if path.stem.startswith(wanted):
            try:
                found.append(Mutant(path))
            except Red as why:
                ring.fail(path.stem, word, why)
    return found


def apply(mutant, folder):
    """Applies the patch in `folder`; what is wrong, or nothing."""
    status, answer = run(["patch", "-p1", "--forward", "--no-backup-if-mismatch", "-r", "-", "-d", str(folder), "-i",
                          str(mutant.path)])
    if status == 0:
        return ""
    return f"the patch does not apply: {answer.strip().splitlines()[-1] if answer.strip() else status}"


def run(command, limit=TIME_LIMIT, **kwargs):
    """Exit status and output; the status is None when the time was over."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit, check=False,
                              errors="replace", text=True, **kwargs)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as over:
        text = over.stdout or b""
        return None, text.decode(errors="replace") if isinstance(text, bytes) else text


def first_error(text):
    for line in text.splitlines():
        if re.search(r"\berror: |undefined reference|\bERROR\b", line):
            return line.strip()[:200]
    return text.strip()[-200:]
