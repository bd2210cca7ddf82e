# SPDX-License-Identifier: MIT
"""What a debug image reports where locks are taken in both orders: the rule, and the backtraces of both, by name.

The self-test of tests/kernel/checked/lock_graph_tests.cpp has the inversions; which one it tries is a word that is written into the image.
"""

import re
import subprocess

from qemu import check
from report import fault_report, reboot_from_panic
from suite import test

FORM = "quartet_form_of_inversion"
BOTH = "locks are taken in one order here, and in the other one before"
OPEN = "a lock that handlers take, or wait behind, is held with interrupts open"
RANK = "a spin lock is taken under one of its own or a lower rank"
MUTEX = r"mutex \d+ \(0x[0-9a-f]+\)"
HIGH = r"IrqTable spin lock \(tests/kernel/checked/lock_graph_tests\.cpp:\d+\)"
LOW = r"Heap spin lock \(tests/kernel/checked/lock_graph_tests\.cpp:\d+\)"

# Of each form: who is tested, the rule, the context, and of each step its words, the core, and the function that took.
FORMS = [
    ("LCK06", BOTH, "thread", [(rf"{MUTEX} under {MUTEX}, seen on", 0, "a_then_b"), (rf"{MUTEX} under {MUTEX}, now,", 1, "b_then_a")]),
    ("LCK06", BOTH, "thread", [(rf"{MUTEX} under {MUTEX}, seen on", 0, "a_then_b"), (rf"{MUTEX} under {MUTEX}, seen on", 1, "b_then_c"),
                               (rf"{MUTEX} under {MUTEX}, now,", 2, "c_then_a")]),
    ("LCK05", OPEN, "thread", [(rf"{HIGH} by handlers, seen on", 0, "taken_masked"), (rf"{HIGH} with interrupts open, now,", 1, "taken_open")]),
    ("LCK05", OPEN, "irq", [(rf"{HIGH} with interrupts open, seen on", 0, "taken_open"), (rf"{HIGH} by handlers, now,", 0, "taken_masked")]),
    ("LCK06", RANK, "lock", [(rf"{LOW} under {HIGH}, seen on", 0, "high_then_low"), (rf"{HIGH} under {LOW}, now,", 1, "low_then_high")]),
]


def image_with(bench, form):
    elf = bench.built("kernel8.elf", "debug")
    listed = subprocess.run(["aarch64-linux-gnu-nm", elf], check=True, capture_output=True, text=True).stdout
    places = {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines() if len(line.split()) == 3}
    image = bench.built("kernel8.img", "debug").read_bytes()
    at = places[FORM] - places["IMAGE_BASE"]
    check(image[at:at + 4] == b"\xff" * 4, f"{FORM} is not where it was linked")
    return bench.write("form.img", image[:at] + form.to_bytes(4, "little") + image[at + 4:])


def steps_of(report):
    """Of each `order:` line its words, its core, and the names of the frames below it."""
    found = []
    for part in re.findall(r"^order: (.+) core (\d):\n((?:#\d+ .+\n)*)", report, re.M):
        frames = re.findall(r"^#(\d+) 0x[0-9a-f]{16} (.+)\+0x[0-9a-f]+$", part[2], re.M)
        check([int(number) for number, _ in frames] == list(range(part[2].count("\n"))), f"frames without a name or order: {part[2]!r}")
        check(2 <= len(frames) <= 8, f"{len(frames)} frames: {part[2]!r}")
        found.append((part[0], int(part[1]), [name for _, name in frames]))
    return found


def inversion(form):
    ident, rule, context, wanted = FORMS[form]

    def reported(bench):
        with bench.machine(image_with(bench, form), tree=bench.built("quartet.dtb", "debug")) as machine:
            machine.boot()
            report = fault_report(machine, "selftest LCK05")
            check(re.match(rf"fault: check: {re.escape(rule)}", report), f"another rule: {report!r}")
            check(re.search(rf"^thread: \S+ core: \d context: {context}$", report, re.M), f"another context: {report!r}")
            steps = steps_of(report)
            check(len(steps) == len(wanted), f"{len(steps)} steps: {report!r}")
            for (words, core, names), (pattern, on, function) in zip(steps, wanted):
                check(re.fullmatch(pattern, words) and core == on, f"`{words}` on core {core}, wanted `{pattern}` on {on}")
                check(f"quartet_test_{function}" in names, f"{function} is not among {names}")
            check(len(report) <= 8192, f"the report has {len(report)} bytes")
            reboot_from_panic(machine)
    words = ", ".join(function for _, _, function in wanted).replace("_", " ")
    test(ident, f"{words}: a debug image reports it, with the backtrace of each by name")(reported)


for number in range(len(FORMS)):
    inversion(number)
