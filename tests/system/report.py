# SPDX-License-Identifier: MIT
"""The boot report as a value: what the kernel said about the machine before its first prompt."""

import re

from qemu import check

STAMP = re.compile(r"\[\d+\.\d{6}\] ")


class Report:
    """Made from the text between the start and the first prompt. What came before `quartet VERSION` is not ours
    (U-Boot's own output on the same port) and is dropped."""

    def __init__(self, text):
        first = re.search(r"^\[\d+\.\d{6}\] quartet ", text, re.MULTILINE)
        check(first, f"no line `quartet VERSION (COMPILER)` in the boot report: {text[-300:]!r}")
        self.lines = []
        for line in text[first.start():].splitlines():
            stamp = STAMP.match(line)
            check(stamp, f"a line of the boot report has no time stamp: {line!r}")
            self.lines.append(line[stamp.end():])

    def all(self, pattern):
        """The matches of every line that fits as a whole."""
        return [match for match in (re.fullmatch(pattern, line) for line in self.lines) if match]

    def one(self, pattern):
        found = self.all(pattern)
        check(len(found) == 1, f"{len(found)} lines of the boot report fit `{pattern}`, not one: {self.lines}")
        return found[0]

    def entry(self):
        return self.one(r"entry: (EL\d)")[1]

    def load_address(self):
        return int(self.one(r"load address: 0x([0-9a-f]+)")[1], 16)

    def tree(self):
        """Where the device tree was taken from: `x0`, `address 0` or `built-in`."""
        return self.one(r"device tree: (x0|address 0|built-in), \d+ bytes")[1]

    def console(self):
        return self.one(r"console: (pl011|mini-uart) 0x[0-9a-f]+")[1]

    def ram(self):
        """The banks as (first, end) as they are printed."""
        return [(int(m[1], 16), int(m[2], 16), int(m[3])) for m in
                self.all(r"ram: 0x([0-9a-f]+)-0x([0-9a-f]+) \((\d+) MiB\)")]

    def cores(self):
        """`online` or `missing` by core number."""
        return {int(m[1]): m[2] for m in self.all(r"cpu(\d): (online|missing)")}

    def advice(self):
        return [m[1] for m in self.all(r"advice: (.+)")]


FOUR_ONLINE = {0: "online", 1: "online", 2: "online", 3: "online"}


def report_of(machine):
    """Wait for the prompt; the report before it, with the lines that every report has checked."""
    report = Report(machine.boot())
    report.one(r"quartet \S+ \(.+\)")
    report.one(r"interrupt controller: gicv2 0x[0-9a-f]+ \d+ lines")
    report.one(r"timer: \d+ Hz")
    report.one(r"allocator: bump -> slab")
    report.one(r"scheduler: boot -> priority")
    check(report.ram(), f"no `ram:` line: {report.lines}")
    check(report.all(r"reserved: 0x[0-9a-f]+-0x[0-9a-f]+ .+"), f"no `reserved:` line: {report.lines}")
    return report
