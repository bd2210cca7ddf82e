# SPDX-License-Identifier: MIT
"""The debugger on the console: packets by hand, and gdb-multiarch over the same UART, with four cores busy."""

import os
import random
import re
import shutil
import socket
import subprocess
import threading
import time

from qemu import PROMPT, REPOSITORY, Skip, check
from suite import test

SPINNERS = 4
WATCHDOG = 6  # seconds


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
    """The machine's UART as a TCP port, for one debugger after the other, who may wish what is typed when the machine goes on."""

    def __init__(self, port):
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._wishes, self.wish = os.pipe()
        os.set_blocking(self._wishes, False)
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
                    if re.search(rb"\$(vCont;)?c[^$]*#..$", data):
                        self._gone_on()
            except OSError:
                pass

    def _gone_on(self):
        try:
            self._port.send(os.read(self._wishes, 4096))
        except BlockingIOError:
            pass

    def _out(self, connection, sent):
        while not self._port.closed:
            data = self._port.after(sent, 1)
            try:
                connection.sendall(data)
            except OSError:
                return
            sent += len(data)

    def close(self):
        self._listener.close()
        for each in (self._wishes, self.wish):
            os.close(each)


def debug(bench, machine, rounds, seconds, kill=""):
    """gdb-multiarch with tests/system/gdb_session.py; what it printed."""
    if shutil.which("gdb-multiarch") is None:
        raise Skip("there is no gdb-multiarch; scripts/setup.sh installs it")
    slabs = re.findall(r"^(\S+-\d+|\w+) +\d", machine.command("slabs"), re.M)
    wire = Wire(machine.port)
    environment = dict(os.environ, GDB_TARGET=wire.address, GDB_ROUNDS=str(rounds), GDB_SPINNERS=str(SPINNERS), GDB_WISH=str(wire.wish),
                       GDB_SLABS=" ".join(slabs), GDB_KILL=kill,
                       GDB_COMMANDS=str(REPOSITORY / "scripts/gdb/quartet.py"))
    try:
        ran = subprocess.run(["gdb-multiarch", "-nx", "-q", "-batch", "-x", REPOSITORY / "tests/system/gdb_session.py",
                              bench.built("kernel8.elf")], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=seconds, pass_fds=(wire.wish,))
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode("utf-8", "replace")
        raise AssertionError(f"gdb-multiarch did not end in {seconds} s; last said {said[-300:]!r}") from None
    finally:
        wire.close()
    check(ran.stdout.rstrip().endswith("end of session"), f"gdb-multiarch says {ran.stdout[-900:]!r}")
    return ran.stdout


def at_prompt(machine, word):
    """Whatever was typed and printed until now is over."""
    machine.send(f"echo {word}\r")
    machine.expect(rf"^{word}\n", 60)
    machine.expect(PROMPT)


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
    machine.send("+")
    machine.expect(PROMPT, 30)
    check(machine.command("echo on") == "on\n", "the shell is not itself")
    machine.send("ab\x03")
    machine.expect(PROMPT)


def spinner(machine):
    """The number of a thread that spins now, by the list of threads."""
    threads, piece = "", "m"
    while piece[0] == "m":
        piece = answer(machine, f"qXfer:threads:read::{len(threads):x},3f0")
        threads += piece[1:]
    return re.search(r'id="(\w+)" core="\d" name="spin\d"', threads)[1]


def vanishes(machine):
    """A debugger that is gone: before it has an answer, while the machine stands, and behind `c` with a breakpoint in the code."""
    machine.send(packet("g"))
    machine.expect(PROMPT, 30)
    check(answer(machine, "?").startswith("T05thread:"), "another one is not heard")
    machine.send("\r")
    machine.expect(PROMPT)

    check(answer(machine, "?").startswith("T05thread:") and answer(machine, f"Hg{spinner(machine)}") == "OK", "no spinner")
    at = int.from_bytes(bytes.fromhex(answer(machine, "p20")), "little")
    code = answer(machine, f"m{at:x},4")
    check(answer(machine, f"Z0,{at:x},4") == "OK" and answer(machine, f"m{at:x},4") == code, "a breakpoint is seen in the code")
    before = len(machine.port.text())
    machine.send(packet("c"))
    machine.expect(r"\$T05thread:[^#]+#..")
    machine.expect(PROMPT, 30)
    told = re.findall(r"\$T05thread:[^#]+#..", machine.port.text()[before:])
    check(len(told) == 4 and len(set(told)) == 1, f"it was told {told}")
    check(machine.command("echo on") == "on\n", "the shell is not itself")
    check(answer(machine, "?").startswith("T05thread:") and answer(machine, f"m{at:x},4") == code, "its breakpoint is left in the code")
    check(answer(machine, "vCont?").startswith("vCont;"), "no vCont")

    # None is met: the machine runs, and Ctrl-C finds nobody.
    machine.send(packet("c"))
    machine.expect(r"\+")
    check(machine.command("echo on") == "on\n", "the shell is not itself while a debugger waits")
    machine.send("ab\x03")
    machine.expect(r"\$T02thread:")
    machine.expect(PROMPT, 30)
    check(machine.command("echo on") == "on\n", "the shell is not itself")


def one_wire(machine):
    """Text and packets on one wire: all bytes of both arrive."""
    text = machine.command("dt")
    check(answer(machine, "?").startswith("T05thread:"), "no stop")
    machine.send(packet("c"))
    machine.expect(r"\+")
    # GDB refuses what looks like a packet and is none; what is typed is typed.
    machine.send("-+-")
    check(machine.command("echo $a#00 b-+c") == "$a#00 b-+c\n", "a line with `$`, `-` and `+` is not itself")
    begin = len(machine.port.raw())
    machine.send("dt\r")
    machine.expect(r"dt\n")
    machine.send("\x03")
    machine.expect(r"\$T02thread:[^#]+#..")
    machine.send("+echo typed while it stands\r")
    machine.expect(PROMPT, 60)
    machine.expect(r"^typed while it stands\n", 60)
    at_prompt(machine, "one-wire")
    heard = re.sub(r"\$T02thread:[^#]+#..", "", machine.port.raw()[begin:].decode("latin-1")).replace("\r\n", "\n")
    check(f"dt\n{text}quartet> " in heard, f"text was lost beside packets: {heard[:200]!r}, {len(heard)} bytes for {len(text)}")


def bad_packets(machine):
    """Half and corrupt packets, and a flood, in the middle of a conversation."""
    check(answer(machine, "?").startswith("T05thread:"), "no stop")
    machine.send("$m10")
    machine.send(packet("m0,4"))
    machine.expect(r"\+\$E03#..")
    machine.send("+" + packet("m0,4")[:-1] + "!")
    machine.expect("-")
    check(answer(machine, "m0,4") == "E03", "no answer behind a wrong sum")
    # All bytes but line ends, which are a person's; fed as fast as the machine takes them.
    noise = bytes(random.Random(7).choices([n for n in range(256) if n not in (10, 13)], k=20000))
    machine.send(noise)
    check(answer(machine, "m0,4", 60) == "E03", "no answer behind a flood")
    machine.send("$" + "a" * 5000 + "#00")
    check(answer(machine, "qAttached", 60) == "1", "no answer behind a packet without an end")
    check(answer(machine, "D") == "OK", "no detach")
    # The first bytes of it are the line's.
    machine.send("\x03")
    at_prompt(machine, "flooded")


def held(machine):
    """Longer than the watchdog and the cores' hearts wait."""
    begin = time.monotonic()
    while time.monotonic() - begin < WATCHDOG + 1:
        answer(machine, "qAttached")


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
    held(machine)
    check(answer(machine, "c") == "E02" and answer(machine, "m0,4") == "E03", "what faulted runs on")
    check(answer(machine, "D") == "OK", "no detach at panic>")
    machine.expect("panic> ")
    machine.send(packet("k"))
    machine.boot()


@test("GDB08", "packets by hand, what is no packet, floods, who vanishes; gdb-multiarch breaks, steps, watches, lists, detaches; faults, kill reboots")
def debugger(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), bootargs=f"hang={WATCHDOG * 1000} watchdog={WATCHDOG}") as machine:
        machine.boot()
        machine.command(f"spin {SPINNERS}")
        by_hand(machine)
        not_a_packet(machine)
        nobody_there(machine)
        vanishes(machine)
        one_wire(machine)
        bad_packets(machine)
        check(answer(machine, "?").startswith("T05thread:"), "no stop")
        held(machine)
        check(answer(machine, "D") == "OK", "no detach")
        machine.expect(PROMPT)
        check(machine.command("watchdog").startswith(f"on: {WATCHDOG}000 ms"), "the watchdog is not on any more")
        fault(machine)
        machine.command("bench heap")
        machine.command(f"spin {SPINNERS}")
        debug(bench, machine, 1, 240, kill="yes")
        machine.boot()


@test("GDB09", "fifty rounds of gdb-multiarch beside four busy cores", long=True)
def fifty_rounds(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), bootargs=f"hang={WATCHDOG * 1000} watchdog={WATCHDOG}") as machine:
        machine.boot()
        machine.command(f"spin {SPINNERS}")
        debug(bench, machine, 50, 3000)
        at_prompt(machine, "after")
        machine.command("spin 0")
        check(machine.command("echo after") == "after\n", "the shell is not itself after fifty rounds")
