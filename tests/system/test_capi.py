# SPDX-License-Identifier: MIT
"""What the functions of quartet.h show outside the machine."""

from qemu import COUNTED, check
from suite import test

PRINTED = (
    "capi: text x %",
    "capi: [   42|42   |00042|+42|-42]",
    "capi: 4294967295 beef 0XBEEF 10 abc      7",
    "capi: 255 -32768 -9000000000 18446744073709551615 4",
    "capi: " + " " * 999 + "1",
)


@test("CAP12", "what qt_print is given is on the console to the letter, in order, also what is longer than its room")
def printed(bench):
    with bench.machine(bench.built("selftest.img"), tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        said = machine.command("selftest CAP12", 60).splitlines()
        check([line for line in said if line.startswith("capi: ")] == list(PRINTED), f"selftest CAP12: {said}")
        check(said[-1] == "selftest: 1 passed, 0 failed, 0 skipped", f"selftest CAP12: {said}")


@test("CAP07", "the timers of quartet.h keep their promises where time is counted")
def counted(bench):
    with bench.machine(bench.built("selftest.img"), tree=bench.built("quartet.dtb"),
                       arguments=COUNTED) as machine:
        machine.boot()
        said = machine.command("selftest CAP", 300)
        check(" 0 failed, 0 skipped\n" in said and "selftest CAP07" in said, f"selftest CAP: {said!r}")
