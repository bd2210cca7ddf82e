# SPDX-License-Identifier: MIT
"""Device trees: Debian's own for three boards, and ours edited to boards that QEMU does not have."""

import struct

from qemu import check
from report import FOUR_ONLINE, report_of
from suite import console_port, test

TREE_ADDRESS = 0x8000000
KERNEL_ADDRESS = 0x200000


def raw_tree(bench, tree, console=0):
    """A machine whose kernel gets exactly these bytes as its tree: QEMU's -dtb would fill in and refuse."""
    shim = bench.shim("enter", ADDRESS=KERNEL_ADDRESS, LEVEL=2, ARGUMENT=TREE_ADDRESS)
    arguments = []
    for path, address in ((bench.built("kernel8.img"), KERNEL_ADDRESS), (tree, TREE_ADDRESS)):
        arguments += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
    return bench.machine(shim, console=console, arguments=arguments)


def board(name):
    def boots(bench):
        tree = bench.board_tree(name)
        port = console_port(tree)
        check(port == 1, f"Debian's {name} names port {port} as its console; this test expects the mini-UART")
        with bench.machine(tree=tree, console=port) as machine:
            report = report_of(machine)
            check(report.tree() == "x0", f"the tree is from {report.tree()}")
            check(report.console() == "mini-uart", f"the console is the {report.console()}")
            check(report.cores() == FOUR_ONLINE, f"cores: {report.cores()}")
            check("3 online" in machine.command("cpus"), "the shell does not answer on the mini-UART")
            check(machine.ports[0].text() == "", "the other UART was written to as well")
    test("FDT09", f"Debian's {name}: four cores, console on the mini-UART")(boots)


for each in ("bcm2711-rpi-4-b.dtb", "bcm2711-rpi-400.dtb", "bcm2711-rpi-cm4-io.dtb"):
    board(each)


@test("FDT06", "Debian's tree as it lies in the file (memory of size 0): one advice line, the built-in tree, the prompt")
def memory_of_size_zero(bench):
    with raw_tree(bench, bench.board_tree("bcm2711-rpi-4-b.dtb")) as machine:
        report = report_of(machine)
        check(report.tree() == "built-in", f"the tree is from {report.tree()}")
        check(len(report.advice()) == 1, f"not one advice line: {report.advice()}")
        check(report.cores() == FOUR_ONLINE, f"cores: {report.cores()}")


def fewer_cores(count):
    def boots(bench):
        gone = [("remove", f"/cpus/cpu@{core}") for core in range(count, 4)]
        tree = bench.edited_tree(bench.built("quartet.dtb"), *gone)
        with bench.machine(tree=tree) as machine:
            report = report_of(machine)
            check(report.tree() == "x0", f"the tree is from {report.tree()}: {report.advice()}")
            check(report.cores() == {core: "online" for core in range(count)}, f"cores: {report.cores()}")
            listed = machine.command("cpus").split("\n")
            check(sum("online" in line for line in listed) == count, f"cpus says {listed}")
    test("FDT07", f"a tree with {count} of the four cores brings up just these")(boots)


for number in (1, 2, 3):
    fewer_cores(number)


def small_memory(mib):
    def boots(bench):
        cells = struct.pack(">III", 0, 0, mib << 20)
        tree = bench.edited_tree(bench.built("quartet.dtb"), ("set", "/memory@0", "reg", "x",
                                 *(f"{cell:x}" for cell in struct.unpack(">III", cells))))
        with raw_tree(bench, tree) as machine:
            report = report_of(machine)
            check(report.tree() == "x0", f"the tree is from {report.tree()}: {report.advice()}")
            check([(first, size) for first, _, size in report.ram()] == [(0, mib)], f"ram: {report.ram()}")
            check(report.cores() == FOUR_ONLINE, f"cores: {report.cores()}")
            check("kernel:" in machine.command("mem"), "the shell does not answer")
    test("BMP03", f"a board with {mib} MiB reaches the prompt")(boots)


for size in (16, 64, 512):
    small_memory(size)
