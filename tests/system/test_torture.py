# SPDX-License-Identifier: MIT
"""torture.img: the load that checks itself, the failures that can be caused from inside, and those that come from outside
through QEMU's debugger and qtest ports. What has to be the same in every run has counted time, and gets its seed and its
failures from /chosen/bootargs, because what is typed arrives at the host's time."""

import os
import random
import re
import subprocess
import time

from qemu import COUNTED, check
from report import STAMP
from suite import test
from test_interrupts import Wires, spurious

IMAGE = "torture.img"
END = r"torture: (\d+) operations, (\d+) errors, seed (\d+)\n"
KINDS = "spawn exit terminate suspend migrate lock queue allocate make sleep timer interrupt call".split()
LOAD_SECONDS = 240      # the host's, for one load: hangs are found by it and nothing else
AFTERMATH = 2.5         # what was late because of a failure may be late for 2 s after it
MINUTES = int(os.environ.get("QUARTET_MINUTES", "0"))


def machine_of(bench, bootargs=None, preset="release", **options):
    return bench.machine(bench.built(IMAGE, preset), tree=bench.built("quartet.dtb", preset), bootargs=bootargs, **options)


def values_of(text):
    """The numbers that a load said, by their words; its errors are this test's."""
    wrong = re.findall(r"torture: error: [^\n]*", text)
    found = re.search(END, text)
    check(found, f"the load did not end: {text[-300:]!r}")
    check(not wrong and found[2] == "0", f"{found[2]} errors: {wrong[:3]}")
    values = {key: int(value) for key, value in re.findall(r"([a-z-]+)=(\d+)", text)}
    values["operations"], values["seed"] = int(found[1]), int(found[3])
    return values


def said_aside(machine, number, seconds=LOAD_SECONDS):
    """What the `number`th load of this machine said, once it has ended: behind a prompt the log waits, so dmesg is asked."""
    limit = time.monotonic() + seconds
    while True:
        loads = machine.command("dmesg").split("torture: begins")
        if len(loads) > number and re.search(END, loads[number]):
            return values_of(loads[number])
        check(time.monotonic() < limit, f"the load did not end: {loads[-1][-300:]!r}")
        time.sleep(0.3)


def loads_until(machine, seed, enough, first=None):
    """Loads of a second, one after another, until `enough` of the sums of what they said; `first` is of one that was before them."""
    limit = time.monotonic() + LOAD_SECONDS
    sums = dict(first or {})
    while not (sums and enough(sums)):
        check(time.monotonic() < limit, f"not enough after {LOAD_SECONDS} s: {sums}")
        for name, value in values_of(machine.command(f"torture 1 {seed}", LOAD_SECONDS)).items():
            sums[name] = sums.get(name, 0) + value
        seed += 1
    return sums


def counted_load(bench, bootargs, preset="release"):
    """A load under counted time: all it said, with its time stamps, and the values in it."""
    with machine_of(bench, bootargs, preset, arguments=COUNTED) as machine:
        report = machine.boot(LOAD_SECONDS)
        check("advice: bootargs" not in report, f"the image does not know its own words: {report[:1500]!r}")
        return [line for line in report.splitlines() if "] torture:" in line], values_of(report)


def of_both(ident, states):
    """A test of the release image, and in the long tier of the debug image too: `body(bench, preset)`."""
    def register(body):
        for preset in ("release", "debug"):
            test(ident, f"{states} [{preset}]", long=preset == "debug")(lambda bench, preset=preset: body(bench, preset))
        return body
    return register


@of_both("TOR01", "with one seed the same operations at the same times, failures included; with another one others (counted)")
def repeatable(bench, preset):
    asked = "seed={} load=1 inject=alloc,1/50;ipi,drop,1/200"
    lines, values = counted_load(bench, asked.format(7), preset)
    check(counted_load(bench, asked.format(7), preset)[0] == lines, f"a second run differs from {lines}")
    check(values["seed"] == 7 and values["failed-allocations"] > 0 and values["dropped-requests"] > 0, f"{values}")
    check(all(values[kind] > 0 for kind in KINDS), f"a kind of operation never came: {values}")
    other, _ = counted_load(bench, asked.format(8), preset)
    check([line.replace("seed 8", "seed 7") for line in other] != lines, "another seed does the same")


def goes_on_well(machine, seed, first=None):
    """Every kind of operation comes, however slow the computer is, and nothing fails that nobody asked for."""
    expect_nothing_caused(loads_until(machine, seed, every_kind, first))


NOTHING = {"refused": 0, "failed-allocations": 0, "late": 0, "dropped-requests": 0}


def every_kind(values):
    return all(values[kind] > 0 for kind in KINDS)


def expect_nothing_caused(values):
    check(every_kind(values), f"a kind of operation never came: {values}")
    check({name: values[name] for name in NOTHING} == NOTHING, f"something failed that nobody asked for: {values}")


def load(preset, seconds, seed, long=False):
    @test("TOR02", f"{seconds} s of every operation on four cores find nothing wrong [{preset}, seed {seed}]", long=long)
    def finds_nothing(bench):
        whole = 60 * MINUTES if long and MINUTES else seconds
        with machine_of(bench, preset=preset) as machine:
            machine.boot()
            values = values_of(machine.command(f"torture {whole} {seed}", LOAD_SECONDS + 2 * whole))
            goes_on_well(machine, seed + 1000, values)
        if long and MINUTES:
            print(f"TOR02 load: {whole} seconds, {values['operations']} operations [{preset}, seed {seed}]", flush=True)


load("release", 2, 1)
load("debug", 2, 2)
for each in range(6):
    load("debug" if each % 2 else "release", 60, 100 + each, long=True)


@of_both("TOR03", "one allocation in 50 fails, or one alone: who asked is told, each once, and nothing else goes wrong (counted)")
def allocations_fail(bench, preset):
    for asked, least in (("alloc,1/50", 10), ("alloc,40", 1)):
        _, values = counted_load(bench, f"seed=3 load=1 inject={asked}", preset)
        check(values["refused"] >= least, f"{asked}: nobody was refused: {values}")
        check(values["failed-allocations"] == values["refused"], f"{asked}: failed and told differ: {values}")
    check(values["refused"] == 1, f"one was asked for: {values}")


@test("TOR03", "allocations fail as long as the prompt says so, and no longer")
def allocations_fail_by_word(bench):
    with machine_of(bench) as machine:
        machine.boot()
        check(machine.command("inject alloc 1/50") == "", "refused")
        values = loads_until(machine, 4, lambda sums: sums["refused"] > 0)
        check(values["refused"] <= values["failed-allocations"], f"more were told than refused: {values}")
        check(machine.command("inject off") == "", "refused")
        goes_on_well(machine, 4)


@of_both("TOR04", "requests to other cores are forgotten: late, not lost, and calls that wait say that the core did not come (counted)")
def requests_forgotten(bench, preset):
    for asked, least in (("ipi,drop,1/5", 100), ("ipi,drop", 500)):
        _, values = counted_load(bench, f"seed=4 load=1 inject={asked}", preset)
        check(values["dropped-requests"] > least, f"{asked}: hardly one was forgotten: {values}")
        check(values["late"] > 0 and values["refused"] == 0, f"{asked}: no call said so: {values}")
        check(all(values[kind] > 0 for kind in KINDS), f"{asked}: a kind of operation never came: {values}")


@test("TOR04", "requests are forgotten as long as the prompt says so: it answers all the while, and none is missing afterwards")
def requests_forgotten_by_word(bench):
    with machine_of(bench) as machine:
        machine.boot()
        check(machine.command("inject ipi drop") == "", "refused")
        loads_until(machine, 4, lambda sums: sums["dropped-requests"] > 100)
        check(len(machine.command("cpus").splitlines()) == 4, "cpus does not answer")
        check(machine.command("inject off") == "", "refused")
        time.sleep(AFTERMATH)
        goes_on_well(machine, 4)


def on_core(machine, core):
    """Who is running on a core, by `threads`."""
    rows = [line.split() for line in machine.command("threads").splitlines()[1:]]
    return [row[1] for row in rows if row[3] == "running" and row[4] == str(core)]


@test("TOR05", "a core stands still with interrupts masked: the prompt and the others go on, and so does it when it may")
def core_stands_still(bench):
    with machine_of(bench) as machine:
        machine.boot()
        limit = time.monotonic() + LOAD_SECONDS
        operations = late = loads = 0
        while operations <= 500 or late == 0:
            check(time.monotonic() < limit, f"the others did not go on, or waited for it: {operations} operations, late={late}")
            check(machine.command("inject core 2 stall") == "", "refused")
            check(machine.command("inject core 2 stall").startswith("error: "), "twice at once")
            machine.command("torture 600 5 &")
            check("core 2 stands still" in machine.command("inject"), "it does not stand still")
            # Told to, it does so when the host has let that core run.
            while on_core(machine, 2) != ["stall"]:
                check(time.monotonic() < limit, "core 2 does not come to stand still")
            for _ in range(5):
                there = on_core(machine, 2)
                check(there == ["stall"], f"core 2 runs {there}")
                time.sleep(0.2)
            check(len(machine.command("cpus").splitlines()) == 4, "cpus does not answer")
            machine.command("torture stop")
            loads += 1
            values = said_aside(machine, loads)
            operations, late = operations + values["operations"], late + values["late"]
            check("stands still" not in machine.command("inject"), "it stands still after the load's end")
        time.sleep(AFTERMATH)
        goes_on_well(machine, 6)


@of_both("TOR05", "a core that stands still for 200 ms of a load is waited for, and one that does until the load's end is not (counted)")
def core_stands_still_at_boot(bench, preset):
    for asked in ("core,2,stall,200", "core,0,stall;core,3,stall"):
        _, values = counted_load(bench, f"seed=5 load=1 inject={asked}", preset)
        check(values["operations"] > 500 and values["late"] > 0, f"{asked}: {values}")


BOUNDED = 90            # the host's seconds, for a load of two or one that is stopped


@test("TOR05", "each core stands still in the midst of a load, and then all at once: the load ends at its time")
def any_core_stands_still(bench):
    with machine_of(bench) as machine:
        machine.boot()
        for number, cores in enumerate(((0,), (1,), (2,), (3,), (1, 2, 3, 0)), 1):
            machine.command(f"torture 2 {20 + number} &")
            for core in cores:
                # No prompt is awaited: the core may be the one that would print it.
                machine.send(f"inject core {core} stall\r")
                time.sleep(0.1)
            machine.expect(rf"inject core {cores[-1]} stall\n", BOUNDED)
            machine.boot(BOUNDED)
            values = said_aside(machine, number, BOUNDED)
            check(values["operations"] > 50, f"{cores}: {values}")
            check("stands still" not in machine.command("inject"), f"{cores}: one stands still after the load's end")
            time.sleep(AFTERMATH)


@test("TOR05", "`torture stop` ends a load in which the conductor's core stands still")
def stopped_while_one_stands_still(bench):
    with machine_of(bench) as machine:
        machine.boot()
        machine.command("torture 600 26 &")
        for core in (1, 2, 3):
            machine.command(f"inject core {core} stall")
        machine.command("torture stop")
        said_aside(machine, 1, BOUNDED)
        check("stands still" not in machine.command("inject"), "one stands still after the load's end")


def expect_storm_masked(said):
    check(re.search(r"irq \d+ torture-storm: does not stop, masked \(0 more not shown\)\n", said), f"not said: {said!r}")


@test("TOR06", "an interrupt line that nobody lowers is masked and named, and the load goes on")
def line_storms(bench):
    with machine_of(bench) as machine:
        machine.boot()
        machine.command("torture 3 6 &")
        machine.command("inject irq storm")
        limit = time.monotonic() + 60
        while not re.search(r"irq \d+ storms, masked", machine.command("inject")):
            check(time.monotonic() < limit, "it is not masked")
            time.sleep(0.1)
        aside = said_aside(machine, 1)
        expect_storm_masked(machine.command("dmesg"))
        goes_on_well(machine, 7, aside)
        machine.command("inject off")
        check("storms" not in machine.command("inject"), "it storms still")


def answer(machine, line):
    """What the command says; what is logged meanwhile may stand in it."""
    return "".join(said for said in machine.command(line).splitlines(keepends=True) if not STAMP.match(said))


def storm_counts(machine):
    """How often the storm's line came on each core since the start, by `irqs`."""
    rows = [line.split() for line in answer(machine, "irqs").splitlines() if "torture-storm" in line]
    return [int(word) for word in rows[0][-4:]] if rows else [0] * 4


@test("TOR06", "such a line on each core in turn: it is masked there, and the load goes on on all four")
def line_storms_on_each_core(bench):
    with machine_of(bench) as machine:
        machine.boot()
        machine.command("torture 60 7 &")
        before = [0] * 4
        for core in range(4):
            said = answer(machine, f"inject irq storm {core}")
            check(said == "", f"core {core}: {said!r}")
            limit = time.monotonic() + 60
            while not re.search(r"irq \d+ storms, masked", machine.command("inject")):
                check(time.monotonic() < limit, f"core {core}: it is not masked")
                time.sleep(0.1)
            after = storm_counts(machine)
            came = [now - once for now, once in zip(after, before)]
            check(came[core] > 1000 and sum(came) == came[core], f"core {core}: handled elsewhere: {came}")
            before = after
        machine.command("torture stop")
        expect_nothing_caused(said_aside(machine, 1))
        check(answer(machine, "inject off") == "" and "storms" not in machine.command("inject"), "it storms still")


@of_both("TOR06", "the same from /chosen/bootargs (counted)")
def line_storms_at_boot(bench, preset):
    with machine_of(bench, "seed=6 load=1 inject=irq,storm", preset, arguments=COUNTED) as machine:
        report = machine.boot(LOAD_SECONDS)
        expect_nothing_caused(values_of(report))
        expect_storm_masked(report)


# A function whose call of what allocates is its last act, and so a jump: its place in the code is behind the call of it, through
# a pointer, in the other one.
JUMPS = {"quartet::boot::table_from_frames()": "quartet::mm::(anonymous namespace)::next_table("}


def allocating_calls(bench, preset):
    """Where this image calls what allocates: return address -> the function around it; and the calls that do not go by way of
    the fault points, as (the function around it, the one called)."""
    listed = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", "-C", bench.built("torture.elf", preset)],
                            check=True, capture_output=True, text=True).stdout.splitlines()
    wrapped = re.findall(r"^[0-9a-f]+ <__wrap_((?!.*ipi4send).*)>:$", "\n".join(listed), re.MULTILINE)
    real = set(subprocess.run(["aarch64-linux-gnu-c++filt", *wrapped], check=True, capture_output=True, text=True).stdout.splitlines())
    check(len(real) >= 3, f"the fault points are {real}")
    found, straight, around, jumping, behind = {}, set(), "", set(), {}
    for line in listed:
        if match := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            around = match[1]
        elif match := re.match(r"\s*([0-9a-f]+):\s+blr\s", line):
            behind[int(match[1], 16) + 4] = around
        elif match := re.match(r"\s*([0-9a-f]+):\s+(bl?)\s+[0-9a-f]+ <([^+]*)>$", line):
            if match[3].startswith("__wrap_") and "ipi4send" not in match[3]:
                check(match[2] == "bl" or around in JUMPS, f"a call in {around} leaves no return address")
                if match[2] == "bl":
                    found[int(match[1], 16) + 4] = around
                else:
                    jumping.add(around)
            elif match[3] in real and not around.startswith("__wrap_"):
                straight.add((around, match[3]))
    for name in jumping:
        places = [address for address, caller in behind.items() if caller.startswith(JUMPS[name])]
        check(places, f"nobody calls {name} through a pointer")
        found.update(dict.fromkeys(places, JUMPS[name]))
    return found, straight


# Places that no load passes: the function around them, and why.
NOT_PASSED = {
    r"operator new.*long\)$": "the language's plain form, for applications, ends in a named stop (SLB07)",
    r"quartet::debug::": "the kinds of fault that `crash` causes",
    r"quartet::shell::top\(": "of two places the one for more rows than there are threads; the other one is failed below",
}


@test("TOR07", "each place in the image that allocates is failed once, and whoever asked there is told")
def every_site(bench):
    places, straight = allocating_calls(bench, "release")
    check(len(places) > 10, f"only {len(places)} places allocate")
    # A call inside the file that defines the function is failed where that function itself asks.
    calls = {around for around in places.values()}
    check(straight <= {(caller, called) for caller, called in straight if called in calls}, f"cannot fail: {straight}")
    with machine_of(bench, "seed=9 load=1 inject=alloc,sites", arguments=COUNTED) as machine:
        values = values_of(machine.boot(LOAD_SECONDS))
        check(values["refused"] == values["failed-allocations"] > 10, f"failed and told differ: {values}")
        said = machine.command("torture memory 1", LOAD_SECONDS)
        check(said == "torture: memory ran out 1 times, 0 errors\n", said)
        # It is refused the memory for its own test.
        said = machine.command("torture tables", LOAD_SECONDS)
        check(said == "torture: each of 0 tables failed once, 0 errors\n", said)
        for command in ("trace start", "trace start", "top 1"):
            said = machine.command(command, LOAD_SECONDS)
            check(said.startswith("error: out of memory"), f"{command} without memory said: {said}")
        passed = {int(address, 16): int(failed) for address, failed in
                  re.findall(r"site (0x[0-9a-f]+) passed=\d+ failed=(\d+)", machine.command("inject"))}
        check(all(failed == 1 for failed in passed.values()), f"failed otherwise than once: {passed}")
    missed = sorted({around for address, around in places.items() if address not in passed
                     and not any(re.match(name, around) for name in NOT_PASSED)})
    check(not missed, f"never failed: {missed}")


def memory_runs_out(preset, rounds, long=False):
    @test("BUD06", f"memory runs out {rounds} times: all are told, what needs none goes on, nothing is lost [{preset}]", long=long)
    def all_are_told(bench):
        with machine_of(bench, preset=preset) as machine:
            machine.boot()
            said = machine.command(f"torture memory {rounds}", LOAD_SECONDS)
            check(said == f"torture: memory ran out {rounds} times, 0 errors\n", said)
            goes_on_well(machine, 10)


memory_runs_out("release", 100)
memory_runs_out("debug", 3, long=True)


@of_both("BUD06", "one of each operation, with its first allocation failed, then its second, up to its last: one is told, nothing is lost")
def each_allocation(bench, preset):
    with machine_of(bench, preset=preset, arguments=COUNTED) as machine:
        machine.boot()
        said = machine.command("torture each", LOAD_SECONDS)
        failed = re.fullmatch(r"torture: each of (\d+) allocations failed once, 0 errors\n", said)
        check(failed and int(failed[1]) > 50, said)


@of_both("BUD06", "a mapping over two tables, each of which is refused in turn: nothing stays of it, and with memory it is made")
def each_table(bench, preset):
    with machine_of(bench, preset=preset, arguments=COUNTED) as machine:
        machine.boot()
        for _ in range(2):
            said = machine.command("torture tables", LOAD_SECONDS)
            check(said == "torture: each of 3 tables failed once, 0 errors\n", said)


@test("TOR08", "what an image cannot inject it refuses, and names the one that can")
def refused_elsewhere(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), bootargs="seed=1 load=5 inject=irq,storm") as machine:
        report = machine.boot()
        check(re.search(r"advice: bootargs: .*torture\.img\n", report), f"no advice: {report[-300:]!r}")
        for line in ("inject alloc 1/50", "inject", "torture 5"):
            check(machine.command(line) == "error: not in this image; torture.img has it\n", f"{line} is not refused")


@test("TOR08", "words that cause nothing are refused with the usage")
def words_refused(bench):
    with machine_of(bench, "inject=nonsense;alloc,0;" + "x" * 65) as machine:
        machine.boot()
        check("error: cannot inject '" + "x" * 64 + "' and what follows it: longer than 64 bytes\n" in machine.command("dmesg"), "too long")
        check(len(re.findall(r"error: cannot inject '[^\n]*; usage: inject ", machine.command("dmesg"))) == 2, "bootargs")
        for words in ("alloc", "alloc 1/0", "alloc 0", "alloc x", "ipi", "ipi drop 2/3", "core 1 stall x",
                      "core 1 stall 1000000001", "core 1 stall 18446744073709551615", "irq", "irq storm x",
                      "irq storm 1 1", "off now", "alloc 1/50 1/50"):
            said = machine.command(f"inject {words}")
            check(said.startswith(f"error: cannot inject '{words}'; usage: inject "), f"{words}: {said!r}")
        for words in ("core 4 stall", "core 9 stall 5", "irq storm 4"):
            check(machine.command(f"inject {words}").startswith("error: no such core"), words)
        for words in ("x", "1 x", "1 2 3", "memory x", "stop now"):
            check(machine.command(f"torture {words}").startswith("error: no such torture; usage: "), f"torture {words}")


# ---- from outside

@test("IRQ01", "spurious interrupts on each core while the load runs: counted, and nothing is wrong at its end")
def spurious_storm(bench):
    wires = Wires(bench)
    with machine_of(bench, arguments=wires.arguments) as machine:
        wires.connect()
        machine.boot()
        machine.command("torture 5 11 &")
        for core in (0, 1, 2, 3, 1, 3):
            wires.irq(core, 1)
            time.sleep(0.05)
            wires.irq(core, 0)
        said_aside(machine, 1)
        # A core whose host had no time for it took none in that moment.
        limit = time.monotonic() + 60
        while missing := [core for core, count in enumerate(spurious(machine).values()) if count == 0]:
            check(time.monotonic() < limit, f"none on {missing}")
            for core in missing:
                wires.irq(core, 1)
                time.sleep(0.05)
                wires.irq(core, 0)
    wires.close()


def symbol(bench, name):
    """Where a variable of torture.elf lies, and its size."""
    listed = subprocess.run(["aarch64-linux-gnu-nm", "-S", "-C", bench.built("torture.elf")], check=True, capture_output=True, text=True)
    for line in listed.stdout.splitlines():
        begin, _, rest = line.partition(" ")
        size, _, rest = rest.partition(" ")
        if rest[2:] == name:
            return int(begin, 16), int(size, 16)
    raise KeyError(name)


def flip(debugger, address, bit):
    byte, = debugger.memory(address, 1)
    debugger.set_memory(address, bytes([byte ^ 1 << bit]))


def loaded_machine(bench, seconds, seed, arguments=()):
    """A machine at its load, stopped by the debugger some way into it; the machine and the debugger. It stops where the first worker
    comes to the load's rarest operation: a place and not a time. (After a stop QEMU may take up another core than it left, counted or not:
    up to there runs are the same, from there what comes of it is.)"""
    machine = machine_of(bench, f"seed={seed} load={seconds}", stopped=True, arguments=arguments)
    debugger = machine.gdb()
    debugger.ask("qSupported:multiprocess+;vContSupported+")
    place, _ = symbol(bench, "quartet::torture::terminate_waiter(quartet::torture::Worker&)")
    debugger.run_to(place)
    return machine, debugger


LAST = (1 << 64) - 1

# What a flipped bit may come to; the first that is found in the text counts.
OUTCOMES = (("reported", r"\nend of report\n"), ("seen by the load", r"torture: error: "), ("harmless", END))


def outcome_of(machine, seconds):
    """What it came to, and the first line that says so."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        text = machine.port.text()
        for name, pattern in OUTCOMES:
            if re.search(pattern, text):
                said = re.search(r"\n(fault: [^\n]*|[^\n]*torture: error: [^\n]*)", text)
                return name, said[1] if said else ""
        time.sleep(0.1)
    return "silent", machine.port.text()[-300:]


def flipped(name, allowed, where, bit, long=False, again=False):
    """`where`: the byte of it, or as a part of its size. `again`: in a second machine it comes to the same."""
    @test("TOR09", f"bit {bit} at {where} of {name} flips under load: {' or '.join(allowed)}{', and so in each run' if again else ''} (counted)", long=long)
    def comes_out(bench):
        begin, size = symbol(bench, name)
        offset = where if isinstance(where, int) else int(where * size)
        outcomes = []
        for _ in range(2 if again else 1):
            machine, debugger = loaded_machine(bench, 2, 12, COUNTED)
            with machine:
                flip(debugger, begin + offset, bit)
                debugger.go()
                outcomes.append(outcome_of(machine, LOAD_SECONDS))
        outcome, said = outcomes[0]
        print(f"TOR09 bit {bit} of byte {offset} of {name}, load of seed 12: {outcome}: {said}", flush=True)
        check(outcome in allowed, f"byte {offset} of {size}: {outcome}; {said!r}")
        check(outcomes[-1] == outcomes[0], f"another run came to {outcomes[-1]} and not {outcomes[0]}")


def mixed(word):
    """As in apps/torture/random.hpp."""
    word = (word + 0x9e3779b97f4a7c15) & LAST
    word = ((word ^ word >> 30) * 0xbf58476d1ce4e5b9) & LAST
    word = ((word ^ word >> 27) * 0x94d049bb133111eb) & LAST
    return word ^ word >> 31


@test("TOR09", "a bit of the load's own records flips: whoever locks one of them next sees it")
def record_flips(bench):
    begin, size = symbol(bench, "quartet::torture::(anonymous namespace)::room")
    machine, debugger = loaded_machine(bench, 60, 12, COUNTED)
    with machine:
        data = debugger.memory(begin, size)
        words = [int.from_bytes(data[at:at + 8], "little") for at in range(0, size, 8)]
        # A record whose parts belong together, which nobody is at: the number of its changes, and behind it the check.
        records = [begin + 8 * n for n in range(len(words) - 1) if words[n + 1] == mixed(words[n])]
        check(1 <= len(records) <= 4, f"{len(records)} records are whole")
        for address in records:
            flip(debugger, address, 5)
        debugger.go()
        machine.expect(r"torture: error: lock: not so: the parts of a record belong together\n", LOAD_SECONDS)


# The table of interrupts, at the handler of the virtual timer.
flipped("quartet_irq_table", ("reported",), 27 * 16 + 5, 3, again=True)
KERNEL_DATA = ("quartet::kernel::cores", "quartet::mm::kernel_heap", "quartet::mm::kernel_frames", "quartet_irq_table",
               "quartet::kernel::irq::irq_lines")
FLIPS_SEED = 20261      # each flip's own words are in its name; any of them comes to the same in each run
seeded = random.Random(FLIPS_SEED)
for each in range(40):
    flipped(seeded.choice(KERNEL_DATA), ("reported", "seen by the load", "harmless"), seeded.random(), seeded.randrange(8), long=True, again=each == 0)


@test("SMP01", "the debugger holds one core back under load: the others go on, and all is well when it may go again")
def held_core(bench):
    machine, debugger = loaded_machine(bench, 4, 13)
    with machine:
        debugger.send("vCont;" + ";".join(f"c:p1.{core + 1}" for core in range(4) if core != 3))
        time.sleep(1)
        debugger.stop()
        debugger.go()
        goes_on_well(machine, 13, values_of(machine.boot(LOAD_SECONDS)))
