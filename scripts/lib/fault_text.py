# SPDX-License-Identifier: MIT
"""A fault report, found in whatever else came over the wire, as a value (its form: docs/debugging/record.md)."""

import re

FAULT = re.compile(r"fault: ([\w-]+): (.*)")
THREAD = re.compile(r"thread: (\S+) core: (\d) context: (\w+)$")
IMAGE = re.compile(r"image: ([0-9a-f]{8})$")
HEADING = re.compile(r"(?:order|core \d): ")
ADDRESS = re.compile(r"(?:#\d+|pc:|lr:|core \d: .*? at) 0x([0-9a-f]{16})(?: (~?)([^\s,]+(?: [^\s,+]+)*)\+0x([0-9a-f]+))?(?:,.*)?$")
END = "end of report"
# Reports of these have no syndrome: their pc is where a function was called that does not return.
NOTED = ("panic", "check", "undefined-behaviour", "hang")


class BadText(Exception):
    """The text has no report that could be read."""


class Frame:
    """One code address: `label` is `#N`, `pc`, `lr` or `at`; `name` and `offset` as far as the report has them, `cut` where the
    name is the end of a longer one; `returns` where the address belongs to the call before it."""

    def __init__(self, label, address, name, offset, cut, returns):
        self.label, self.address, self.name, self.offset, self.cut, self.returns = label, address, name, offset, cut, returns

    @property
    def within(self):
        """An address of the instruction itself."""
        return self.address - self.returns

    @property
    def start(self):
        """Where the function begins that the report names, if it names one."""
        return None if self.name is None else self.address - self.offset


class Report:
    """`parts` are (heading, frames): the fault's own first, its heading empty, then orders of locks and other cores. Whether it is
    `whole`; `image` is None where the text is cut before it."""

    def __init__(self, lines):
        self.kind, self.words = FAULT.match(lines[0]).groups()
        self.whole = lines[-1] == END
        self.thread = self.core = self.context = self.image = None
        for line in lines:
            if match := THREAD.match(line):
                self.thread, self.core, self.context = match[1], int(match[2]), match[3]
            if match := IMAGE.match(line):
                self.image = int(match[1], 16)
        syndrome = any(line.startswith("esr: ") for line in lines)
        exact = syndrome or self.image is None and self.kind not in NOTED
        self.parts = [("", [])]
        for line in lines[1:]:
            if line.startswith("threads:"):
                break                       # a thread, or a line of the log, may be called as it likes
            if HEADING.match(line):
                self.parts.append((line, []))
            if match := ADDRESS.match(line):
                heading, frames = self.parts[-1]
                label = line.split()[0].rstrip(":") if line is not heading else "at"
                own = not heading and label in ("pc", "#0")
                returns = not exact if own else line is not heading
                name, offset = match[3], int(match[4], 16) if match[4] else None
                frames.append(Frame(label, int(match[1], 16), name, offset, match[2] == "~", int(returns)))

    def frames(self):
        return [frame for _, frames in self.parts for frame in frames]


def reports_in(text):
    """All reports in the order of the text. One ends at its last line, at the next one's first, or where the text does."""
    found = []
    for line in (each.strip("\r\0 ") for each in text.split("\n")):
        if FAULT.match(line):
            found.append([line])
        elif found and found[-1][-1] != END:
            found[-1].append(line)
    if not found:
        raise BadText("the text has no fault report: no line begins `fault: KIND: `")
    return [Report(lines) for lines in found]
