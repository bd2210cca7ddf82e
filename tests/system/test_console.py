# SPDX-License-Identifier: MIT
"""What is typed, echoed and printed, byte by byte."""

import os
import re
import time

from qemu import COMMAND_SECONDS, PROMPT, check
from suite import test
from test_shell import shell

LINE_MAX = 255


@shell("CON03", "a line holds 255 bytes; a longer one is refused whole")
def line_length(machine):
    longest = "echo " + "a" * (LINE_MAX - 5)
    check(machine.command(longest) == longest[5:] + "\n", "a line of 255 bytes is not run")
    for length in (LINE_MAX + 1, 1000, 100000):
        machine.send("echo " + "b" * (length - 5) + "\r")
        machine.expect(r"^error: line too long \(max 255\)\n")
        machine.expect(PROMPT)
    check(machine.command("echo after") == "after\n", "the shell is not itself after a line too long")
    check(f"\n{'b' * 20}" not in machine.port.text(), "a part of a line too long was run")


@shell("CON03", "NUL, bytes from 0x80 and escape sequences cut in half leave the shell whole")
def odd_bytes(machine):
    for odd in (b"\0", b"\x80\xff", b"\x1b", b"\x1b[", b"\x1b[1", b"\x1b[999;999", b"\x7f\x7f\x08"):
        machine.send(odd + b"\r")
        machine.expect(PROMPT)
    check(machine.command("echo whole") == "whole\n", "the shell is not itself afterwards")


@shell("CON03", "Enter is CR, LF or CR LF, and each line gets one prompt")
def line_ends(machine):
    for end in ("\r", "\n", "\r\n"):
        start = machine.port.seen
        machine.send(f"echo x{end}")
        machine.expect(PROMPT)
        machine.command("echo fence")
        text = machine.port.text()[start:]
        check(text.count("quartet> ") == 2, f"{end!r} gives {text.count('quartet> ') - 1} prompts: {text!r}")


@shell("CON03", "a plain character at the end of the line echoes as itself alone")
def plain_echo(machine):
    before = len(machine.port.raw())
    machine.send("ec")
    machine.expect("ec")
    check(machine.port.raw()[before:] == b"ec", f"echoed as {machine.port.raw()[before:]!r}")
    machine.send("ho y\r")
    machine.expect(r"^y\n")


@shell("CON03", "backspace takes the last character; at column 0 it does nothing")
def backspace(machine):
    for key in ("\x7f", "\x08"):
        machine.send(f"{key}{key}echo yez{key}s\r")
        machine.expect(r"^yes\n")
        machine.expect(PROMPT)


@shell("CON03", "history: cursor up brings the last line back")
def history(machine):
    machine.command("echo first")
    machine.command("echo second")
    machine.send("\x1b[A\x1b[A\r")
    machine.expect(r"^first\n")
    machine.expect(PROMPT)


@shell("CON03", "Tab completes a command that is the only one")
def completion(machine):
    machine.send("upt\t\r")
    machine.expect(r"\d")
    machine.expect(PROMPT)
    check("error" not in machine.port.text()[-200:], "the completed command was not known")


@shell("CON01", "100 lines in one write are all run, in order")
def burst(machine):
    start = machine.port.seen
    machine.send("".join(f"echo line-{n}\r" for n in range(100)))
    machine.expect(r"^line-99\n", 60)
    machine.expect(PROMPT)
    got = re.findall(r"^line-(\d+)$", machine.port.text()[start:], re.MULTILINE)
    check(got == [str(n) for n in range(100)], f"{len(got)} lines came: {got}")


@shell("CON01", "lines end CR LF, and no command prints an escape sequence")
def line_form(machine):
    for command in ("help", "threads", "mem", "dt /cpus", "dmesg", "irqs"):
        machine.command(command)
    raw = machine.port.raw()
    check(not re.search(rb"(?<!\r)\n", raw), "a line ends without CR")
    check(b"\x1b" not in raw, "an escape sequence was printed")


@shell("CON02", "each break on the line is counted, its byte is no byte, and the shell goes on")
def line_break(machine):
    for number in range(1, 21):
        machine.qmp.command("chardev-send-break", id="serial0")
        # The break and the command go different ways through QEMU: ask until it is there, a hang ends the test.
        limit = time.monotonic() + COMMAND_SECONDS
        while f" breaks={number} " not in machine.command("irqs"):
            check(time.monotonic() < limit, f"break {number} is not counted: {machine.command('irqs')!r}")
    check(machine.command("echo alive") == "alive\n", "the shell does not answer after a break")


@test("CON01", "500 lines in one write on the mini-UART")
def burst_on_the_mini_uart(bench):
    with bench.machine(tree=bench.board_tree("bcm2711-rpi-4-b.dtb"), console=1) as machine:
        machine.boot()
        burst_of = 500
        start = machine.port.seen
        machine.send("".join(f"echo line-{n}\r" for n in range(burst_of)))
        machine.expect(rf"^line-{burst_of - 1}\n", 60)
        got = re.findall(r"^line-(\d+)$", machine.port.text()[start:], re.MULTILINE)
        check(got == [str(n) for n in range(burst_of)], f"{len(got)} lines came")


FLOOD_BYTES_A_SECOND = 11520        # 115,200 baud, 8N1
FLOOD_SECONDS = 600


@test("CON01", "a flood at the line's full rate, with the cores busy: no byte and no line is lost")
def flood(bench):
    minutes = int(os.environ.get("QUARTET_MINUTES", "0"))
    whole = min(FLOOD_SECONDS, 60 * minutes) if minutes else 6
    line = "echo {:08d}\r"
    lines_a_slice = FLOOD_BYTES_A_SECOND // 20 // len(line.format(0))
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        machine.command("spin 8")
        sent = 0
        for _ in range(whole):
            begin, first, start = time.monotonic(), sent, machine.port.seen
            for part in range(20):
                machine.send("".join(line.format(n) for n in range(sent, sent + lines_a_slice)))
                sent += lines_a_slice
                time.sleep(max(0, begin + (part + 1) / 20 - time.monotonic()))
            machine.expect(rf"^{sent - 1:08d}\n", 60)
            got = [int(n) for n in re.findall(r"^(\d{8})$", machine.port.text()[start:machine.port.seen], re.MULTILINE)]
            check(got == list(range(first, sent)), f"of the lines {first} to {sent - 1} came {len(got)}: {got[:5]}…")
        machine.expect(PROMPT)
        machine.command("spin 0")
        counts = machine.command("irqs")
        for what in ("overruns", "breaks", "framing", "parity"):
            check(re.search(rf"\b{what}=0\b", counts), f"{what} were counted: {counts}")
        check(machine.command("selftest TMR03").endswith("selftest: 2 passed, 0 failed, 0 skipped\n"), "no longer well")
    if minutes:
        print(f"CON01 flood: {whole} of {FLOOD_SECONDS} seconds, {sent} lines", flush=True)


@test("CON04", "four cores and their handlers log at once: no line has another inside, each writer's are in order")
def log_from_all_cores(bench):
    with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        start = machine.port.seen
        machine.send("selftest CON04\r")
        machine.expect(r"^selftest: 2 passed, 0 failed, 0 skipped\n", 60)
        machine.expect(PROMPT)
        machine.command("echo fence")
        lines = [line for line in machine.port.text()[start:].split("\n") if "con04" in line or "log: " in line]
    next_of = {}
    lost = 0
    for line in lines:
        if line == "con04 open line":
            continue
        if match := re.fullmatch(r"\[\d+\.\d{6}\] log: (\d+) lines (?:lost, the ring|not shown, the history) was full", line):
            lost += int(match[1])
        elif match := re.fullmatch(r"\[\d+\.\d{6}\] con04 ends: (\d+) lines of threads, (\d+) of handlers", line):
            logged = int(match[1]) + int(match[2])
        else:
            match = re.fullmatch(r"\[\d+\.\d{6}\] con04 (?:thread (\d) line (\d+) jumps over the lazy dog|"
                                 r"handler (\d) line (\d+) of the quick brown fox)", line)
            check(match, f"a line that nobody wrote: {line!r}")
            writer, number = (match[1], int(match[2])) if match[1] else ("h" + match[3], int(match[4]))
            check(number >= next_of.get(writer, 0), f"{writer} wrote {number} after {next_of.get(writer, 0) - 1}")
            next_of[writer] = number + 1
    whole = sum("dog" in line or "fox" in line for line in lines)
    check(whole == logged, f"{logged} lines were logged, {whole} came, {lost} are counted as lost")


@test("CON04", "what is logged behind an open line comes when it is ended: all of it, in order")
def log_behind_an_open_line(bench):
    with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        machine.send("selftest CON04\r")
        machine.expect(r"^selftest: 2 passed, 0 failed, 0 skipped\n", 60)
        machine.expect(PROMPT)
        machine.command("echo fence")
        shown = machine.port.text()
    at = shown.find("con04 open line\n")
    check(at >= 0, "something came between the two halves of an open line")
    got = re.findall(r"^\[\d+\.\d{6}\] c4 (\d+)$", shown[at:], re.MULTILINE)
    check(got == [str(n) for n in range(1000)], f"{len(got)} lines came, the last {got[-1:]}")
    check(not re.search(r"\] c4 ", shown[:at]), "a line came out before the open one was ended")
