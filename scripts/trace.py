#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Takes a trace off the wire and makes it visible.

    scripts/trace.py SAVED.txt --html out.html              a text that somebody saved; - is the standard input
    scripts/trace.py --serial /dev/ttyUSB0 --html out.html  asks the board for it: types `trace dump`
    scripts/trace.py --run "trace start; spin 2; sleep 1; trace stop; trace dump" --html out.html
                                                            starts the image in QEMU and types that; `sleep N` waits N seconds
    --perfetto FILE   Chrome's JSON, which https://ui.perfetto.dev and chrome://tracing open
    --html FILE       a page of its own: cores as rows, wheel zooms, drag moves, hover tells, the box searches
    --flame FILE      a flame graph of what `profile N` dumped, a page of its own as well
    --text            every event, a line each

Names of functions come from --elf (build/release/kernel8.elf, where that exists). What is missing of a dump is said, and exit is 1 only if nothing
of it could be read.
"""

import argparse
import json
import os
import pathlib
import select
import sys
import termios
import time
import tty

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import trace_dump  # noqa: E402
import trace_flame  # noqa: E402
import trace_view  # noqa: E402

DUMP_SECONDS = 300
QUIET_SECONDS = 10


def from_serial(device):
    """Types `trace dump`; everything up to its last line, or to ten seconds of silence."""
    port = os.open(device, os.O_RDWR | os.O_NOCTTY)
    if os.isatty(port):
        tty.setraw(port)
        modes = termios.tcgetattr(port)
        modes[4] = modes[5] = termios.B115200
        termios.tcsetattr(port, termios.TCSANOW, modes)
    os.write(port, b"\rtrace dump\r")
    data, limit = b"", time.monotonic() + DUMP_SECONDS
    while time.monotonic() < limit and select.select([port], [], [], QUIET_SECONDS)[0]:
        piece = os.read(port, 65536)
        if not piece:
            break
        data += piece
        tail = data[-200:].decode("latin-1").splitlines()
        if any((match := trace_dump.LINE.search(line)) and match[3] == "Z" for line in tail):
            break
    os.close(port)
    return data.decode("latin-1")


def from_qemu(commands, image):
    sys.path.insert(0, str(ROOT / "tests" / "system"))
    from qemu import Machine
    with Machine(image, tree=image.parent / "quartet.dtb") as machine:
        machine.boot()
        for command in filter(None, (one.strip() for one in commands.split(";"))):
            if command.startswith("sleep "):
                time.sleep(float(command.split()[1]))
            else:
                machine.command(command, DUMP_SECONDS)
        return machine.port.text()


def perfetto(trace):
    """A process a core, with threads for who runs, interrupts and waits; microseconds, as Chrome's format wants them."""
    rows = {"thread": 1, "irq": 2, "wait": 3}
    events = []
    for core in sorted(trace.events):
        events.append({"ph": "M", "name": "process_name", "pid": core + 1, "args": {"name": f"cpu{core}"}})
        events += [{"ph": "M", "name": "thread_name", "pid": core + 1, "tid": tid, "args": {"name": row}} for row, tid in rows.items()]
    events += [{"ph": "X", "name": one.name, "cat": one.row, "pid": one.core + 1, "tid": rows[one.row], "ts": round(one.begin * 1e6, 3),
                "dur": round((one.end - one.begin) * 1e6, 3), "args": {"more": one.more}} for one in trace_dump.stretches(trace)]
    events += [{"ph": "i", "s": "t", "name": words, "cat": event.kind, "pid": event.core + 1, "tid": 1, "ts": round(event.time * 1e6, 3)}
               for event, words in trace_dump.instants(trace)]
    return {"traceEvents": events, "displayTimeUnit": "ns", "otherData": {"lost": trace.lost, "problems": trace.problems}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("saved", nargs="?")
    source.add_argument("--serial")
    source.add_argument("--run")
    parser.add_argument("--image", type=pathlib.Path, default=ROOT / "build" / "release" / "kernel8.img")
    parser.add_argument("--elf", type=pathlib.Path)
    parser.add_argument("--save", help="what came over the wire, as it came")
    for form in ("perfetto", "html", "flame"):
        parser.add_argument(f"--{form}")
    parser.add_argument("--text", action="store_true")
    asked = parser.parse_args()
    if asked.serial:
        text = from_serial(asked.serial)
    elif asked.run:
        text = from_qemu(asked.run, asked.image)
    else:
        text = sys.stdin.buffer.read().decode("latin-1") if asked.saved == "-" else pathlib.Path(asked.saved).read_bytes().decode("latin-1")
    if asked.save:
        pathlib.Path(asked.save).write_text(text, encoding="latin-1")
    elf = asked.elf or (asked.image.with_suffix(".elf") if asked.image.with_suffix(".elf").exists() else None)
    try:
        trace = trace_dump.parse(text, elf)
    except trace_dump.BadDump as why:
        print(f"trace.py: {why}", file=sys.stderr)
        return 1
    for problem in trace.problems:
        print(f"trace.py: {problem}", file=sys.stderr)
    for core in sorted(trace.lost):
        print(f"cpu{core}: {len(trace.events.get(core, []))} events, {trace.lost[core]} older ones are lost")
    if asked.perfetto:
        pathlib.Path(asked.perfetto).write_text(json.dumps(perfetto(trace)))
    if asked.html:
        pathlib.Path(asked.html).write_text(trace_view.page(trace))
    if asked.flame:
        pathlib.Path(asked.flame).write_text(trace_flame.page(trace))
    if asked.text:
        for event in trace.all():
            print(f"{event.time:.9f} cpu{event.core} {event.kind} {event.subject:#x} {event.detail}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
