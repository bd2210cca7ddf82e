# SPDX-License-Identifier: MIT
"""The matrix of faults: each kind that `crash` can cause, on each core, in each context: a whole report of the right form and size, the
panic prompt, `reboot`, and the same fault told by the next run.

A fault ends a run, so `reboot` at `panic> ` begins the next one in the same QEMU: that it works each time, whatever the fault left behind,
is part of what is tested. The plain tier takes each kind once in each build, cores and contexts rotating; --long takes all.
"""

import re

from fault_kinds import BUILDS, CONTEXTS, IRQ, KINDS, THREAD, TIMER, judge
from qemu import check
from report import FaultReport, fault_report, reboot_from_panic
from suite import test

# A core that hangs is found by the others after so many milliseconds: before a wait for its locks ends the run.
HANG = 2000
SHOWN = r"crash record \d+: image ([0-9a-f]{8}), after \d+\.\d{6} s, crash 1 in a row\n"


def rotation(build):
    """The plain tier's cases, (kind, core, context): each kind of the table once, by its place in it; debug is one ahead."""
    turn = BUILDS.index(build)
    kinds = [kind for kind in KINDS if build in kind.builds and kind.contexts]
    return [(kind, (place + place // 4 + turn) % 4, kind.contexts[(place + turn) % len(kind.contexts)])
            for place, kind in enumerate(kinds)]


def everything(build):
    """All kinds x cores x contexts; where a handler may cause it, a timer's callback as well."""
    return [(kind, core, context) for kind in KINDS if build in kind.builds for core in range(4)
            for context in kind.contexts + ((TIMER,) if IRQ in kind.contexts else ())]


def judge_next_run(machine, report, where):
    """What the run after the crash says of it; afterwards it is forgotten."""
    boot = reboot_from_panic(machine)
    told = re.findall(r"^\[\S+\] advice: the last run ended in (.+): crash show tells more$", boot, re.MULTILINE)
    check(told == [f"{report.kind}: {report.words}"[:140]], f"{where}: the next run tells {told}")
    shown = machine.command("crash show")
    head = re.match(SHOWN, shown)
    check(head, f"{where}: crash show: {shown[:200]!r}")
    check(int(head[1], 16) == report.image, f"{where}: the record is of image {head[1]}, the report of {report.image:08x}")
    body = shown[head.end():]
    if report.cut or "(written before the fault:)" in report.text:
        # What the report had no room for is in the record, and nothing of the report is missing there.
        common = report.text.index("lock: ")
        check(body[:common] == report.text[:common] and body.endswith("end of report\n"), f"{where}: another record: {body!r}")
        for line in report.text[common:].splitlines():
            check(line in body or line.startswith(("(cut here", "(written before")), f"{where}: {line!r} is not in the record")
    else:
        check(body == report.text, f"{where}: another record: {body!r}, and the report {report.text!r}")
    check(machine.command("crash clear") == "", f"{where}: crash clear says something")


def go_through(bench, build, cases, hang=5000):
    with bench.machine(bench.built("kernel8.img", build), tree=bench.built("quartet.dtb"), bootargs=f"hang={hang}") as machine:
        machine.boot()
        for kind, core, context in cases:
            where = f"crash {kind.name} core {core} in {context}"
            report = FaultReport(fault_report(machine, where))
            judge(report, kind, core, context, hang)
            judge_next_run(machine, report, where)
        check("3 online" in machine.command("cpus"), "not all cores are back")


def register(behaviour):
    kinds = [kind for kind in KINDS if kind.behaviour == behaviour]
    names = ", ".join(kind.name for kind in kinds)
    hang = HANG if any(kind.elsewhere for kind in kinds) else 5000
    for build in [build for build in BUILDS if any(build in kind.builds for kind in kinds)]:
        def run(bench, cases, build=build):
            go_through(bench, build, [case for case in cases(build) if case[0].behaviour == behaviour], hang)
        test(behaviour, f"crash {names}: report, panic prompt, reboot, crash show [{build}]")(lambda bench, run=run: run(bench, rotation))
        test(behaviour, f"crash {names}: on every core, in every context [{build}]", long=True)(
            lambda bench, run=run: run(bench, everything))


for each in sorted({kind.behaviour for kind in KINDS}):
    register(each)


@test("EXC01", "the rotation has each kind once, each core and each context in turn, and all of it at least 40 kinds on each core")
def matrix_is_whole(_):
    for build in BUILDS:
        cases = rotation(build)
        kinds = [kind.name for kind in KINDS if build in kind.builds and kind.contexts]
        check([case[0].name for case in cases] == kinds, f"{build}: not each kind once")
        for context in CONTEXTS:
            on = [core for _, core, where in cases if where == context]
            check(set(on) == set(range(4)), f"{build}: in {context} on the cores {sorted(set(on))} alone")
        for core in range(4):
            reached = {kind.name for kind, on, _ in everything(build) if on == core}
            check(len(reached) >= 40, f"{build}: {len(reached)} kinds on core {core}")


@test("EXC01", "every kind that crash lists is in the table; it is refused where it cannot be, and says so where it does no harm")
def refused_or_harmless(bench):
    for build in BUILDS:
        with bench.machine(bench.built("kernel8.img", build), tree=bench.built("quartet.dtb")) as machine:
            machine.boot()
            listed = machine.command("crash").split()
            # `overrun` is listed by a build that does not see it.
            table = [kind.name for kind in KINDS if build in kind.builds or kind.behaviour != "EXC12"]
            check(sorted(listed) == sorted(table), f"{build}: only listed or only here: {sorted(set(listed) ^ set(table))}")
            for number, kind in enumerate(KINDS):
                if kind.name not in listed:
                    continue
                for context in (*CONTEXTS, TIMER):
                    home = IRQ if context == TIMER else context
                    where = f"crash {kind.name} core {number % 4} in {context}"
                    if home in kind.harmless:
                        check(machine.command(where) == f"error: {kind.name} did no harm\n", f"{where}: it is not harmless")
                    elif home not in kind.contexts:
                        answer = machine.command(where)
                        check(re.fullmatch(rf"error: {kind.name} cannot be caused in {context}; usage: .+\n", answer), f"{where}: {answer!r}")
            check(machine.command("crash show") == "error: there is no crash record\n", f"{build}: something crashed")


@test("EXC02", "crash null-write core 3 in timer: a null write in the callback of a timer, and who has no other context than a thread is refused")
def in_a_timer(bench):
    for build in BUILDS:
        kind, = (kind for kind in KINDS if kind.name == "null-write")
        go_through(bench, build, [(kind, 3, TIMER)])
        check(THREAD in kind.contexts, "a null write is for threads too")
