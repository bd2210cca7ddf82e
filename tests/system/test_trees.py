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


def odd_machine(ident, words, expected, make):
    """A tree that describes a machine on the edge of what is taken: the prompt is reached on four cores."""
    def boots(bench):
        source, advice, console = expected
        with raw_tree(bench, make(bench), console) as machine:
            report = report_of(machine)
            check(report.tree() == source, f"the tree is from {report.tree()}: {report.advice()}")
            check(len(report.advice()) == len(advice), f"advice: {report.advice()}")
            for said, wanted in zip(report.advice(), advice):
                check(wanted in said, f"advice: {said!r} does not say {wanted!r}")
            check(report.cores() == FOUR_ONLINE, f"cores: {report.cores()}")
            check("3 online" in machine.command("cpus"), "the shell does not answer")
    test(ident, words)(boots)


def edited(*edits):
    return lambda bench: bench.edited_tree(bench.built("quartet.dtb"), *edits)


def bank(index):
    """Small banks with holes between them, in RAM that the first one does not name."""
    base = 0x3c200000 + index * 0x40000
    return [("create", f"/memory@{base:x}", "reg", "x", "0", f"{base:x}", "10000"),
            ("set", f"/memory@{base:x}", "device_type", "s", "memory")]


def all_reserved(bench):
    """The reserve map's one entry, page 0, becomes the whole low 4 GiB."""
    blob = bytearray(bench.built("quartet.dtb").read_bytes())
    at = struct.unpack_from(">I", blob, 16)[0]
    check(struct.unpack_from(">QQ", blob, at) == (0, 0x1000), "quartet.dtb reserves something else than page 0")
    struct.pack_into(">QQ", blob, at, 0, 1 << 32)
    return bench.write("reserved.dtb", blob)


def unmapped_areas(count):
    """Areas that may not be mapped, each across the border of two blocks of 2 MiB."""
    made = [("create", "/reserved-memory", "#address-cells", "x", "2"), ("set", "/reserved-memory", "#size-cells", "x", "1"),
            ("set", "/reserved-memory", "ranges", "x")]
    for index in range(count):
        at = 0x10000000 + index * 0x400000 - 0x1000
        name = f"/reserved-memory/hole@{at:x}"
        made += [("create", name, "reg", "x", "0", f"{at:x}", "2000"), ("set", name, "no-map", "x")]
    return edited(*made)


UART, MINI_UART, GIC = "/soc/serial@7e201000", "/soc/serial@7e215040", "/soc/interrupt-controller@40041000"
LARGE_UART = ("set", UART, "reg", "x", "7e201000", "1000000")
LARGE_MINI_UART = ("set", MINI_UART, "reg", "x", "7e215040", "1000000")

odd_machine("FDT06", "sixteen banks of RAM", ("x0", [], 0), edited(*[edit for index in range(15) for edit in bank(index)]))
# All of it beyond: QEMU has no RAM there, and the kernel takes what is above 1 GiB first.
odd_machine("FDT06", "a second bank of 96 GiB: what is beyond 32 GiB is named and left alone",
            ("x0", ["RAM above 0x800000000 is not used"], 0),
            edited(("set", "/", "#size-cells", "x", "2"),
                   ("set", "/memory@0", "reg", "x", "0", "0", "0", "3b400000", "8", "0", "18", "0")))
odd_machine("FDT06", "all RAM in /memreserve/: the built-in tree",
            ("built-in", ["device tree unusable: too little free RAM"], 0), all_reserved)
odd_machine("FDT06", "4 MiB of RAM: the built-in tree", ("built-in", ["device tree unusable: too little free RAM"], 0),
            edited(("set", "/memory@0", "reg", "x", "0", "0", "400000")))
odd_machine("FDT06", "61 areas that may not be mapped, across blocks", ("x0", [], 0), unmapped_areas(61))
odd_machine("FDT09", "a console of 16 MiB: it is not used, the other port is",
            ("x0", ["serial@7e201000: its registers would be 16384 KiB", "serial@7e215040 is the console"], 1), edited(LARGE_UART))
odd_machine("FDT09", "both serial ports of 16 MiB: the built-in tree",
            ("built-in", ["device tree unusable: no enabled pl011 or mini-uart"], 0), edited(LARGE_UART, LARGE_MINI_UART))
odd_machine("FDT08", "an interrupt controller of 1 MiB: the built-in tree", ("built-in", ["device tree unusable: no usable GIC"], 0),
            edited(("set", GIC, "reg", "x", "40041000", "1000", "40042000", "100000")))
