# SPDX-License-Identifier: MIT
"""Cores that arrive late, in any order, or never. QEMU's debugger port holds them back: it lets chosen cores run."""

import random
import re
import time

from qemu import BOOT_SECONDS, COUNTED, check
from report import FOUR_ONLINE, Report, report_of
from suite import test

SEED = 20240301
COUNTED_CORES = "_ZN7quartet4boot18cores_were_countedEj"
IDLE_LOOP = "_ZN7quartet6kernel12_GLOBAL__N_19idle_loopERNS0_4CoreE"
PATIENCE = 1.0                  # how long the kernel waits for a core, in its own time


def thread(core):
    return f"p1.{core + 1:x}"


def let_run(debugger, cores):
    """Only these cores run; nothing is awaited."""
    debugger.send("vCont;" + ";".join(f"c:{thread(core)}" for core in cores))


def stalled(bench, kernel, core, seconds):
    """A machine of which one core stands still for so long from reset on; at its prompt, with the report."""
    machine = bench.machine(kernel, tree=bench.built("quartet.dtb"), stopped=True)
    try:
        debugger = machine.gdb()
        debugger.ask("qSupported:multiprocess+;vContSupported+")
        let_run(debugger, [each for each in range(4) if each != core])
        time.sleep(seconds)
        debugger.stop()
        debugger.go()
        return machine, Report(machine.boot(BOOT_SECONDS))
    except BaseException:
        machine.close()
        raise


def all_online(machine):
    """All four cores, the late one perhaps a moment later."""
    limit = time.monotonic() + 10
    while True:
        lines = machine.command("cpus").splitlines()
        if [line.split()[:2] for line in lines] == [[str(n), "online"] for n in range(4)]:
            return True
        if time.monotonic() > limit:
            return False
        time.sleep(0.1)


def said_later(machine, core):
    """The log has it that the core was missing, and after that, perhaps a moment later, that it is online."""
    limit = time.monotonic() + 10
    while not re.search(rf"cpu{core}: missing\n.*cpu{core}: online\n", machine.command("dmesg"), re.DOTALL):
        if time.monotonic() > limit:
            return False
        time.sleep(0.1)
    return True


def late(kernel, core, seconds, words, long=False):
    @test("SMP01", f"{words}: core {core} stands still for {seconds:.2f} s from reset on, and all four run at the end",
          long=long)
    def boots(bench):
        machine, report = stalled(bench, bench.built(kernel), core, seconds)
        with machine:
            fate = report.cores()
            check(set(fate) == {0, 1, 2, 3}, f"not four cores in the report: {report.lines}")
            check(all(fate[each] == "online" for each in fate if each != core), f"cores: {fate}")
            check(all_online(machine), f"not all cores are online: {machine.command('cpus')!r}")
            check(fate[core] == "online" or said_later(machine, core), f"nothing says that core {core} came")


chooser = random.Random(SEED)
for each in range(4):
    late("kernel8.elf", each, chooser.uniform(0, 0.8), "four cores arrive at once")
    if each > 0:                # the firmware's spin table lets core 0 in first
        late("kernel8.img", each, chooser.uniform(0, 0.8), "the others wait in the spin table")
late("kernel8.img", 2, 3.0, "later than the kernel waits")
for _ in range(40):
    late(chooser.choice(("kernel8.elf", "kernel8.img")), chooser.randrange(1, 4), chooser.uniform(0, 5),
         "at random", long=True)


@test("TMR03", "the sleeps of the self-tests are on time where time is counted")
def counted_sleeps(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
        machine.boot()
        said = machine.command("selftest TMR03", 120)
        check(said.endswith("\nselftest: 2 passed, 0 failed, 0 skipped\n"), f"selftest TMR03: {said!r}")


@test("SEM02", "a wait costs the same whoever waits already, where time is counted")
def counted_waits(bench):
    with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb", "debug"), arguments=COUNTED) as machine:
        machine.boot()
        said = machine.command("selftest SEM02", 120)
        check(said.endswith("\nselftest: 2 passed, 0 failed, 0 skipped\n"), f"selftest SEM02: {said!r}")


@test("TMR05", "every self-test of timers holds where time is counted, those of cost and lateness among them")
def counted_timers(bench):
    with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb", "debug"),
                       arguments=COUNTED) as machine:
        machine.boot()
        said = machine.command("selftest TMR", 300)
        check(re.search(r"\nselftest: \d+ passed, 0 failed, 0 skipped\n$", said), f"selftest TMR: {said!r}")


def counted(ident, states, preset="release", image="selftest.img"):
    @test(ident, f"{states} (counted)")
    def judges(bench):
        with bench.machine(bench.built(image, preset), tree=bench.built("quartet.dtb", preset), arguments=COUNTED) as machine:
            machine.boot()
            said = machine.command(f"selftest {ident}", 300)
            check(re.search(r"\nselftest: [1-9]\d* passed, 0 failed, 0 skipped\n\Z", said), f"selftest {ident}: {said!r}")


counted("SCH02", "the shares of equals, and the slice after a yield, by run time")
counted("SCH03", "a sleeper with another priority wakes on time")
counted("SMP02", "the four highest run again within an eighth of a tick of each change")
counted("SMP03", "a thread that must leave its core has left it within a tick")
counted("SMP04", "each waiter runs within two ticks of its post, whatever it waits for")
counted("CND03", "a wait with a time limit is late by no more than a tick, and both ends of the race come")


@test("SMP01", "a core that comes while the report still says that it is missing: said to be online afterwards")
def comes_after_it_was_called_missing(bench):
    counted, idle = bench.addresses(COUNTED_CORES, IDLE_LOOP)
    with bench.machine(tree=bench.built("quartet.dtb"), stopped=True) as machine:
        debugger = machine.gdb()
        debugger.ask("qSupported:multiprocess+;vContSupported+")
        debugger.run_to(counted, [thread(each) for each in (0, 1, 3)])
        debugger.run_to(idle, [thread(each) for each in (1, 2, 3)])     # core 0 stands still at that place
        debugger.go()
        machine.boot(BOOT_SECONDS)
        check(said_later(machine, 2), f"not said: {machine.command('dmesg')!r}")
        check(all_online(machine), f"not all cores are online: {machine.command('cpus')!r}")


def never_come(missing, words):
    @test("SMP08", f"{words}: reported with advice, and the boot goes on after a second (counted)")
    def boots(bench):
        # Their release addresses are plain RAM that nobody waits on.
        tree = bench.edited_tree(bench.built("quartet.dtb"), *[
            ("set", f"/cpus/cpu@{core}", "cpu-release-addr", "x", "0", f"{0xf00 + 8 * core:x}") for core in missing])
        with bench.machine(tree=tree, arguments=COUNTED) as machine:
            report = report_of(machine)
            fate = {**FOUR_ONLINE, **{core: "missing" for core in missing}}
            check(report.cores() == fate, f"cores: {report.cores()}")
            for core in range(4):
                advised = any(f"cpu{core}" in advice for advice in report.advice())
                check(advised == (core in missing), f"advice about cpu{core}: {report.advice()}")
            listed = [line.split()[:2] for line in machine.command("cpus").splitlines()]
            check(listed == [[str(core), fate[core]] for core in range(4)], f"cpus: {listed}")
            stamps = {words: float(stamp) for stamp, words in
                      re.findall(r"^\[(\d+\.\d+)\] (cpu\d: \w+)$", machine.port.text(), re.MULTILINE)}
            # However many they are: a second in all.
            waited = max(stamps[f"cpu{core}: missing"] for core in missing) - stamps["cpu0: online"]
            check(waited <= PATIENCE * 1.05, f"the boot waited {waited:.3f} s for them")
            # Those that came run threads, and time goes on.
            said = machine.command("selftest TMR03", 120)
            check(said.endswith("\nselftest: 2 passed, 0 failed, 0 skipped\n"), f"selftest TMR03: {said!r}")


never_come((1,), "core 1 never comes")
never_come((2,), "core 2 never comes")
never_come((3,), "core 3 never comes")
never_come((1, 3), "two cores, 1 and 3, never come")
never_come((1, 2, 3), "none of the cores 1 to 3 ever comes")
