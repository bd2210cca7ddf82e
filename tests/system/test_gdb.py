# SPDX-License-Identifier: MIT
"""The debugger on the console: packets by hand, and gdb-multiarch over the same UART, with four cores busy."""

import os
import re
import shutil
import socket
import subprocess
import threading
import time

from qemu import PROMPT, REPOSITORY, Skip, check
from suite import test

SPINNERS = 4


def packet(body):
    return f"${body}#{sum(body.encode()) & 255:02x}"


def answer(machine, body, seconds=10):
    """The body of the answer to one packet; the answer is acknowledged."""
    machine.send(packet(body))
    match = machine.expect(r"\+\$([^#]*)#([0-9a-f]{2})", seconds)
    check(packet(match[1]) == f"${match[1]}#{match[2]}", f"the sum of the answer to {body} is wrong: {match[0]!r}")
    machine.send("+")
    return match[1]


class Wire:
    """The machine's UART as a TCP port: for one debugger after the other."""

    def __init__(self, port):
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            begin = len(self._port.raw())
            threading.Thread(target=self._out, args=(connection, begin), daemon=True).start()
            try:
                while data := connection.recv(4096):
                    self._port.send(data)
            except OSError:
                pass

    def _out(self, connection, sent):
        while True:
            raw = self._port.raw()
            try:
                connection.sendall(raw[sent:])
            except OSError:
                return
            sent = len(raw)
            time.sleep(0.002)

    def close(self):
        self._listener.close()


def debug(bench, machine, rounds, seconds):
    """gdb-multiarch with tests/system/gdb_session.py; what it printed."""
    if shutil.which("gdb-multiarch") is None:
        raise Skip("there is no gdb-multiarch; scripts/setup.sh installs it")
    wire = Wire(machine.port)
    environment = dict(os.environ, GDB_TARGET=wire.address, GDB_ROUNDS=str(rounds), GDB_SPINNERS=str(SPINNERS),
                       GDB_COMMANDS=str(REPOSITORY / "scripts/gdb/quartet.py"))
    try:
        ran = subprocess.run(["gdb-multiarch", "-nx", "-q", "-batch", "-x", REPOSITORY / "tests/system/gdb_session.py",
                              bench.built("kernel8.elf")], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=seconds)
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode("utf-8", "replace")
        raise AssertionError(f"gdb-multiarch did not end in {seconds} s; last said {said[-300:]!r}") from None
    finally:
        wire.close()
    check(ran.stdout.rstrip().endswith("end of session"), f"gdb-multiarch says {ran.stdout[-600:]!r}")
    return ran.stdout


def by_hand(machine):
    # Not echoed, and the others stand while it lasts.
    before = len(machine.port.raw())
    check(answer(machine, "?").startswith("T05thread:"), "the stop has no thread")
    check("$?" not in machine.port.raw()[before:].decode("latin-1"), "a packet is echoed")
    check(answer(machine, "m0,4") == "E03", "null can be read")
    check(answer(machine, "Zebra") == "E01" and answer(machine, "nonsense") == "", "nonsense is answered")
    registers = answer(machine, "g")
    check(len(registers) == 33 * 16 + 8, f"the registers are {len(registers)} digits")
    check('name="spin0"' in answer(machine, "qXfer:threads:read::0,3f0") + answer(machine, "qXfer:threads:read::3f0,3f0"), "no spin0")
    machine.send("$?#00")
    machine.expect("-")
    check(answer(machine, "D") == "OK", "no detach")
    machine.expect(PROMPT)
    check(machine.command("echo after") == "after\n", "the shell is not itself after a detach")


def not_a_packet(machine):
    """What is no packet after all is the line's, and nothing of it is lost."""
    machine.send("$PATH")
    time.sleep(0.2)
    check(not machine.port.text().endswith("$PATH"), "it was not waited for")
    machine.expect(re.escape("$PATH"))
    machine.send("\r")
    machine.expect(r"^error: ")
    machine.expect(PROMPT)
    machine.send("+$?#00\r")
    machine.expect(re.escape("+$?#00"))
    machine.expect(r"^error: ")
    machine.expect(PROMPT)
    check(machine.command("echo $?#3f") == "$?#3f\n", "a packet in the middle of a line was taken out")


def nobody_there(machine):
    """Ctrl-C with no debugger: a stop is told, and a person's Enter lets it go on; so does silence."""
    machine.send("\x03")
    machine.expect(r"\$T02thread:")
    machine.send("\r")
    machine.expect(PROMPT)
    check(machine.command("echo on") == "on\n", "the shell is not itself")
    machine.send("\x03")
    machine.expect(r"\$T02thread:")
    machine.expect(PROMPT, 30)
    check(machine.command("echo on") == "on\n", "the shell is not itself")
    # A debugger that asked something, and vanished before it had the answer.
    machine.send(packet("g"))
    machine.expect(PROMPT, 30)
    machine.send("ab\x03")
    machine.expect(PROMPT)


def fault(machine):
    """A fault stops for a debugger who is there, goes on to the report if he says so, and there is looked at again; kill reboots."""
    check(answer(machine, "?").startswith("T05"), "no stop")
    machine.send(packet("c"))
    machine.expect(r"\+")
    machine.send("crash null-read\r")
    machine.expect(r"\$T0bthread:[0-9a-f]+;core:\d;#..")
    machine.send("+")
    check(answer(machine, "p0") != "", "no registers")
    machine.send(packet("C0b"))
    machine.expect(r"^fault: ")
    machine.expect(r"^end of report\n")
    machine.expect("panic> ")
    check(answer(machine, "?").startswith("T0bthread:"), "the fault is not shown at panic>")
    check(len(answer(machine, "g")) == 33 * 16 + 8, "no registers at panic>")
    check(answer(machine, "c") == "E02" and answer(machine, "m0,4") == "E03", "what faulted runs on")
    check(answer(machine, "D") == "OK", "no detach at panic>")
    machine.expect("panic> ")
    machine.send(packet("k"))
    machine.boot()


@test("GDB08", "packets by hand, what is no packet, nobody there; gdb-multiarch breaks, steps, watches, lists, detaches; faults, and kill reboots")
def debugger(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        machine.command(f"spin {SPINNERS}")
        by_hand(machine)
        not_a_packet(machine)
        nobody_there(machine)
        debug(bench, machine, 1, 240)
        machine.expect(PROMPT, 60)
        check(re.search(r"^\s*\d+ spin0 ", machine.command("threads"), re.M), "spin0 is gone")
        machine.command("spin 0")
        fault(machine)


@test("GDB09", "fifty rounds of gdb-multiarch beside four busy cores", long=True)
def fifty_rounds(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        machine.command(f"spin {SPINNERS}")
        debug(bench, machine, 50, 3000)
        machine.expect(PROMPT, 60)
        machine.command("spin 0")
        check(machine.command("echo after") == "after\n", "the shell is not itself after fifty rounds")
