# SPDX-License-Identifier: MIT
"""From a saved text and the ELF file to file and line: scripts/where.py, its parser, what it refuses, and the page that shows it."""

import re
import subprocess
import sys

from qemu import REPOSITORY, check
from report import fault_report, reboot_from_panic
from screenful import shape
from suite import test
from worked_example import COMMAND, said, shown, where

sys.path[:0] = [str(REPOSITORY / "scripts" / "lib"), str(REPOSITORY / "scripts")]
import fault_text  # noqa: E402
import symbols  # noqa: E402

WHOLE = """\
[0.1] quartet
fault: null-write: write at 0xff8, in the null page (translation fault, level 0)
thread: motor core: 3 context: irq
pc: 0xffffffc000000100 alpha+0x0
lr: 0xffffffc000000204 ~eta::gamma+0x4
#0 0xffffffc000000100 alpha+0x0
#1 0xffffffc000000204 ~eta::gamma+0x4
#2 0xffffffd000000000
esr: 0x96000044 data abort, write, translation fault, level 0
far: 0x0000000000000ff8
sp: 0xffffffc000186f50 spsr: 0x400003c5 slot: 4
image: 0012abcd
x0: 0x0000000000000ff8 x1: 0xffffffc000027cc8
lock: none
core 0: stopped at 0xffffffc000000300 delta+0x10, thread idle0
#1 0xffffffc000000404 epsilon+0x4
core 1: not responding, no tick yet
threads:
   8 #9 0xffffffc000000500 zeta+0x0 20 running 0
log:
[0.2] #9 0xffffffc000000500 zeta+0x0
end of report
panic> #9 0xffffffc000000500 zeta+0x0
"""


def frames(report):
    return [(frame.label, frame.within, frame.name, frame.cut) for frame in report.frames()]


@test("EXC09", "where.py: a saved text is read for what it is, whole or cut, with other lines around it and CR LF, one report or more")
def parser(_):
    report, = fault_text.reports_in(WHOLE)
    check((report.kind, report.thread, report.core, report.context) == ("null-write", "motor", 3, "irq"), vars(report))
    check(report.words.startswith("write at 0xff8") and report.whole and report.image == 0x12abcd, vars(report))
    whole = [("pc", 0xffffffc000000100, "alpha", False), ("lr", 0xffffffc000000203, "eta::gamma", True),
             ("#0", 0xffffffc000000100, "alpha", False), ("#1", 0xffffffc000000203, "eta::gamma", True),
             ("#2", 0xffffffcfffffffff, None, False), ("at", 0xffffffc000000300, "delta", False),
             ("#1", 0xffffffc000000403, "epsilon", False)]
    check(frames(report) == whole, f"frames: {frames(report)}")
    check([heading.split(":")[0] for heading, _ in report.parts] == ["", "core 0", "core 1"], f"parts: {report.parts}")
    wire = "U-Boot 2023\r\n" + WHOLE.replace("\n", "\r\n") + "garbage \xff\0\r\n"
    check(frames(fault_text.reports_in(wire)[0]) == whole, "with CR LF another text is read")

    cut, = fault_text.reports_in(WHOLE[:WHOLE.index("esr:")])
    check(not cut.whole and cut.image is None and frames(cut) == whole[:5], f"cut: {vars(cut)}")
    first, second = fault_text.reports_in(WHOLE[:WHOLE.index("core 0")] + WHOLE)
    check(not first.whole and second.whole, "a report that another one cuts off is whole")

    # A panic has no syndrome: its pc is behind a call.
    panic = re.sub(r"esr: .*\nfar: .*\n", "", WHOLE.replace("null-write: ", "panic: "))
    for text in (panic, panic[:panic.index("sp:")]):
        check(frames(fault_text.reports_in(text)[0])[2][1] == 0xffffffc0000000ff, f"the pc of a panic: {text[-200:]!r}")
    for text in ("", "panic> \n", "a fault: none\n", "fault: \n"):
        try:
            fault_text.reports_in(text)
        except fault_text.BadText as why:
            check("no fault report" in str(why), f"{text!r}: {why}")
        else:
            check(False, f"{text!r} is taken for a report")


def places(answer):
    return re.findall(r"^(?:#\d+|at|pc|lr) +(\S+) (\S+):(\d+)$", answer, re.MULTILINE)


def as_addr2line(report, elf, answer, heads):
    """The lines of the answer are those that addr2line has for the addresses of the report."""
    parsed, = fault_text.reports_in(report)
    own = [frame for frame in parsed.frames() if frame.label not in ("pc", "lr")]
    told = subprocess.run(["aarch64-linux-gnu-addr2line", "-e", elf, *(hex(frame.within) for frame in own)], check=True,
                          capture_output=True, text=True).stdout.split("\n")
    told = [line.split(" (disc")[0] for line in told if line and "?" not in line]
    found = places(answer)
    check(len(found) == len(told) >= heads, f"{len(found)} places, addr2line has {len(told)}: {answer}")
    for (_, path, line), there in zip(found, told):
        check(there.endswith(f"/{path}:{line}") and (REPOSITORY / path).is_file(), f"{path}:{line}, but addr2line says {there}")


@test("EXC09", f"where.py names file and line of each frame of `{COMMAND}`, by the text and the ELF alone, as addr2line does; of a panic too")
def file_and_line(bench):
    for build in ("release", "debug"):
        elf = bench.built("kernel8.elf", build)
        with bench.machine(bench.built("kernel8.img", build), tree=bench.built("quartet.dtb")) as machine:
            machine.boot()
            report = fault_report(machine, COMMAND)
            status, answer, errors = where(machine.port.raw().decode("latin-1"), "--elf", elf)
            check(status == 0 and errors == "", f"where.py: {errors}")
            as_addr2line(report, elf, answer, 8)
            (function, path, line), (caller, calls, at) = places(answer)[:2]
            source = (REPOSITORY / path).read_text().splitlines()[int(line) - 1]
            check(function == "quartet_crash_write" and "str     xzr, [x0]" in source, f"{build}: {path}:{line} is {source!r}")
            source = (REPOSITORY / calls).read_text().splitlines()[int(at) - 1]
            check(caller == "quartet::debug::cause_in_handler" and "job.kind->cause()" in source, f"{build}: {calls}:{at} is {source!r}")
            reboot_from_panic(machine)
            # Without --elf the image says whose lines they are; and a record's text is as good.
            shown_again = machine.command("crash show")
            status, again, errors = where(shown_again)
            check((status, places(again)) == (0, places(answer)), f"{build}: of crash show: {again} {errors}")
            check(again.splitlines()[-1].startswith(f"lines from build/{build}/kernel8.elf: image "), f"{build}: {again[-200:]}")
            panic = fault_report(machine, "crash panic core 1 in lock")
            status, answer, errors = where(machine.port.text())
            check(status == 0 and answer.startswith("report 3 of 3\npanic: asked for"), f"{build}: {answer[:200]} {errors}")
            as_addr2line(panic, elf, answer, 3)
            told = re.search(r"\((src/\S+):(\d+)\)", panic)
            check(places(answer)[0][1:] == told.groups(), f"{build}: the panic is at {told[0]}, the answer {places(answer)[0]}")
            status, first, _ = where(machine.port.text(), "--report", "1")
            check(status == 0 and first.startswith("report 1 of 3\nnull-write: "), f"{build}: --report 1: {first[:200]}")


def refused(why, text, *options, status=1):
    found, answer, errors = where(text, *options)
    check(found == status and errors.startswith("where.py: ") and errors.count("\n") == 1 and re.search(why, errors),
          f"`{why}` is not said of {options}: {found}, {errors!r}")
    check(bool(answer) == (status == 2), f"`{why}`: an answer all the same: {answer!r}")
    return answer


@test("EXC09", "where.py refuses a text without a report, a report that is cut or of another image, and files that are none; --help helps")
def bad_input(bench):
    elf, other = bench.built("kernel8.elf"), bench.built("kernel8.elf", "debug")
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        text = fault_report(machine, COMMAND)
    status, whole, _ = where(text)
    check(status == 0, "a good text is refused")
    refused("no fault report", "quartet> \n")
    refused("no report 2", text, "--report", "2")
    refused("no report 0", text, "--report", "0")
    refused(r"of image [0-9a-f]{8}, not of \S+ \([0-9a-f]{8}\); --elf", text, "--elf", other)
    refused("is no ELF file", text, "--elf", bench.built("kernel8.img"))
    refused("No such file", text, "--elf", "/no/such/file")
    refused("holds no table", text, "--elf", "/bin/true")
    stripped = bench.folder / "stripped.elf"
    subprocess.run(["aarch64-linux-gnu-objcopy", "--strip-debug", elf, stripped], check=True)
    refused("no line tables", text, "--elf", stripped)
    # Cut here and there: as much as there is, and by the names where the image is not told any more.
    lines = text.splitlines(keepends=True)
    refused("cut before its first address", "".join(lines[:2]))
    for end in (3, 5, 8, 14, 18, 30, len(lines) - 1):
        cut = refused("report is cut", "".join(lines[:end]), status=2)
        check(set(places(cut)) <= set(places(whole)) and places(cut), f"cut after {end} lines: {cut}")
    refused("cut before `image:`, and its names are not", "".join(lines[:8]), "--elf", other)
    done = subprocess.run([REPOSITORY / "scripts" / "where.py", "/no/such/text"], capture_output=True, text=True, check=False)
    check((done.returncode, done.stderr) == (1, "where.py: /no/such/text: No such file or directory\n"), f"{done}")
    done = subprocess.run([REPOSITORY / "scripts" / "where.py", "--help"], capture_output=True, text=True, check=False)
    check(done.returncode == 0 and "SAVED.txt" in done.stdout, f"--help: {done}")


@test("DMP03", "an image is told from one whose functions are the same but lie on other lines: the table has a checksum of the line tables")
def lines_count(bench):
    elf = bench.built("kernel8_first.elf")
    table = symbols.embedded(bench.built("kernel8.elf"))
    lines = symbols.line_tables(elf)
    check(lines != 0 and int.from_bytes(table[-4:], "little") == lines, f"the table ends in {table[-4:].hex()}, not {lines:08x}")
    listed = subprocess.run(["aarch64-linux-gnu-readelf", "-SW", elf], check=True, capture_output=True, text=True).stdout
    at, size = (int(word, 16) for word in re.search(r" \.debug_line +\S+ +\S+ (\S+) (\S+)", listed).groups())
    data = bytearray(elf.read_bytes())
    data[at + size - 1] ^= 1
    check(symbols.line_tables(bench.write("other.elf", data)) != lines, "another line table has the same checksum")


@test("DOC02", "docs/debugging.md shows what the wire and where.py say of a null write in a timer's callback (addresses and lines aside)")
def page(bench):
    machine = said(bench.built("kernel8.img"), bench.built("quartet.dtb"), bench.built("kernel8.elf"))
    for name, text in shown().items():
        mine, theirs = shape(text), shape(machine[name])
        differs = next((pair for pair in zip(mine, theirs) if pair[0] != pair[1]), None)
        check(differs is None and len(mine) == len(theirs),
              f"{name}: page and machine differ at {differs}, {len(mine)} and {len(theirs)} lines: tests/system/worked_example.py --write")
