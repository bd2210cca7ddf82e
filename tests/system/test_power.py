# SPDX-License-Identifier: MIT
"""What ends a run: reboot and poweroff, from the shell and from the panic prompt, on each core and on two boards."""

from qemu import PROMPT, check, virt
from report import fault_report
from suite import test

# The board, by its own tree where it has one, and how its firmware is asked.
BOARDS = {"raspi4b": "the power block", "virt at EL2": "PSCI by smc", "virt at EL1": "PSCI by hvc"}
CORES = 4


def machine_on(bench, board):
    if board == "raspi4b":
        return bench.machine(tree=bench.built("quartet.dtb"))
    return bench.machine(board=virt(CORES, board.removeprefix("virt at ")))


def expect_next_run(machine):
    machine.expect(r"quartet \S+ \(")
    machine.expect(PROMPT, 60)
    online = machine.command("cpus").count(" online")
    check(online == CORES, f"{online} cores are back after the reset")


def expect_end(machine):
    status = machine.exit_status()
    check(status == 0, f"QEMU ended with {status}")


def panic_on(machine, core):
    """The prompt is the panicking core's: what is typed there runs on it."""
    report = fault_report(machine, f"crash panic core {core}")
    check(f"core: {core} context: thread" in report, f"not a panic on core {core}: {report!r}")


def ends(board, how):
    @test("WDT06", f"{board}: reboot twice, then poweroff ends QEMU with status 0, by {how}")
    def by_shell(bench):
        with machine_on(bench, board) as machine:
            machine.boot()
            for _ in range(2):
                machine.send("reboot\r")
                expect_next_run(machine)
            machine.send("poweroff\r")
            expect_end(machine)

    @test("WDT06", f"{board}: the panic prompt's reboot on each core, and its poweroff, by {how}")
    def by_panic(bench):
        with machine_on(bench, board) as machine:
            machine.boot()
            for core in range(CORES):
                panic_on(machine, core)
                machine.send("reboot\r")
                expect_next_run(machine)
            panic_on(machine, 0)
            machine.send("poweroff\r")
            expect_end(machine)


for each, of_it in BOARDS.items():
    ends(each, of_it)


def off_by_panic(core):
    @test("WDT06", f"the panic prompt's poweroff on core {core} ends QEMU with status 0")
    def ends_there(bench):
        with machine_on(bench, "raspi4b") as machine:
            machine.boot()
            panic_on(machine, core)
            machine.send("poweroff\r")
            expect_end(machine)


for number in range(1, CORES):
    off_by_panic(number)
