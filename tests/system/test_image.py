# SPDX-License-Identifier: MIT
"""What is left of the image when the start-up is over, and whose guard a stack runs into."""

import re
import time

from qemu import PROMPT, check
from report import report_of
from suite import test

PC, SP = 32, 31
IDLE_LOOP = "_ZN7quartet6kernel12_GLOBAL__N_19idle_loopERNS0_4CoreE"
SEAL = "_ZN7quartet4boot5phase4Seal3runERKNS0_4DoneINS1_11SecondariesEEE"


def stopped_after(machine):
    """The boot report's first part is over and a debugger is there."""
    debugger = machine.gdb()
    debugger.ask("qSupported:multiprocess+;vContSupported+")
    return debugger


def fault_of(machine):
    """The report that comes without anybody asking for it."""
    start = machine.port.seen
    machine.expect(r"^end of report\n")
    machine.expect(r"^panic> ")
    text = machine.port.text()[start:machine.port.seen]
    check("\nfault: " in text, f"no fault is reported: {text[-300:]!r}")
    return text[text.index("\nfault: ") + 1:]


@test("BMP03", "start-up code is given back: read as memory, and a fault where it is executed")
def given_back(bench):
    base, begin, end = bench.addresses("_start", "__boot_begin", "__boot_end")
    begin += -begin % 4096      # the page where it begins is that of other code as well
    with bench.machine(tree=bench.built("quartet.dtb"), stopped=True) as machine:
        debugger = stopped_after(machine)
        debugger.go()
        report = report_of(machine)
        told = int(report.one(r"given back: (\d+) KiB of the image")[1])
        check(told >= (end - begin) // 1024, f"{told} KiB given back, the start-up code alone has {(end - begin) // 1024}")
        place = report.load_address() + begin - base
        check(re.match(r"0x[0-9a-f]+", machine.command(f"peek {place:#x}")), "free memory cannot be read")
        debugger.stop()
        debugger.ask("Hgp1.1")
        debugger.set_register(PC, begin + 16)
        debugger.go()
        machine.send("\r")          # core 0 sleeps: the port's interrupt wakes it
        said = fault_of(machine)
        check(f"pc: {begin + 16:#018x}" in said, f"not where it was sent: {said!r}")
        machine.send("reboot\r")
        machine.expect(r"quartet \S+ \(")
        machine.expect(PROMPT, 60)


def sent_below(machine, debugger, thread, stack):
    """The core's stack pointer is at the lowest byte of its stack; what it says when it pushes next."""
    debugger.ask(f"Hg{thread}")
    debugger.set_register(SP, stack)


@test("EXC07", "the boot flow's stack ends in a guard that is named")
def boot_guard(bench):
    base, seal, stack = bench.addresses("_start", SEAL, "__boot_stack")
    with bench.machine(tree=bench.built("quartet.dtb"), stopped=True) as machine:
        debugger = stopped_after(machine)
        debugger.run_to(seal)
        sent_below(machine, debugger, "p1.1", stack)
        debugger.go()
        said = fault_of(machine)
        check("in the stack guard of thread main" in said, f"whose guard? {said!r}")


@test("EXC07", "the stack of another core's idle thread ends in a guard that is named")
def idle_guard(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), stopped=True) as machine:
        debugger = stopped_after(machine)
        debugger.go()
        machine.boot()
        begin, end = bench.extent(IDLE_LOOP)
        for _ in range(100):               # the last threads of the start-up may still run there
            debugger.stop()
            debugger.ask("Hgp1.2")
            if begin <= debugger.register(PC) < end:
                break
            debugger.go()
            time.sleep(0.05)
        else:
            check(False, "core 1 was never found idle")
        stack = debugger.register(SP) & ~0xfff
        # The idle stack is two pages; its lowest byte is where the page below is not mapped.
        while True:
            answer = debugger.ask(f"m{stack - 8:x},8")
            if answer.startswith("E"):
                break
            stack -= 0x1000
        sent_below(machine, debugger, "p1.2", stack)
        debugger.go()
        machine.send("spin 8\r")           # somebody to run there: core 1 is interrupted
        said = fault_of(machine)
        check("in the stack guard of thread idle1" in said, f"whose guard? {said!r}")
