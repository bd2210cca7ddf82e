# SPDX-License-Identifier: MIT
"""Cores that do not move: found by the others, reported, and in the end reset by the watchdog. Under counted time, where 40 ms are
40 ms of the machine's, unless the machine is reset: those runs are not counted (qemu.py)."""

import re
import subprocess

from qemu import COUNTED, check
from report import fault_report
from suite import test


@test("WDT02", "a core that hangs is reported by another one, with its last place, in debug with its locks [release, debug] (counted)")
def hung_core(bench):
    # Of a core that spins QEMU makes a switch to the next one at each turn: 250 ms would take it half a minute.
    for preset, core, context in (("release", 2, "thread"), ("debug", 1, "lock")):
        with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb", preset), bootargs="hang=40",
                           arguments=COUNTED) as machine:
            machine.boot()
            # Nobody is called hung who is not, all idle or all busy.
            machine.command("spin 8")
            machine.command("echo busy")
            machine.command("spin 0")
            report = fault_report(machine, f"crash hang core {core} in {context}")
            locks = r", with the \w+ spin lock \(taken at src/\S+:\d+\)" if context == "lock" else ""
            check(re.match(rf"fault: hang: core {core} has not moved for 40 ms{locks}\n", report), f"{report[:300]!r}")
            reporter, = re.findall(r"^thread: \S+ core: (\d) context: irq$", report, re.M)
            check(int(reporter) != core, f"core {core} is reported by itself: {report[:300]!r}")
            others = dict(re.findall(r"^core (\d): (.+)$", report, re.M))
            check(others[str(core)].startswith(("not responding, last tick at 0x", "not responding, no tick yet")), f"{others}")
            check(others[str(core)].endswith(", thread crash"), f"{others}")
            check(all(words.startswith("stopped at ") for other, words in others.items() if other != str(core)), f"{others}")
            check(not locks or re.search(rf"^lock: core {core} holds a \w+ spin lock, taken at ", report, re.M), f"{report!r}")


@test("WDT03", "the watchdog resets where nobody attends after a report, which the next run tells of, and where a core takes no interrupts")
def reset_by_watchdog(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), bootargs="hang=0 watchdog=10 attend=3") as machine:
        machine.boot()
        check(machine.command("watchdog") == "on: 10000 ms, by software\n", "bootargs did not switch it on")
        fault_report(machine, "crash null-read core 3")
        machine.expect(r"^nobody attends: reset\n", 120)
        again = machine.boot()
        check("] advice: the last run ended in null-read: read at 0x10" in again, f"nothing is told of it: {again!r}")
        check(machine.command("crash show").endswith("end of report\n"), "the record is not whole")
        # Nobody looks for hung cores: the other three are enough for the reset.
        machine.send("crash hang core 3\r")
        machine.expect(r"quartet \S+ \(", 120)
        again = machine.boot()
        check("advice: the last run" not in again, f"told of what was told: {again!r}")
        check("3 online" in machine.command("cpus"), "not all cores are back")


@test("WDT01", "the watchdog is switched on and off at the prompt, refuses what is too short, and leaves a good machine alone (counted)")
def watchdog_command(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), bootargs="watchdog=1", arguments=COUNTED) as machine:
        report = machine.boot()
        check("advice: bootargs: watchdog= takes at least 2 seconds" in report, f"{report[-500:]!r}")
        check(machine.command("watchdog") == "off\n", "it is on")
        for wrong in ("watchdog 1", "watchdog x"):
            check(machine.command(wrong).startswith("error: "), wrong)
        check(machine.command("watchdog 2") == "on: 2000 ms, by software\n", "it is not on")
        # Ten seconds of the machine's time, in which it would fire five times; in the first of these periods, and more, all cores are busy.
        for spinners, until in ((4, 4), (0, 12)):
            machine.command(f"spin {spinners}")
            while float(re.search(r"(\d+)", machine.command("uptime"))[1]) < until:
                pass
        check(machine.command("watchdog off") == "off\n", "it is not off")


@test("LCK08", "a release image reports a spin lock that nobody gives back, where it would wait for ever")
def lost_lock(bench):
    elf = bench.built("kernel8.elf")
    listed = subprocess.run(["aarch64-linux-gnu-nm", "-SC", elf], check=True, capture_output=True, text=True).stdout
    (begin, size), = (line.split()[:2] for line in listed.splitlines() if line.endswith(" quartet::kernel::cores"))
    serving = 64                # CORE_LOCK_SERVING
    with bench.machine(tree=bench.built("quartet.dtb"), stopped=True) as machine:
        debugger = machine.gdb()
        debugger.ask("qSupported:multiprocess+;vContSupported+")
        debugger.go()
        machine.boot()
        debugger.stop()
        at = int(begin, 16) + serving
        byte, = debugger.memory(at, 1)
        debugger.set_memory(at, bytes([byte ^ 0x10]))
        debugger.go()
        machine.send("\r")
        machine.expect(r"^fault: spin-lock: the spin lock at 0x[0-9a-f]{16} did not come free\n", 60)
        machine.expect(r"^end of report\n")
        machine.expect(r"^panic> ")


@test("IRQ09", "irqs -l names the longest masked stretch and handler of each core in a debug image, and warns once of one over its limit (counted)")
def long_stretches(bench):
    with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb", "debug"), arguments=COUNTED) as machine:
        machine.boot()
        said = machine.command("irqs -l 1")
        found = re.findall(r"^cpu(\d): masked \d+ us at 0x[0-9a-f]{16} \S{4,}\+0x\w+ handler \d+ us at 0x[0-9a-f]{16} \S{4,}\+0x\w+$", said, re.M)
        check(found and found[0] == "0", f"{said!r}")
        machine.command("spin 4")
        machine.command("spin 0")
        log = machine.command("dmesg")
        warned = re.findall(r"cpu(\d): no interrupt was taken for \d+ us, until 0x[0-9a-f]+", log)
        check(warned and len(warned) == len(set(warned)), f"warned of {warned}")
        machine.command("irqs -l 0")
        said = machine.command("irqs -l x")
        # A warning of before may still come first.
        check(re.search("^error: it is -l", said, re.M), f"limits are not checked: {said!r}")
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        check(machine.command("irqs -l").startswith("error: this image was built without"), "a release image measures")
