# SPDX-License-Identifier: MIT
"""What an application's calls do that can only be seen from outside."""

import re

from qemu import PROMPT, check
from suite import test

WANTED = ["api: 7 of 0xff, busy", "api: {   -3} true c", f"api: {'x' * 300}!"]


@test("API13", "what an application prints arrives as formatted, line by line, and what it logs with its time")
def prints(bench):
    with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        start = machine.port.seen
        machine.send("selftest API13\r")
        machine.expect(r"^selftest: 1 passed, 0 failed, 0 skipped\n", 60)
        machine.expect(PROMPT)
        machine.command("echo fence")
        lines = machine.port.text()[start:].split("\n")
    printed = [line for line in lines if line.startswith("api: ")]
    check(printed == WANTED, f"printed was {printed}")
    logged = [line for line in lines if re.fullmatch(r"\[\d+\.\d{6}\] api: logged 12", line)]
    check(len(logged) == 1, f"logged was {[line for line in lines if 'logged' in line]}")
