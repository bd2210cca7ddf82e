# SPDX-License-Identifier: MIT
"""The kernel's reports as values: what it says about the machine before its first prompt, and what it says of a fault."""

import re

from qemu import PROMPT, check

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


# Where a report would be longer than it may be.
CUT = r"(?:\(cut here: crash show has the rest\)\n)?"
PLACE = r"0x[0-9a-f]{16}(?: \S.*\+0x[0-9a-f]+)?"
# The form of INTERFACES, line by line, in its order.
FAULT_FORM = re.compile(
    rf"fault: (?P<kind>[\w-]+): (?P<words>.+)\n"
    rf"thread: (?P<thread>\S+) core: (?P<core>\d) context: (?P<context>thread|irq|lock)\n"
    rf"pc: (?P<pc>{PLACE})\n"
    rf"lr: (?P<lr>{PLACE})\n"
    rf"(?P<frames>(?:#\d+ {PLACE}\n)+){CUT}"
    rf"(?P<orders>(?:order: .+\n(?:#\d+ {PLACE}\n)*)*){CUT}"
    rf"(?P<syndrome>esr: 0x[0-9a-f]{{8}} .+\nfar: 0x[0-9a-f]{{16}}\n)?"
    rf"sp: 0x[0-9a-f]{{16}} spsr: 0x[0-9a-f]+ slot: (?P<slot>\d+)\n"
    rf"(?P<simd>fpcr: 0x[0-9a-f]{{8}} fpsr: 0x[0-9a-f]{{8}}\n)?"
    rf"image: (?P<image>[0-9a-f]{{8}})\n"
    rf"(?P<registers>(?:(?:x\d+: 0x[0-9a-f]{{16}} ?)+\n)+)"
    rf"(?P<locks>(?:lock: .+\n)+){CUT}"
    rf"(?P<cores>(?:core \d: .+\n(?:#\d+ {PLACE}\n)*)*){CUT}"
    rf"threads:\n(?P<threads>(?: *\d+ .+\n)+){CUT}"
    rf"(?:log:\n|{CUT})(?P<log>(?:\[.+\n)*)"
    rf"(?:(?:events:\n|{CUT})(?:.+\n)*?)?"
    rf"(?:\(written before the fault:\)\n(?:.*\n)*?)?"
    rf"end of report\n")


class FaultReport:
    """Made from the lines from `fault: ` to `end of report`; fails where they have another form, a frame too many or too few, or more
    bytes than they may have. The fields are those of FAULT_FORM, numbers as such; `frames` are (address, name), the name None where
    the address lies in no function; `others` is how each other core was found, by its number, with the names of its callers."""

    def __init__(self, text):
        self.text = text
        match = FAULT_FORM.fullmatch(text)
        check(match, f"the report has another form: {text!r}")
        self.kind, self.words, self.thread, self.context = match.group("kind", "words", "thread", "context")
        self.core, self.slot, self.image = int(match["core"]), int(match["slot"]), int(match["image"], 16)
        self.simd, self.syndrome, self.locks, self.threads, self.log = match.group("simd", "syndrome", "locks", "threads", "log")
        self.frames = [(int(each[2], 16), each[3]) for each in
                       re.finditer(r"^#(\d+) 0x([0-9a-f]{16})(?: (\S.*)\+0x[0-9a-f]+)?$", match["frames"], re.MULTILINE)]
        numbers = [int(each) for each in re.findall(r"^#(\d+) ", match["frames"], re.MULTILINE)]
        check(numbers == list(range(len(self.frames))), f"frames out of order: {match['frames']!r}")
        check(match["frames"].startswith(f"#0 {match['pc']}\n"), "frame 0 is not the pc")
        registers = re.findall(r"x(\d+): ", match["registers"])
        check(registers == [str(n) for n in range(31)], f"registers {registers}")
        self.others = {}
        for core, how, callers in re.findall(r"^core (\d): (.+)\n((?:#.+\n)*)", match["cores"], re.MULTILINE):
            self.others[int(core)] = how, re.findall(r"^#\d+ 0x[0-9a-f]{16} (\S+)\+0x", callers, re.MULTILINE)
        self._judge_size(match)

    def _judge_size(self, match):
        """On the wire a line ends in two bytes, and an empty one stands before the first."""
        wire = len(self.text) + self.text.count("\n")
        check(wire <= 8192, f"the report has {wire} bytes")
        lines = match["frames"].splitlines(keepends=True)[:8]
        screen = self.text[:match.start("frames")] + "".join(lines)
        check(len(screen) + screen.count("\n") + 2 <= 1000, f"cause to frame 8 take {len(screen)} bytes")

    @property
    def names(self):
        return [name for _, name in self.frames]

    @property
    def cut(self):
        return "(cut here: " in self.text


def fault_report(machine, command, seconds=30):
    """Cause a fault; its report, as lines on the wire."""
    start = machine.port.seen
    machine.send(command + "\r")
    machine.expect(r"^end of report\n", seconds)
    report = machine.port.text()[start:machine.port.seen]
    machine.expect(r"^panic> ")
    return report[report.index("\nfault: ") + 1:]


def reboot_from_panic(machine):
    """The boot report of the next run."""
    start = machine.port.seen
    machine.send("reboot\r")
    machine.expect(r"quartet \S+ \(")
    match = machine.expect(PROMPT, 60)
    return machine.port.text()[start:match.start()]
