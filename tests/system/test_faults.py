# SPDX-License-Identifier: MIT
"""What a fault's report tells beyond its form, and what surrounds it: names, places, SIMD, memory, the panic prompt, the log above it.
That each kind on each core in each context is reported is test_crash_matrix.py's."""

import re
import subprocess

from fault_kinds import CONTEXTS, KINDS, judge
from qemu import COUNTED, check
from report import FaultReport, fault_report, reboot_from_panic
from suite import test
from test_shell import refused_with_usage

TABLE = {kind.name: kind for kind in KINDS}
UNDEFINED = [kind.name for kind in KINDS if kind.behaviour == "EXC12"]


def judged(machine, name, core, context):
    """Cause it, and judge its report by the table; then the next run begins."""
    report = FaultReport(fault_report(machine, f"crash {name} core {core} in {context}"))
    judge(report, TABLE[name], core, context)
    reboot_from_panic(machine)
    return report


@test("EXC12", f"crash {', '.join(UNDEFINED)} in a debug image: file and line that are told are those of the pc")
def undefined_behaviour(bench):
    elf = bench.built("kernel8.elf", "debug")
    with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        for number, name in enumerate(UNDEFINED):
            report = judged(machine, name, number % 4, CONTEXTS[number % 3])
            told = re.search(r"\((\S+:\d+)\)$", report.words)[1]
            call = report.frames[0][0] - 4
            there = subprocess.run(["aarch64-linux-gnu-addr2line", "-e", elf, hex(call)], check=True,
                                   capture_output=True, text=True).stdout.split()[0]
            check(there.endswith(f"/{told}"), f"crash {name} tells {told}, but the pc is at {there}")


@test("EXC08", "a core that does not answer is reported with the place of its last tick (counted)")
def silent_core(bench):
    for preset in ("release", "debug"):
        with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
            machine.boot()
            report = fault_report(machine, "crash silent-core core 3")
            others = dict(re.findall(r"^core (\d): (.+)$", report, re.MULTILINE))
            check(set(others) == {"0", "1", "2"}, f"the other cores: {report!r}")
            check(re.fullmatch(r"not responding, last tick at 0x[0-9a-f]{16} quartet::debug::fall_silent\+0x[0-9a-f]+, thread silent",
                               others["0"]), f"the silent core: {others['0']!r}")
            check(others["1"].startswith("stopped at ") and others["2"].startswith("stopped at "), f"the others: {others}")


@test("EXC09", "the names of a backtrace are those of addr2line")
def names_of_frames(bench):
    elf = bench.built("kernel8.elf")
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        report = fault_report(machine, "crash null-call")
    frames = re.findall(r"^#(\d+) 0x([0-9a-f]{16}) (.+)\+0x([0-9a-f]+)$", report, re.MULTILINE)
    check(len(frames) >= 6, f"only {len(frames)} frames have names: {report!r}")
    symbols = subprocess.run(["aarch64-linux-gnu-nm", "-C", elf], check=True, capture_output=True, text=True).stdout
    places = {int(line.split(maxsplit=2)[0], 16): line.split(maxsplit=2)[2] for line in symbols.splitlines()
              if len(line.split(maxsplit=2)) == 3 and line.split()[1] in "tTwW"}
    for number, address, name, offset in frames:
        at = int(address, 16)
        start = at - int(offset, 16)
        check(start in places, f"frame {number}: no function begins at {start:#x} ({name})")
        named = subprocess.run(["aarch64-linux-gnu-addr2line", "-Cfe", elf, hex(at - (number != "0"))], check=True,
                               capture_output=True, text=True).stdout.splitlines()[0]
        plain = re.sub(r"\(.*|<.*", "", places[start].replace("(anonymous namespace)::", ""))
        last = re.split(r"::", plain)[-1]
        check(last in name or "lambda" in name, f"frame {number}: {name}, but nm says {places[start]}")
        check(named != "??", f"frame {number}: addr2line knows nothing at {address}")


# Of a thread that has used SIMD.
SIMD_LINE = "fpcr: 0x00000000 fpsr: 0x00000000\n"


@test("EXC05", "crash simd, simd-open: FPCR and FPSR are told of a thread that has SIMD open, and of no other")
def simd_in_handler(bench):
    for preset in ("release", "debug"):
        with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb", preset)) as machine:
            machine.boot()
            for core, name in enumerate(("simd", "simd-open")):
                # In a handler where it is asked for nowhere in particular.
                report = FaultReport(fault_report(machine, f"crash {name} core {core}"))
                judge(report, TABLE[name], core, "irq")
                check(report.simd == (SIMD_LINE if name == "simd-open" else None), f"crash {name}: {report.simd!r}")
                reboot_from_panic(machine)


@test("EXC07", "crash stack-simd, twice: a stack overflow of a thread that has SIMD open, with its FPCR and FPSR")
def overflow_with_simd(bench):
    for preset in ("release", "debug"):
        with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb", preset)) as machine:
            machine.boot()
            for core in (1, 2):
                check(judged(machine, "stack-simd", core, "thread").simd == SIMD_LINE, "no FPCR and FPSR")


@test("EXC08", "a debug image says who allocated what is freed wrongly, and knows leaks; a release image refuses leaks")
def memory_bugs(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        check(machine.command("leaks").startswith("error: "), "leaks: a release image knows them")
    with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        check(machine.command("leaks mark") == "mark 1\n", "leaks mark: another answer than mark 1")
        leaks = machine.command("leaks")
        check(re.search(r"^\d+ bytes in \d+ since the mark, 0 callers unknown$", leaks, re.MULTILINE), f"leaks: {leaks!r}")
        for core, name in enumerate(("double-free", "overrun")):
            judged(machine, name, core, "thread")
            who = rf"memory: allocated #0 0x[0-9a-f]+ \S*{name.replace('-', '_')}\+0x"
            check(re.search(who, machine.port.text()), f"crash {name} does not say who allocated")


@test("EXC01", "crash refuses a kind, core or context that is not there")
def refusals(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        for line in ("crash no-such-kind", "crash null-read core 4", "crash null-read core x", "crash null-read in bed",
                     "crash null-read core", "crash null-read in", "crash null-read core 1 in irq x"):
            refused_with_usage(machine, line)


@test("EXC08", "the panic prompt: an unknown word is refused, an empty line is nothing, reboot starts again")
def panic_prompt(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        report = fault_report(machine, "crash panic core 2")
        check("(src/" in report, f"a panic names its file by the path from the project's root: {report[:200]!r}")
        machine.send("nonsense\r")
        machine.expect(r"^error: .+\n")
        machine.send("\r")
        machine.expect(r"^panic> ")
        reboot_from_panic(machine)


WAITED = r"^\[\d+\.\d{6}\] crash: a line that waits when the panic comes$"


@test("EXC08", "what was logged before a panic is in its report, also where the log's thread cannot run")
def log_in_report(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        for context in CONTEXTS:
            report = fault_report(machine, f"crash panic core 0 in {context}")
            check(re.search(WAITED, report[report.index("\nlog:\n"):], re.MULTILINE), f"crash panic in {context}: {report!r}")
            reboot_from_panic(machine)


@test("EXC08", "what was logged before a panic stands above its report, where the other cores answer within its 2 ms (counted)")
def log_above_report(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
        machine.boot()
        start = machine.port.seen
        fault_report(machine, "crash panic core 0 in lock")
        above = machine.port.text()[start:].split("\nfault: ")[0]
        # Twice where the panic came while the line was being shown: then the first may be cut off.
        check(re.search(WAITED, above, re.MULTILINE), f"the line that waited is not above the report: {above!r}")


@test("EXC07", "two faults in one boot's memory: a reset brings the second report as whole as the first")
def twice(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        for _ in range(2):
            judged(machine, "stack-overflow", 1, "thread")


@test("EXC08", "every other core answers a fault's stop request in time (counted)")
def others_answer(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
        machine.boot()
        report = fault_report(machine, "crash null-read core 1")
        others = re.findall(r"^core (\d): (\w+)", report, re.MULTILINE)
        check(others == [("0", "stopped"), ("2", "stopped"), ("3", "stopped")], f"the other cores: {report!r}")


# What is refused: mutex, recursive mutex, shared mutex; lock, try, timed, guards, unlock. In the order of `forms` in
# tests/kernel/lock_in_handler_tests.cpp.
LOCK_FORMS = 16
LOCK_FORM = "quartet_form_of_lock_in_handler"


@test("MTX11", "each form of lock without a ThreadContext, tried by a handler, stops the machine and says which rule was broken")
def locks_in_handlers(bench):
    listed = subprocess.run(["aarch64-linux-gnu-nm", bench.built("selftest.elf")], check=True, capture_output=True, text=True).stdout
    places = {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines() if len(line.split()) == 3}
    image = bench.built("selftest.img").read_bytes()
    at = places[LOCK_FORM] - places["IMAGE_BASE"]
    check(image[at:at + 4] == b"\xff" * 4, f"{LOCK_FORM} is not where it was linked")
    for form in range(LOCK_FORMS):
        changed = bench.write("form.img", image[:at] + form.to_bytes(4, "little") + image[at + 4:])
        with bench.machine(changed, tree=bench.built("quartet.dtb")) as machine:
            machine.boot()
            report = fault_report(machine, "selftest MTX11")
            check(re.match(r"fault: check: a handler must not block, nor call what may: such a call takes a ThreadContext",
                           report), f"form {form}: {report!r}")
            check(re.search(r"^thread: \S+ core: 0 context: irq$", report, re.MULTILINE), f"form {form}: {report!r}")
    # One more is none.
    with bench.machine(bench.write("none.img", image[:at] + LOCK_FORMS.to_bytes(4, "little") + image[at + 4:]),
                       tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        said = machine.command("selftest MTX11")
        check(said.endswith("\nselftest: 1 passed, 0 failed, 0 skipped\n"), f"not all forms are tried: {said!r}")
