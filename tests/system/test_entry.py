# SPDX-License-Identifier: MIT
"""Every way in which a kernel is entered: by the firmware's loaders, U-Boot and QEMU, at each exception level."""

import re

import sd_card
from qemu import check, virt
from report import FOUR_ONLINE, report_of
from suite import test

DEBIAN_TREE = "bcm2711-rpi-4-b.dtb"
SHIM_AT = 0x90000
ELSEWHERE = 0x1235000       # 4 KiB-aligned and nothing more


def expect_entry(machine, level, tree, load_address=None):
    """The prompt is reached on four cores, and the report says how we came in."""
    report = report_of(machine)
    check(report.entry() == level, f"entered at {report.entry()}, not {level}")
    check(report.tree() == tree, f"the tree is from {report.tree()}, not {tree}")
    if load_address is not None:
        check(report.load_address() == load_address, f"loaded at {report.load_address():#x}, not {load_address:#x}")
    check(report.cores() == FOUR_ONLINE, f"cores: {report.cores()}")
    check("0 online" in machine.command("cpus"), "the shell does not answer")
    return report


def loaded(path, address):
    """QEMU arguments that put a file at an address before the start."""
    return ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]


@test("ENT01", "raw image at 0x80000, ATAGs in x0")
def raw_without_tree(bench):
    with bench.machine(bench.image_without_header()) as machine:
        expect_entry(machine, "EL2", "built-in", 0x80000)


@test("ENT02", "raw image at 0x80000, tree in x0")
def raw_with_tree(bench):
    with bench.machine(bench.image_without_header(), tree=bench.built("quartet.dtb")) as machine:
        expect_entry(machine, "EL2", "x0", 0x80000)


@test("ENT03", "image with its header at 0x200000, ATAGs in x0")
def header_without_tree(bench):
    with bench.machine() as machine:
        expect_entry(machine, "EL2", "built-in", 0x200000)


@test("ENT04", "image with its header at 0x200000, tree in x0")
def header_with_tree(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        report = expect_entry(machine, "EL2", "x0", 0x200000)
        check(report.advice() == [], f"our own tree on QEMU needs no advice: {report.advice()}")


@test("ENT05", "ELF: EL3, all four cores arrive at once, x0 is 0")
def elf_without_tree(bench):
    with bench.machine(bench.built("kernel8.elf")) as machine:
        expect_entry(machine, "EL3", "built-in")


@test("ENT06", "ELF with a tree: EL3, the tree lies at physical 0, over the spin table")
def elf_with_tree(bench):
    with bench.machine(bench.built("kernel8.elf"), tree=bench.built("quartet.dtb")) as machine:
        expect_entry(machine, "EL3", "address 0")


@test("ENT07", "debug image: ELF with a tree at physical 0")
def debug_elf_with_tree(bench):
    with bench.machine(bench.built("kernel8.elf", "debug"), tree=bench.built("quartet.dtb", "debug")) as machine:
        expect_entry(machine, "EL3", "address 0")


@test("ENT08", "entered at EL1 by a loader that dropped to it")
def at_el1(bench):
    image = bench.built("kernel8.img")
    shim = bench.shim("enter", ADDRESS=ELSEWHERE, LEVEL=1)
    with bench.machine(shim, tree=bench.built("quartet.dtb"), arguments=loaded(image, ELSEWHERE)) as machine:
        report = report_of(machine)
        check(report.entry() == "EL1", f"entered at {report.entry()}")
        check(report.cores()[0] == "online", f"cores: {report.cores()}")
        check("0 online" in machine.command("cpus"), "the shell does not answer")


@test("ENT09", "image at an address that is only 4 KiB-aligned")
def odd_page(bench):
    image = bench.built("kernel8.img")
    shim = bench.shim("enter", ADDRESS=ELSEWHERE, LEVEL=2)
    with bench.machine(shim, tree=bench.built("quartet.dtb"), arguments=loaded(image, ELSEWHERE)) as machine:
        expect_entry(machine, "EL2", "x0", ELSEWHERE)


def with_counter_told(bench, told):
    """All cores enter at EL2 from a shim that wrote CNTFRQ_EL0 at EL3. The counter itself runs as ever."""
    image = bench.built("selftest.img")
    shim = bench.shim_elf("enter", SHIM_AT, ADDRESS=ELSEWHERE, LEVEL=2, ARGUMENT=0, COUNTER_HZ=told)
    with bench.machine(shim, tree=bench.built("quartet.dtb"), arguments=loaded(image, ELSEWHERE)) as machine:
        report = expect_entry(machine, "EL2", "address 0", ELSEWHERE)
        report.one(r"timer: 54000000 Hz")
        check(report.advice() == [f"CNTFRQ_EL0 is {told}, using 54000000 Hz: let the firmware's stub start the kernel"],
              f"advice: {report.advice()}")
        stamps = [float(stamp) for stamp in re.findall(r"^\[(\d+\.\d{6})\] ", machine.port.text(), re.MULTILINE)]
        check(stamps == sorted(stamps), f"time goes backwards: {stamps}")
        check(stamps[-1] < 120, f"the start-up took {stamps[-1]} s by its own time stamps")
        before = float(machine.command("uptime").split()[1])
        check(stamps[-1] <= before < 120, f"up {before} s")
        # What waits for another core, or for the controller, gives up in its time and not at once.
        for ident in ("SMP06", "IRQ06", "TMR03"):
            said = machine.command(f"selftest {ident}", 120)
            check(re.search(r"selftest: [1-9]\d* passed, 0 failed", said), f"{ident} with CNTFRQ {told}: {said!r}")


def counter_test(told, words):
    test("TMR01", f"CNTFRQ_EL0 is {told} ({words}): the board's rate, advice, time-outs work on four cores")(
        lambda bench: with_counter_told(bench, told))


counter_test(0, "firmware told nothing")
counter_test(1, "absurdly slow")
counter_test(0xffff_ffff, "absurdly fast")


def booti(bench, address, runs_at):
    card = bench.folder / "card.img"
    sd_card.make(card, bench.built("kernel8.img"), address)
    with bench.machine(bench.u_boot(), tree=bench.board_tree(DEBIAN_TREE), card=card, console=1) as machine:
        report = expect_entry(machine, "EL2", "x0", runs_at)
        check(report.console() == "mini-uart", f"the console is the {report.console()}")


@test("ENT10", "U-Boot booti of an image loaded at 0x80000 (moved to 0x200000)")
def booti_low(bench):
    booti(bench, 0x80000, 0x200000)


@test("ENT11", "U-Boot booti of an image loaded at 0x1000000 (stays there)")
def booti_high(bench):
    booti(bench, 0x1000000, 0x1000000)


HIGH = 0x40200000            # above the first GiB, where the VideoCore and the mailbox do not reach
TREE_AT = 0x8000000


def high_image(bench, tree, argument):
    image = bench.built("kernel8.img")
    shim = bench.shim("enter", ADDRESS=HIGH, LEVEL=2, ARGUMENT=argument)
    return bench.machine(shim, arguments=loaded(image, HIGH) + loaded(tree, TREE_AT))


@test("FDT02", "image above 1 GiB, a tree that says so below: it is used")
def high_with_tree(bench):
    tree = bench.edited_tree(bench.built("quartet.dtb"), ("set", "/memory@0", "reg", "x",
                             "0", "0", "3b400000", "0", "40000000", "40000000"))
    with high_image(bench, tree, TREE_AT) as machine:
        report = expect_entry(machine, "EL2", "x0", HIGH)
        check(report.advice() == [], f"advice: {report.advice()}")


# Of the RAM below 1 GiB these two know 64 MiB, whose last one is the VideoCore's for all that the kernel can tell.
NO_RECORD = "no room for a crash record: RAM at 176 or 63 MiB must be free; faults are told on the wire alone"


@test("FDT02", "image above 1 GiB, x0 is 0: the built-in tree and a bank of the image's own")
def high_without_tree(bench):
    with high_image(bench, bench.built("quartet.dtb"), 0) as machine:
        report = expect_entry(machine, "EL2", "built-in", HIGH)
        check(report.advice() == ["no device tree given; using the built-in one: keep bcm2711-rpi-4-b.dtb on the card", NO_RECORD],
              f"advice: {report.advice()}")
        # The mailbox does not see the image's buffer: what is never the VideoCore's, and the image.
        check(report.ram()[0] == (0, 64 << 20, 64), f"ram: {report.ram()}")
        check(len(report.ram()) == 2 and report.ram()[1][0] == HIGH, f"ram: {report.ram()}")


@test("FDT02", "image above 1 GiB, a tree that knows no RAM there: the built-in one, with the reason")
def high_with_wrong_tree(bench):
    with high_image(bench, bench.built("quartet.dtb"), TREE_AT) as machine:
        report = expect_entry(machine, "EL2", "built-in", HIGH)
        check(len(report.advice()) == 2 and "no memory bank holds the kernel's image" in report.advice()[0] and report.advice()[1] == NO_RECORD,
              f"advice: {report.advice()}")


@test("FDT06", "a VideoCore with 256 MiB (gpu_mem=256), no tree: the built-in bank ends where the mailbox says")
def large_video_memory(bench):
    with bench.machine(arguments=["-global", f"bcm2835-fb.vcram-size={256 << 20}"]) as machine:
        report = expect_entry(machine, "EL2", "built-in", 0x200000)
        check(report.ram() == [(0, 768 << 20, 768)], f"ram: {report.ram()}")


def with_x0(bench, value):
    """Set x0 through the debugger's port at the image's first instruction: no tree is anywhere."""
    with bench.machine(stopped=True) as machine:
        debugger = machine.gdb()
        debugger.run_to(0x200000)
        debugger.set_register(0, value)
        debugger.go()
        report = expect_entry(machine, "EL2", "built-in", 0x200000)
        said = f"x0 is {value:#x}, where no device tree can lie; " if value else "no device tree given; "
        check(len(report.advice()) == 1 and report.advice()[0].startswith(said), f"advice: {report.advice()}")


def x0_test(value, words):
    test("FDT02", f"x0 = {value:#x} ({words}): the built-in tree, and the prompt")(lambda bench: with_x0(bench, value))


x0_test(0x0, "nothing")
x0_test(0x8000004, "not aligned to 8")
x0_test(0x3b400000, "above the first RAM bank")
x0_test(0x200000, "the image itself")
x0_test(0xfe201000, "a device")
x0_test(0xffff_ffff_ffff_fff8, "no physical address")


def on_virt(bench, cores):
    """Another board, by its own tree: cores by PSCI, RAM from 1 GiB on."""
    with bench.machine(board=virt(cores)) as machine:
        report = report_of(machine)
        check(report.tree() == "x0", f"the tree is from {report.tree()}")
        check(report.cores() == {core: "online" for core in range(cores)}, f"cores: {report.cores()}")
        online = machine.command("cpus").count(" online")
        check(online == cores, f"cpus shows {online} online")
        said = machine.command("selftest TMR03", 120)
        check(re.search(r"selftest: [1-9]\d* passed, 0 failed", said), f"{said!r}")


test("ENT12", "QEMU's virt board, four cores by PSCI")(lambda bench: on_virt(bench, 4))
test("ENT12", "QEMU's virt board with two cores")(lambda bench: on_virt(bench, 2))
