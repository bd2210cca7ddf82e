# SPDX-License-Identifier: MIT
"""Cores that do not move: found by the others, reported, and in the end reset by the watchdog. Under counted time, where 250 ms are
250 ms of the machine's."""

import re
import subprocess

from qemu import COUNTED, PROMPT, check
from report import fault_report, reboot_from_panic
from suite import test


@test("WDT02", "a core that hangs is reported by another one after 250 ms, idle or not, with its last place [release, debug] (counted)")
def hung_core(bench):
    for preset in ("release", "debug"):
        with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb", preset), bootargs="hang=250",
                           arguments=COUNTED) as machine:
            machine.boot()
            for core, context in ((2, "thread"), (1, "irq")):
                report = fault_report(machine, f"crash hang core {core} in {context}")
                check(report.startswith(f"fault: hang: core {core} has not moved for 250 ms\n"), f"{report[:200]!r}")
                reporter, = re.findall(r"^thread: \S+ core: (\d) context: irq$", report, re.M)
                check(int(reporter) != core, f"core {core} is reported by itself: {report[:300]!r}")
                others = dict(re.findall(r"^core (\d): (.+)$", report, re.M))
                check(others[str(core)].startswith(("not responding, last tick at 0x", "not responding, no tick yet")), f"{others}")
                check(all(words.startswith("stopped at ") for other, words in others.items() if other != str(core)), f"{others}")
                reboot_from_panic(machine)
            check("3 online" in machine.command("cpus"), "not all cores are back")
            # And nobody is called hung who is not, all idle or all busy.
            machine.command("spin 8")
            machine.command("echo busy")
            machine.command("spin 0")


@test("WDT02", "with the watchdog on the machine is reset where nobody attends at the prompt after a report, and not before (counted)")
def unattended(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), bootargs="hang=250 watchdog=4 attend=6", arguments=COUNTED) as machine:
        machine.boot()
        check(re.fullmatch(r"on: 4000 ms, by software\n", machine.command("watchdog")), "bootargs did not switch it on")
        fault_report(machine, "crash hang core 3")
        machine.expect(r"nobody attends: reset\n", 120)
        machine.expect(PROMPT, 120)
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
        # Ten seconds of the machine's time, in which it would fire five times.
        machine.command("spin 4")
        while float(re.search(r"(\d+)", machine.command("uptime"))[1]) < 12:
            pass
        machine.command("spin 0")
        check(machine.command("watchdog off") == "off\n", "it is not off")


@test("LCK08", "a release image reports a spin lock that nobody gives back, where it would wait for ever")
def lost_lock(bench):
    elf = bench.built("kernel8.elf")
    listed = subprocess.run(["aarch64-linux-gnu-nm", "-SC", elf], check=True, capture_output=True, text=True).stdout
    (begin, size), = (line.split()[:2] for line in listed.splitlines() if line.endswith(" quartet::kernel::cores"))
    serving = 64                # CORE_LOCK_SERVING
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        debugger = machine.gdb()
        debugger.ask("qSupported:multiprocess+;vContSupported+")
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
        found = re.findall(r"^cpu(\d): masked \d+ us at 0x[0-9a-f]{16} \S.* handler \d+ us at 0x[0-9a-f]{16} \S.*$", said, re.M)
        check(found and found[0] == "0", f"{said!r}")
        machine.command("spin 4")
        machine.command("spin 0")
        log = machine.command("dmesg")
        warned = re.findall(r"cpu(\d): no interrupt was taken for \d+ us, until 0x[0-9a-f]+", log)
        check(warned and len(warned) == len(set(warned)), f"warned of {warned}")
        check(machine.command("irqs -l 0") and machine.command("irqs -l x").startswith("error: "), "limits are not checked")
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        check(machine.command("irqs -l").startswith("error: this image was built without"), "a release image measures")
