# SPDX-License-Identifier: MIT
"""What a crash leaves for the next run: recorded, told once, shown by the shell and by the decoder, and never taken for whole
where it is not. One machine is reset again and again."""

import re
import subprocess

from qemu import PROMPT, REPOSITORY, check, virt
from report import fault_report
from suite import test

RESERVED = r"^\[\S+\] reserved: 0x([0-9a-f]+)-0x([0-9a-f]+) crash record$"
TOLD = r"^\[\S+\] advice: the last run ended in (.+): crash show tells more$"
NOTHING = "error: there is no crash record\n"
TORN = "the record ends here: the run was over before it was whole\n"
CUT = "the record is damaged from here on\n"
RUN = "what run= asks for"


def next_boot(machine, how="reboot"):
    """Everything from the reset to the first prompt."""
    start = machine.port.seen
    machine.send(how + "\r")
    machine.expect(r"quartet \S+ \(")
    match = machine.expect(PROMPT, 60)
    return machine.port.text()[start:match.start()]


def room_of(boot):
    found = re.findall(RESERVED, boot, re.MULTILINE)
    check(len(found) == 1, f"not one range for the crash record: {boot!r}")
    begin, end = (int(each, 16) for each in found[0])
    check(end - begin == 0x4000, f"the crash record has {end - begin} bytes")
    return begin


def decoded(bench, machine, begin):
    dump = bench.folder / "record"
    machine.qmp.command("pmemsave", val=begin, size=0x4000, filename=str(dump))
    done = subprocess.run([REPOSITORY / "scripts" / "crash.py", dump], capture_output=True, check=False)
    return done.stdout.decode(), done.returncode


def same_on_host(bench, machine, begin):
    """What `crash show` says, which is what the decoder says to the byte."""
    shown = machine.command("crash show")
    text, status = decoded(bench, machine, begin)
    check(text == shown, f"the decoder says {text!r}, crash show {shown!r}")
    check((status == 0) == shown.endswith("end of report\n"), f"the decoder ends with {status}")
    return shown


def flip(machine, address):
    """One bit of memory."""
    value = int(re.search(r":\s*(?:0x)?([0-9a-f]+)", machine.command(f"peek {address & ~3:#x}"))[1], 16)
    machine.command(f"poke {address & ~3:#x} {value ^ 1 << address % 4 * 8:#x}")


@test("DMP01", "a crash is recorded, told once by the next run, shown by it, by the panic prompt and by the decoder alike")
def recorded(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        first = machine.boot()
        begin = room_of(first)
        check(not re.search(TOLD, first, re.MULTILINE), f"a first run tells of a last one: {first!r}")
        check(same_on_host(bench, machine, begin) == NOTHING, "there is a record before there was a crash")

        report = fault_report(machine, "crash null-write core 3 in irq")
        machine.send("crash show\r")
        at_prompt = machine.expect(r"^crash record 1: .*?^end of report\n")[0]
        check(re.match(r"crash record 1: image [0-9a-f]{8}, after \d+\.\d{6} s, crash 1 in a row\n", at_prompt), at_prompt[:200])
        check("(cut here" in report or at_prompt.partition("\n")[2] == report,
              f"the record is not the report: {at_prompt!r} and {report!r}")
        machine.expect(r"^panic> ")

        second = next_boot(machine)
        told = re.findall(TOLD, second, re.MULTILINE)
        check(told == [re.match(r"fault: (.+)\n", report)[1]], f"told: {told}")
        check(room_of(second) == begin, "the record's range has moved")
        check(same_on_host(bench, machine, begin) == at_prompt, "the next run shows another record")
        check(not re.search(TOLD, next_boot(machine), re.MULTILINE), "it is told twice")
        check(same_on_host(bench, machine, begin) == at_prompt, "the record is gone when it was told")

        # A bit of the text of the first line's piece, and one of the third.
        for place in (begin + 40 + 8 + 20, begin + 40 + 8 + len(report.partition("pc: ")[0]) + 60):
            flip(machine, place)
            shown = same_on_host(bench, machine, begin)
            check(shown.endswith(CUT) and shown != at_prompt, f"a flipped bit: {shown!r}")
            check(at_prompt.startswith(shown.removesuffix(CUT)), f"damaged text is shown: {shown!r}")
            flip(machine, place)
            check(same_on_host(bench, machine, begin) == at_prompt, "flipped back, the record is another one")

        # A reset came before the second piece was written.
        memory = (bench.folder / "record").read_bytes()
        second = 40 + (8 + int.from_bytes(memory[42:44], "little") + 7) // 8 * 8
        for at in (second, second + 4):
            machine.command(f"poke {begin + at:#x} 0")
        shown = same_on_host(bench, machine, begin)
        check(shown == at_prompt[:at_prompt.index("thread: ")] + TORN, f"a record that was not ended: {shown!r}")
        for at in (second, second + 4):
            machine.command(f"poke {begin + at:#x} {int.from_bytes(memory[at:at + 4], 'little'):#x}")
        check(same_on_host(bench, machine, begin) == at_prompt, "written again, the record is another one")

        # Of the header.
        flip(machine, begin + 13)
        check(same_on_host(bench, machine, begin) == "error: the crash record is damaged\n", "a header with a flipped bit is read")
        third = next_boot(machine)
        check("advice: the last run left a crash record that is damaged" in third, f"nothing is said of it: {third!r}")
        check(same_on_host(bench, machine, begin) == NOTHING, "a damaged record stays")
        check("crash record" not in next_boot(machine).replace(" crash record\n", "\n", 1), "it is said twice")

        report = fault_report(machine, "crash panic core 0")
        check(re.search(TOLD, next_boot(machine), re.MULTILINE), "a second crash is not told")
        check(machine.command("crash clear") == "", "crash clear says something")
        check(same_on_host(bench, machine, begin) == NOTHING, "crash clear leaves the record")


@test("DMP01", "three crashes in a minute: the next run leaves out run=, says so, and the one after a reboot does not")
def safe_mode(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), bootargs=f"run=echo_{RUN.replace(' ', '_')}") as machine:
        machine.boot()
        machine.expect(f"^{RUN}$")
        machine.expect(PROMPT)
        for crash in range(1, 5):
            fault_report(machine, f"crash check core {crash % 4}")
            boot = next_boot(machine)
            safe = f"advice: safe mode after {crash} crashes in a minute" in boot
            check(safe == (crash >= 3), f"after crash {crash}: {boot!r}")
            check(boot.count("advice: the last run ended in check: ") == 1, f"after crash {crash}: {boot!r}")
            if not safe:
                machine.expect(f"^{RUN}$")
                machine.expect(PROMPT)
            check(f"crash {crash} in a row" in machine.command("crash show"), "the crashes are counted wrongly")
            check("4 online" not in machine.command("cpus") and RUN not in machine.port.text()[machine.port.seen - 400:],
                  "run= was run all the same") if safe else None
        usual = next_boot(machine)
        check("safe mode" not in usual, f"reboot does not leave it: {usual!r}")
        machine.expect(f"^{RUN}$")


@test("DMP01", "on a board whose RAM begins elsewhere the record is kept as well")
def elsewhere(bench):
    with bench.machine(board=virt(4)) as machine:
        begin = room_of(machine.boot())
        check(begin >= 0x4000_0000, f"RAM begins at 1 GiB, the record lies at {begin:#x}")
        fault_report(machine, "crash undefined core 2")
        check(re.search(TOLD, next_boot(machine), re.MULTILINE), "the crash is not told")
        check(same_on_host(bench, machine, begin).endswith("end of report\n"), "the record is not whole")


@test("EXC10", "crash=contain: a thread's fault ends the thread and no more, on each core; one in a handler, or of the shell, the run")
def contained(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), bootargs="crash=contain") as machine:
        boot = machine.boot()
        check("advice" not in boot, f"crash= is advised of: {boot!r}")
        for number, kind in enumerate(("null-read", "wild-read", "undefined", "stack-overflow", "text-write", "null-call")):
            answer = machine.command(f"crash {kind} core {number % 4}")
            # Beside it stands what is logged, when it comes.
            check(re.search(f"^{kind} was contained: its thread is ended$", answer, re.MULTILINE), f"crash {kind}: {answer!r}")
        said = machine.command("dmesg")
        check(said.count("] contained: thread crash on core ") == 6, f"not six are told: {said!r}")
        check("] contained: wild-read: read at 0x" in said, f"the words are missing: {said!r}")
        check(" crash " not in machine.command("threads"), "the threads are still there")
        check(machine.command("crash show") == NOTHING, "a contained fault leaves a record")
        # A panic is the kernel's own word.
        for how in ("null-read core 1 in irq", "null-read core 2 in lock", "panic core 3", "null-read"):
            report = fault_report(machine, f"crash {how}")
            check(report.endswith("end of report\n"), f"crash {how}: {report!r}")
            boot = next_boot(machine)
            if "safe mode" in boot:
                next_boot(machine)
