# SPDX-License-Identifier: MIT
"""Asks a test of the mutant build about a bug: how it ended, what it said, and after which seed."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

from checklib import planted, tree
from checklib.ring import die
import weave

PROGRAMS = {"host": "host_tests", "sim": "sim_tests", "models": "models_tests"}
SEED = re.compile(r"--seed (\d+)")
RUN_OF_A_MODEL = re.compile(r"^model \S+ \S+ refuted (\d+) ", re.M)
SILENT_SECONDS = 60     # finds a hang and judges nothing else
SELFTEST = r"^selftest(?: (\S+) ([^\n]*): (pass|fail|skip)\b ?([^\n]*)|: (\d+) passed, (\d+) failed, (\d+) skipped)\n"
PANICKED = "^panic> "


def seed_in(text):
    """What shows the same again: a simulation's seed, `run N` of a model, or nothing."""
    if match := SEED.search(text):
        return match[1]
    match = RUN_OF_A_MODEL.search(text)
    return f"run {match[1]}" if match else ""


def options_of(seed):
    """What makes a test program run that seed alone."""
    if seed.startswith("run "):
        return ["--first", seed.split()[1], "--runs", "1"]
    return ["--seed", seed] if seed else []


class Found:
    """How a test ended that ran with a bug."""

    def __init__(self, status, text, seconds):
        self.status, self.text, self.seconds = status, text, seconds
        self.seed = seed_in(text)
        self.stale = ""     # the seed that found it before, and does not any more


class Programs:
    """The test programs of this machine. Each stops at the first check that fails, and looks for no shorter way to it."""

    def __init__(self, source):
        self.source = source

    def find(self, kind, name, mutant, seed):
        """Found, or raises Red. Where a seed found it before, that one is run first, and all of them if it does not."""
        if seed:
            try:
                return self.judged(kind, name, mutant, seed)
            except planted.Red:
                pass
        found = self.judged(kind, name, mutant)
        found.stale = seed
        return found

    def judged(self, kind, name, mutant, seed=""):
        found = self.run(kind, name, mutant.name, seed)
        mutant.judge(kind, name, found.status, found.text)
        return found

    def run(self, kind, name, bug, seed=""):
        command = [str(self.source / "build" / "host" / "tests" / PROGRAMS[kind]), "--no-colors=true", "--abort-after=1",
                   f"--test-case={name}", *options_of(seed)]
        environment = dict(os.environ, QUARTET_MUTANT=bug, QUARTET_MINUTES="0", QUARTET_NO_LEAST="1")
        began = time.monotonic()
        status, text = planted.run(command, cwd=self.source, env=environment)
        ran = re.search(r"test cases:\s*(\d+)", text)
        if status == 0 and (not ran or int(ran[1]) == 0):
            raise planted.Red(f"no {kind} test is called {name}")
        return Found(status, text, time.monotonic() - began)


class Target:
    """The debug image, with the number of a bug in the word that is kept for it."""

    def __init__(self, source):
        sys.path.insert(0, str(tree.ROOT / "tests" / "system"))
        import qemu
        self.qemu = qemu
        self.one_at_a_time = threading.Lock()   # four busy cores each, on a machine that has two
        self.without = {}                       # (name, arguments): Found, with no bug
        folder = source / "build" / "debug"
        self.tree = folder / "quartet.dtb"
        self.image = (folder / "kernel8.img").read_bytes()
        listed = subprocess.run(["aarch64-linux-gnu-nm", folder / "kernel8.elf"], check=True, capture_output=True,
                                text=True).stdout
        places = {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines() if len(line.split()) == 3}
        self.at = places["quartet_mutant"] - places["IMAGE_BASE"]
        if self.image[self.at:self.at + 4] != bytes(4):
            die("the word quartet_mutant is not where it was linked")

    def find(self, name, mutant):
        """Found, or raises Red. With time counted, where every run is the same, and after that with cores that really run at
        once; either where the test is green so without the bug: some want more under counted time than this build can give."""
        with self.one_at_a_time:
            asked = [arguments for arguments in (self.qemu.COUNTED, []) if self.clean(name, arguments).status == 0]
            if not asked:
                raise planted.Red(f"target {name} is red without the bug: {planted.first_error(self.clean(name, []).text)}")
            for arguments in asked:
                found = self.boot(name, weave.number(mutant.name), arguments)
                if found.status != 0:
                    break
        mutant.judge("target", name, found.status, found.text)
        return found

    def clean(self, name, arguments):
        key = name, tuple(arguments)
        if key not in self.without:
            self.without[key] = self.boot(name, 0, arguments)
        return self.without[key]

    def run(self, name, number):
        with self.one_at_a_time:
            return self.boot(name, number, [])

    def boot(self, name, number, arguments):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder, "mutant.img")
            image.write_bytes(self.image[:self.at] + number.to_bytes(4, "little") + self.image[self.at + 4:])
            with self.qemu.Machine(image, tree=self.tree, arguments=arguments) as machine:
                status, text = self.judge(machine, name)
        return Found(status, text, time.monotonic() - began)

    def judge(self, machine, name):
        """A panic and a machine that says no more are red too, as they are for the ring `target`."""
        try:
            machine.boot()
            machine.send(f"selftest {name} 0\r")
            while (match := machine.expect(f"{SELFTEST}|{PANICKED}", SILENT_SECONDS))[5] is None:
                if match[0] == PANICKED[1:]:
                    return 1, machine.port.text()
        except self.qemu.Failed as why:
            return 1, f"{machine.port.text()}\n{why}"
        if int(match[5]) + int(match[6]) == 0:
            raise planted.Red(f"no self-test is called {name}")
        return int(match[6] != "0"), machine.port.text()
