# SPDX-License-Identifier: MIT
"""One machine in QEMU: started, listened to, typed to, stopped.

Every serial port is drained by a thread of its own, always: the PL011 writes blocking, and an unread socket would
stop all of QEMU. QEMU connects to sockets that we listen on before it starts, so not a byte of output is lost.
Time budgets find hangs and nothing else; they are generous because tests share two cores.
"""

import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "quartet"
PROMPT = r"(?:\A|(?<=\n))quartet> "
BOOT_SECONDS = 60
# Time is counted instructions, 16 ns each, the same in every run: what judges time or share runs so.
# Not for what resets the machine: QEMU 10.0.2 then stays in its own loop now and then (rr_kick_vcpu_thread), and answers nothing.
COUNTED = ["-accel", "tcg,thread=single", "-icount", "shift=4,sleep=off"]
COMMAND_SECONDS = 30


def virt(cores, entry="EL2"):
    """The board that is QEMU's own: another memory map, and PSCI by smc, or by hvc where it is entered at EL1."""
    options = "virt,gic-version=2" + (",virtualization=on" if entry == "EL2" else "")
    return (options, "-cpu", "cortex-a72", "-smp", str(cores), "-nic", "none")


_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Failed(Exception):
    """The kernel did not do what the test states."""


class Skip(Exception):
    """The test cannot run here; the text says why."""


def check(condition, why):
    if not condition:
        raise Failed(why)


class Port:
    """One serial port: all that it ever said, and a place up to which it was looked at."""

    def __init__(self, listener):
        self._listener = listener
        self._connection = None
        self._bytes = bytearray()
        self._news = threading.Condition()
        self.closed = False
        self.seen = 0
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self):
        try:
            self._connection, _ = self._listener.accept()
            while True:
                data = self._connection.recv(65536)
                if not data:
                    break
                with self._news:
                    self._bytes += data
                    self._news.notify_all()
        except OSError:
            pass
        with self._news:
            self.closed = True
            self._news.notify_all()

    def text(self):
        """Everything so far, a character a byte, lines ended by a bare newline."""
        with self._news:
            return self._bytes.decode("latin-1").replace("\r\n", "\n")

    def raw(self):
        with self._news:
            return bytes(self._bytes)

    def after(self, place, seconds):
        """What came behind the first `place` bytes, waited for so long; empty where nothing did."""
        with self._news:
            self._news.wait_for(lambda: len(self._bytes) > place or self.closed, seconds)
            return bytes(self._bytes[place:])

    def send(self, data):
        limit = time.monotonic() + 10
        while self._connection is None and time.monotonic() < limit:
            with self._news:
                self._news.wait(0.05)
        self._connection.sendall(data.encode() if isinstance(data, str) else data)

    def expect(self, pattern, seconds):
        """The first match of `pattern` after what was seen; moves on behind it."""
        compiled = re.compile(pattern, re.MULTILINE | re.DOTALL)
        limit = time.monotonic() + seconds
        while True:
            with self._news:
                size = len(self._bytes)
                closed = self.closed
            text = self.text()
            match = compiled.search(text, self.seen)
            if match:
                self.seen = match.end()
                return match
            left = limit - time.monotonic()
            if closed or left <= 0:
                what = "QEMU ended" if closed else f"{seconds} s passed"
                fault = re.search(r"^fault: .*(?:\n.+){,12}", text[self.seen:], re.MULTILINE)
                reported = f" a fault was reported: {fault[0]!r};" if fault else ""
                raise Failed(f"{what} without '{pattern}';{reported} last seen: {text[-400:]!r}")
            with self._news:
                if len(self._bytes) == size and not self.closed:
                    self._news.wait(left)

    def shut(self):
        for each in (self._connection, self._listener):
            if each is not None:
                each.close()


class Qmp:
    """QEMU's control connection."""

    def __init__(self, listener):
        listener.settimeout(20)
        self._connection, _ = listener.accept()
        self._connection.settimeout(20)
        self._lines = self._connection.makefile("r")
        self.events = []
        self._read()
        self.command("qmp_capabilities")

    def _read(self):
        line = self._lines.readline()
        if not line:
            raise Failed("QEMU closed its control connection")
        return json.loads(line)

    def command(self, name, **arguments):
        request = {"execute": name}
        if arguments:
            request["arguments"] = arguments
        self._connection.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._read()
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise Failed(f"QEMU refused {name}: {answer['error']['desc']}")
            self.events.append(answer)

    def event(self, name, seconds):
        """Wait for an event of this name."""
        self._connection.settimeout(seconds)
        try:
            while True:
                for event in self.events:
                    if event["event"] == name:
                        self.events.remove(event)
                        return event
                self.events.append(self._read())
        except TimeoutError:
            raise Failed(f"QEMU sent no {name} within {seconds} s") from None
        finally:
            self._connection.settimeout(20)

    def shut(self):
        self._connection.close()


class Machine:
    """A Raspberry Pi 4 in QEMU. Use it in a `with` block: leaving it ends QEMU.

    kernel   the file for -kernel (image, ELF, or U-Boot); None starts without one
    tree     the file for -dtb; None leaves ATAGs at x0
    console  which serial port is the console: 0 the PL011, 1 the mini-UART
    stopped  the machine waits at reset for the debugger (`gdb()`)
    board    what stands behind -M
    """

    def __init__(self, kernel, tree=None, console=0, card=None, bootargs=None, stopped=False, board=("raspi4b",), arguments=()):
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="quartet-qemu-"))
        self._gdb_listener = self._listen("gdb")
        self.ports = []
        command = ["qemu-system-aarch64", "-M", *board, "-display", "none", "-nodefaults", "-monitor", "none"]
        for number in (0, 1):
            self.ports.append(Port(self._listen(f"serial{number}")))
            command += ["-chardev", f"socket,id=serial{number},path={self._folder}/serial{number}",
                        "-serial", f"chardev:serial{number}"]
        qmp_listener = self._listen("qmp")
        command += ["-chardev", f"socket,id=qmp,path={self._folder}/qmp", "-mon", "chardev=qmp,mode=control"]
        command += ["-chardev", f"socket,id=gdb,path={self._folder}/gdb", "-gdb", "chardev:gdb"] if stopped else []
        command += ["-S"] if stopped else []
        command += ["-kernel", str(kernel)] if kernel else []
        command += ["-dtb", str(tree)] if tree else []
        command += ["-append", bootargs] if bootargs else []
        command += ["-drive", f"if=sd,format=raw,file={card}"] if card else []
        command += list(arguments)
        self.port = self.ports[console]
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._errors, stderr=self._errors,
                                         preexec_fn=_die_with_parent)
        try:
            self.qmp = Qmp(qmp_listener)
        except (OSError, Failed):
            said = self.errors()
            self.close()
            raise Failed(f"QEMU did not start: {said[-300:]}") from None

    def _listen(self, name):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._folder / name))
        listener.listen(1)
        return listener

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for port in self.ports:
            port.shut()
        self._gdb_listener.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def errors(self):
        """What QEMU itself said."""
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")

    def gdb(self):
        self._gdb_listener.settimeout(20)
        return Gdb(self._gdb_listener.accept()[0])

    # ---- the console

    def expect(self, pattern, seconds=COMMAND_SECONDS):
        return self.port.expect(pattern, seconds)

    def send(self, data):
        self.port.send(data)

    def boot(self, seconds=BOOT_SECONDS):
        """Wait for the prompt; the text before it, which is the boot report."""
        start = self.port.seen
        match = self.port.expect(PROMPT, seconds)
        return self.port.text()[start:match.start()]

    def command(self, line, seconds=COMMAND_SECONDS):
        """Type a line and Enter; what was printed between its echo and the next prompt."""
        start = self.port.seen
        self.send(line + "\r")
        match = self.port.expect(PROMPT, seconds)
        answer = self.port.text()[start:match.start()]
        echo, _, rest = answer.partition("\n")
        check(echo == line, f"'{line}' was echoed as {echo!r}")
        return rest

    def exit_status(self, seconds=COMMAND_SECONDS):
        """Wait until QEMU ends by itself."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"QEMU still runs after {seconds} s; last seen: {self.port.text()[-300:]!r}") from None

    def alive(self):
        return self._process.poll() is None


class Gdb:
    """The few packets of the debugger's protocol that tests need. Registers: 0-30 x, 31 sp, 32 pc, 33 cpsr."""

    def __init__(self, connection):
        self._connection = connection
        self._connection.settimeout(240)
        self._input = b""

    def _byte(self):
        if not self._input:
            self._input = self._connection.recv(4096)
            if not self._input:
                raise Failed("QEMU closed the debugger's connection")
        byte, self._input = self._input[:1], self._input[1:]
        return byte

    def _answer(self):
        while self._byte() != b"$":
            pass
        body = b""
        while (byte := self._byte()) != b"#":
            body += byte
        self._byte(), self._byte()
        self._connection.sendall(b"+")
        return body.decode()

    def send(self, body):
        """A packet whose answer, if any, is awaited by somebody else."""
        self._connection.sendall(f"${body}#{sum(body.encode()) & 255:02x}".encode())

    def ask(self, body):
        self.send(body)
        return self._answer()

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def set_register(self, number, value):
        answer = self.ask(f"P{number:x}={value.to_bytes(8, 'little').hex()}")
        check(answer == "OK", f"the debugger could not set register {number}: {answer}")

    def memory(self, address, size):
        return bytes.fromhex(self.ask(f"m{address:x},{size:x}"))

    def set_memory(self, address, data):
        check(self.ask(f"M{address:x},{len(data):x}:{data.hex()}") == "OK", f"cannot write to {address:#x}")

    def run_to(self, address, threads=()):
        """Run all cores, or those of these threads alone, until one reaches the address."""
        check(self.ask(f"Z1,{address:x},4") == "OK", "no breakpoint")
        stop = self.ask("vCont;" + ";".join(f"c:{each}" for each in threads) if threads else "c")
        check(stop.startswith("T05"), f"stopped by {stop} and not by the breakpoint")
        check(self.ask(f"z1,{address:x},4") == "OK", "the breakpoint could not be taken away")

    def go(self):
        """Let all cores run; nothing is awaited."""
        self.send("c")

    def stop(self):
        """Stop all cores that run."""
        self._connection.sendall(b"\x03")
        answer = self._answer()
        check(answer.startswith("T"), f"the machine did not stop: {answer}")
