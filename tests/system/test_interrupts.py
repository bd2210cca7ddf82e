# SPDX-License-Identifier: MIT
"""Interrupts that only the wires can cause: raised from outside, through QEMU's qtest port."""

import re
import socket
import time

from qemu import check
from suite import test

STORM_SECONDS = 60


class Wires:
    """QEMU's qtest port beside a running machine. Nothing of the GIC may be touched through it: QEMU dies of that."""

    def __init__(self, bench):
        self._listener = socket.socket(socket.AF_UNIX)
        path = str(bench.folder / "qtest")
        self._listener.bind(path)
        self._listener.listen(1)
        self.arguments = ["-chardev", f"socket,id=qtest,path={path}", "-qtest", "chardev:qtest"]
        self._lines = None

    def connect(self):
        self._listener.settimeout(20)
        self._connection = self._listener.accept()[0]
        self._connection.settimeout(20)
        self._lines = self._connection.makefile("r")

    def ask(self, command):
        self._connection.sendall(command.encode() + b"\n")
        while True:
            answer = self._lines.readline().split()
            check(answer, "QEMU closed its qtest port")
            if answer[0] in ("OK", "FAIL", "ERR"):
                check(answer[0] == "OK", f"{command}: {answer}")
                return

    def irq(self, core, level):
        """The interrupt wire into a core, which no device drives: nothing is there to acknowledge."""
        self.ask(f"set_irq_in /machine/soc/cpu[{core}] unnamed-gpio-in 0 {level}")

    def close(self):
        self._connection.close()
        self._listener.close()


def spurious(machine):
    """How many special ids each core read, by `irqs`."""
    return {int(core): int(count) for core, count in
            re.findall(r"^cpu(\d): spurious=(\d+)", machine.command("irqs"), re.MULTILINE)}


def storm(bench, wanted):
    wires = Wires(bench)
    with bench.machine(bench.built("selftest.img"), tree=bench.built("quartet.dtb"), arguments=wires.arguments) as machine:
        wires.connect()
        machine.boot()
        handled = machine.command("dmesg")
        for core in range(4):
            limit = time.monotonic() + STORM_SECONDS
            while spurious(machine).get(core, 0) < wanted:
                check(time.monotonic() < limit, f"core {core} saw {spurious(machine)} spurious interrupts, not {wanted}")
                wires.irq(core, 1)
                time.sleep(0.02)        # the core takes the same exception over and over
                wires.irq(core, 0)
        check(all(line.split()[1] == "online" for line in machine.command("cpus").splitlines()), "a core is lost")
        check(machine.command("dmesg") == handled, "something was logged about interrupts that were none")
        said = machine.command("selftest SMP", 120)
        check(re.search(r"^selftest: [1-9]\d* passed, 0 failed, 0 skipped$", said, re.MULTILINE),
              "selftest SMP: " + "; ".join(line for line in said.splitlines() if not line.endswith(": pass")))
        wrong = re.findall(r"wrong-group=([1-9]\d*)", machine.command("irqs"))
        check(not wrong, "spurious interrupts are counted as ones of the wrong group")
    wires.close()


@test("IRQ01", "1,000 spurious interrupts (1023) on each core: counted, nothing else happens")
def short_storm(bench):
    storm(bench, 1000)


@test("IRQ01", "1,000,000 spurious interrupts (1023) on each core: counted, nothing else happens", long=True)
def long_storm(bench):
    storm(bench, 1000000)
