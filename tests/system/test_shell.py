# SPDX-License-Identifier: MIT
"""The shell's commands, each with good and with bad arguments."""

import re

from qemu import COUNTED, check
from report import report_of
from suite import test


def shell(ident, states, **options):
    """A test that gets a machine at its prompt, with our tree."""
    def register(body):
        def boots(bench):
            with bench.machine(tree=bench.built("quartet.dtb")) as machine:
                machine.boot()
                body(machine)
        test(ident, states, **options)(boots)
        return body
    return register


def refused(machine, line):
    """The command answers with one line `error: WHAT`, and the shell goes on."""
    answer = machine.command(line)
    check(re.fullmatch(r"error: .+\n", answer), f"'{line}' should be refused in one line, it says {answer!r}")
    return answer


def refused_with_usage(machine, line):
    answer = refused(machine, line)
    check("; usage: " in answer, f"'{line}' is refused without its usage: {answer!r}")


MINIMUM = ("help version cpus threads mem slabs irqs dt dmesg uptime echo peek poke spin bench selftest "
           "reboot poweroff").split()


@shell("SHL01", "help names every command")
def help_names_all(machine):
    words = set(re.findall(r"^\s*(\w+)", machine.command("help"), re.MULTILINE))
    check(set(MINIMUM) <= words, f"help does not name {sorted(set(MINIMUM) - words)}")


@shell("SHL01", "help of one command is its line; of a command that is not there, a refusal")
def help_of_one(machine):
    for name in MINIMUM:
        check(re.fullmatch(rf"{name}\b.*\n", machine.command(f"help {name}")), f"help {name} is not one line of it")
    refused_with_usage(machine, "help no-such-command")


@shell("SHL16", "a command that takes no argument, or fewer, refuses what is too much")
def too_many_arguments(machine):
    for line in ("help a b", "version x", "uptime x", "dmesg x", "cpus x", "threads 1", "irqs x", "dt / x", "mem x",
                 "slabs x", "peek 0x30000000 1 2", "poke 0x30000000 1 32 x", "spin 1 2", "bench a b", "selftest a b",
                 "reboot now", "poweroff now"):
        refused_with_usage(machine, line)
    check(machine.command("echo alive") == "alive\n", "the shell is gone")


@shell("SHL17", "irqs and slabs: a header, and rows without a blank inside a column")
def tables(machine):
    lines = machine.command("irqs").splitlines()
    check(lines[0].split()[:3] == ["ID", "NAME", "STATE"], f"header: {lines[0]!r}")
    rows = {row[1]: row for row in (line.split() for line in lines[1:]) if row[0].isdigit()}
    check(all(len(row) == len(lines[0].split()) for row in rows.values()), f"a row is not as wide as the header: {lines}")
    check(int(rows["timer"][0]) == 27 and "console" in rows, f"no timer or no console among {sorted(rows)}")
    lines = machine.command("slabs").splitlines()
    check(lines[0].split()[:3] == ["NAME", "SIZE", "LIVE"], f"header: {lines[0]!r}")
    check(all(len(line.split()) == len(lines[0].split()) for line in lines), f"slabs: {lines}")


@shell("SHL18", "bench without counted time measures nothing; an unknown figure is refused")
def bench_uncounted(machine):
    uncounted = "bench: not counted (start with run.sh --count)\n"
    check(machine.command("bench") == uncounted, "bench measured although instructions are not counted")
    check(machine.command("bench yield-switch") == uncounted, "the same with a name")
    refused_with_usage(machine, "bench no-such-figure")


@test("SHL18", "bench with counted time: a line a figure, the same figures in a second run")
def bench_counted(bench):
    answers = []
    for _ in range(2):
        with bench.machine(tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
            machine.boot()
            answers.append(machine.command("bench sem-pair"))
    check(re.fullmatch(r"bench sem-pair instructions=\d+\.\d rounds=\d+\n", answers[0]), f"bench says {answers[0]!r}")
    check(answers[0] == answers[1], f"two runs, two figures: {answers}")


@shell("SHL02", "an unknown command is one error line; an empty line is nothing")
def unknown_command(machine):
    refused(machine, "no-such-command")
    refused(machine, "helpp")
    check(machine.command("") == "", "an empty line prints something")
    check(machine.command("   ") == "", "a line of blanks prints something")


@shell("SHL03", "version and uptime")
def version_and_uptime(machine):
    check(re.search(r"quartet \S+", machine.command("version")), "version does not say which")
    first = re.search(r"\d+(\.\d+)?", machine.command("uptime"))
    second = re.search(r"\d+(\.\d+)?", machine.command("uptime"))
    check(first and second, "uptime has no number")
    check(float(first[0]) <= float(second[0]), f"time went back: {first[0]}, {second[0]}")


@shell("SHL04", "cpus: a line a core")
def cpus(machine):
    lines = machine.command("cpus").splitlines()
    check([line.split()[:2] for line in lines] == [[str(n), "online"] for n in range(4)], f"cpus says {lines}")


@shell("SHL05", "threads: the header, and rows without a blank inside a column")
def threads(machine):
    lines = machine.command("threads").splitlines()
    check(lines[0].split() == "ID NAME PRIO STATE CPU RUN_US STACK".split(), f"header: {lines[0]!r}")
    rows = [line.split() for line in lines[1:]]
    check(all(len(row) == 7 for row in rows), f"a row has not seven columns: {lines}")
    check(all(re.fullmatch(r"\d", row[4]) for row in rows), f"CPU is not a bare digit: {lines}")
    check(sum("idle" in row[1] for row in rows) == 4, f"not four idle threads: {lines}")
    check(any(row[3] == "running" for row in rows), f"no thread is running: {lines}")


@shell("SHL06", "mem: the kernel takes at most 4 MiB")
def mem(machine):
    answer = machine.command("mem")
    own = re.search(r"^kernel: (\d+) KiB", answer, re.MULTILINE)
    check(own, f"no line `kernel: N KiB`: {answer!r}")
    check(0 < int(own[1]) <= 4096, f"the kernel takes {own[1]} KiB")


@shell("SHL07", "irqs counts what the console received")
def irqs(machine):
    counts = [int(re.search(r"received=(\d+)", machine.command("irqs"))[1]) for _ in range(2)]
    check(counts[1] >= counts[0] + len("irqs\r"), f"received went from {counts[0]} to {counts[1]} over a typed line")


@shell("SHL08", "dt: the root, a node with its children, and what is not there")
def dt(machine):
    root = machine.command("dt")
    check("compatible" in root and "cpus" in root, f"dt does not show the root: {root[:200]!r}")
    cpus_node = machine.command("dt /cpus")
    check("cpu@0" in cpus_node and "cpu@3" in cpus_node, f"dt /cpus: {cpus_node[:200]!r}")
    refused(machine, "dt /no/such/node")
    refused(machine, "dt cpus/")
    check("stdout-path" in machine.command("dt /chosen"), "dt /chosen has no stdout-path")
    check("serial@" in machine.command("dt serial0"), "dt does not follow an alias")


@shell("SHL09", "dmesg has the boot report")
def dmesg(machine):
    answer = machine.command("dmesg")
    for words in ("entry: EL2", "scheduler: boot -> priority", "cpu3: online"):
        check(words in answer, f"dmesg lacks `{words}`")


@shell("SHL10", "echo prints its words")
def echo(machine):
    check(machine.command("echo one two 3") == "one two 3\n", "echo changed its words")
    check(machine.command("echo") == "\n", "echo of nothing is not an empty line")


@shell("SHL11", "poke writes what peek reads, in each width")
def peek_and_poke(machine):
    free = 0x30000000
    for width, value in ((8, 0xa5), (16, 0xbeef), (32, 0xdeadbeef), (64, 0x0123456789abcdef)):
        machine.command(f"poke {free:#x} 0 64")
        machine.command(f"poke {free:#x} {value:#x} {width}")
        answer = machine.command(f"peek {free:#x} 2")
        low = value & 0xffffffff
        check(f"{low:08x}" in answer.lower(), f"after poke of {value:#x} as {width} bits peek says {answer!r}")


@shell("SHL12", "peek and poke refuse what they cannot reach and what is no number")
def peek_refusals(machine):
    refused(machine, "peek 0xffff000000000000")
    refused(machine, "peek 0x7000000000")
    refused(machine, "poke 0x7000000000 1")
    refused(machine, f"poke {0x200000:#x} 1")                       # the image's text is read-only
    for line in ("peek 0x30000001", "poke 0x30000001 5 16", "poke 0x30000000 0x100 8", "peek 0x30000000 0",
                 "peek 0x30000000 4097"):
        refused_with_usage(machine, line)
    for line in ("peek", "peek x", "peek 0x", "peek 0x1 2 3", "poke", "poke 0x30000000", "poke 0x30000000 1 7",
                 "poke 0x30000000 x", "peek -1", "peek 0x10000000000000000"):
        refused_with_usage(machine, line)


@shell("SHL13", "spin N makes N threads, spin 0 ends them, and the shell answers beside them")
def spin(machine):
    machine.command("spin 8")
    names = [line.split()[1] for line in machine.command("threads").splitlines()[1:]]
    check([f"spin{n}" in names for n in range(8)] == [True] * 8, f"threads: {names}")
    machine.command("spin 0")
    names = [line.split()[1] for line in machine.command("threads").splitlines()[1:]]
    check(not any(name.startswith("spin") for name in names), f"still there after spin 0: {names}")
    machine.command("spin 64")
    check(machine.command("threads").count(" spin") == 64, "not 64 threads")
    machine.command("spin 0")
    for line in ("spin", "spin 65", "spin -1", "spin x", "spin 1 2"):
        refused_with_usage(machine, line)


@shell("SHL15", "selftest with an id that nothing has runs nothing and says so")
def selftest_unknown(machine):
    check(machine.command("selftest XYZ99") == "selftest: 0 passed, 0 failed, 0 skipped\n", "it ran something")


@test("ARG03", "bootargs: run= is run before anything is typed, what is unknown is advised of, the prompt follows")
def first_lines(bench):
    typed = "quartet> echo one two\none two\nquartet> no-such\nerror: unknown command no-such\n"
    with bench.machine(tree=bench.built("quartet.dtb"), bootargs="quiet run=echo_one_two;no-such;echo_end") as machine:
        report = report_of(machine)
        about = [line for line in report.advice() if "bootargs" in line]
        check(len(about) == 1 and "'quiet'" in about[0], f"advice: {report.advice()}")
        machine.expect(r"end\nquartet> $")
        said = machine.port.text()
        check(typed in said, f"the first lines did not run as if they were typed: {said[-300:]!r}")
        check(machine.command("echo alive") == "alive\n", "nothing can be typed after them")
