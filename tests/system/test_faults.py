# SPDX-License-Identifier: MIT
"""Each kind of fault that `crash` can cause: a readable report and the panic prompt, never silence."""

import re

from qemu import PROMPT, check
from suite import test
from test_shell import refused_with_usage

# What `crash KIND` is for. A kind that the kernel lists and that is not here fails the last test but one.
KINDS = {
    "EXC01": ["fiq", "el0-sync", "el0-irq", "el0-fiq", "el0-serror", "aarch32-sync", "aarch32-irq", "aarch32-fiq",
              "aarch32-serror"],
    "EXC02": ["null-read", "null-write", "null-call", "wild-read"],
    "EXC03": ["text-write", "rodata-write", "exec-data", "exec-stack", "exec-heap"],
    "EXC04": ["unaligned-device", "sp-misaligned", "pc-misaligned"],
    "EXC05": ["undefined", "brk", "svc", "simd", "sysreg"],
    "EXC06": ["external-abort"],
    "EXC07": ["stack-overflow", "stack-jump", "stack-alloca"],
    "EXC08": ["panic", "check"],
    "EXC11": ["serror"],
}
CONTEXTS = ["thread", "irq", "lock"]
# A frame of a megabyte ends in whatever lies that far below: what it touches is not the guard's affair.
ENDS_ANYWHERE = {"stack-jump", "stack-alloca"}
# Caused by a jump into their slot with a prepared state: what was going on before cannot be told.
CONTEXT_UNKNOWN = set(KINDS["EXC01"])
# QEMU leaves the check of the stack pointer's alignment out, as its source says; on a board this is a report.
HARMLESS_IN_QEMU = {"sp-misaligned"}
REPORT_BYTES = 8192


def fault_report(machine, command):
    """Cause a fault; kind, core and context of its report, which is checked for what each one has."""
    start = machine.port.seen
    machine.send(command + "\r")
    machine.expect(r"^end of report\n")
    report = machine.port.text()[start:machine.port.seen]
    machine.expect(r"^panic> ")

    def line(pattern):
        found = re.findall(pattern, report, re.MULTILINE)
        check(len(found) == 1, f"{command}: {len(found)} lines fit `{pattern}`, not one: {report[-1500:]!r}")
        return found[0]

    kind = line(r"^fault: ([\w-]+): .+$")
    _, core, context = line(r"^thread: (\S+) core: (\d) context: (thread|irq|lock)$")
    line(r"^pc: (0x[0-9a-f]{16})(?: \S+\+0x[0-9a-f]+)?$")
    line(r"^lr: (0x[0-9a-f]{16})(?: \S+\+0x[0-9a-f]+)?$")
    frames = re.findall(r"^#(\d+) 0x[0-9a-f]{16}( \S+\+0x[0-9a-f]+)?$", report, re.MULTILINE)
    check(frames and [int(number) for number, _ in frames] == list(range(len(frames))), f"frames out of order: {frames}")
    # From EL0, where nothing runs, there is no chain of frames to follow.
    check(any(name for _, name in frames) or kind.startswith(("el0-", "aarch32-")), f"no frame has a name: {report!r}")
    others = set(re.findall(r"^core (\d): ", report, re.MULTILINE))
    check(others == {"0", "1", "2", "3"} - {core}, f"the report tells of the cores {sorted(others)} besides {core}")
    check(len(report) <= REPORT_BYTES, f"the report has {len(report)} bytes")
    return kind, int(core), context


def reboot_from_panic(machine):
    machine.send("reboot\r")
    machine.expect(r"quartet \S+ \(")
    machine.expect(PROMPT, 60)


def crash_and_reboot(machine, kind, core, context):
    command = f"crash {kind} core {core} in {context}"
    if kind in HARMLESS_IN_QEMU:
        check(machine.command(command) == f"error: {kind} did no harm\n", f"{command} is not told as harmless")
        return
    found_kind, found_core, found_context = fault_report(machine, command)
    check(found_kind == kind or kind in ENDS_ANYWHERE, f"{command} is reported as {found_kind}")
    check(found_core == core, f"{command} is reported of core {found_core}")
    check(found_context == context or kind in CONTEXT_UNKNOWN, f"{command} is reported in context {found_context}")
    reboot_from_panic(machine)


def each_kind(ident, kinds):
    """All kinds of one id in one machine: core and context rotate, a reset between."""
    def crashes(bench):
        with bench.machine(tree=bench.built("quartet.dtb")) as machine:
            machine.boot()
            for number, kind in enumerate(kinds):
                crash_and_reboot(machine, kind, number % 4, CONTEXTS[number % 3])
            check("3 online" in machine.command("cpus"), "not all cores are back")
    test(ident, f"crash {', '.join(kinds)}: report, panic prompt, reboot")(crashes)


def everywhere(ident, kind, context):
    def crashes(bench):
        with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb")) as machine:
            machine.boot()
            for core in range(4):
                crash_and_reboot(machine, kind, core, context)
    test(ident, f"debug image, crash {kind} in {context} on each core", long=True)(crashes)


for each, names in KINDS.items():
    each_kind(each, names)
    for each_name in names:
        for each_context in CONTEXTS:
            everywhere(each, each_name, each_context)


@test("EXC07", "two faults in one boot's memory: a reset brings the second report as whole as the first")
def twice(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        for _ in range(2):
            crash_and_reboot(machine, "stack-overflow", 1, "thread")


@test("EXC08", "the panic prompt: an unknown word is refused, an empty line is nothing, reboot starts again")
def panic_prompt(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        fault_report(machine, "crash null-read")
        machine.send("nonsense\r")
        machine.expect(r"^error: .+\n")
        machine.send("\r")
        machine.expect(r"^panic> ")
        reboot_from_panic(machine)


@test("EXC01", "every kind that crash lists has a test here")
def all_kinds_are_tested(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        listed = set(machine.command("crash").split())
        here = {kind for kinds in KINDS.values() for kind in kinds}
        check(listed == here, f"only listed: {sorted(listed - here)}; only here: {sorted(here - listed)}")


@test("EXC01", "crash refuses a kind, core or context that is not there")
def refusals(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        for line in ("crash no-such-kind", "crash null-read core 4", "crash null-read core x", "crash null-read in bed",
                     "crash null-read core", "crash null-read in", "crash null-read core 1 in irq x"):
            refused_with_usage(machine, line)
