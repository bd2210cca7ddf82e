# SPDX-License-Identifier: MIT
"""What is typed, echoed and printed, byte by byte."""

import re

from qemu import PROMPT, check
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


@shell("CON02", "a break on the line is counted or dropped, and wedges nothing")
def line_break(machine):
    for _ in range(20):
        machine.qmp.command("chardev-send-break", id="serial0")
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
