# SPDX-License-Identifier: MIT
"""The trace: recorded, dumped over the wire beside log lines, and made visible. One machine, whose instructions are counted, does all of it."""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import threading
import tty
import zlib

from qemu import COUNTED, PROMPT, REPOSITORY, Skip, check
from suite import test

sys.path.insert(0, str(REPOSITORY / "scripts" / "lib"))
import trace_dump  # noqa: E402

TRACE = REPOSITORY / "scripts" / "trace.py"
SECONDS = 120


def written(folder, text, elf, *more):
    """What trace.py makes of a text: its own words, the JSON, the page."""
    saved, json_file, page = folder / "saved.txt", folder / "trace.json", folder / "trace.html"
    saved.write_text(text, encoding="latin-1")
    done = subprocess.run([TRACE, saved, "--elf", elf, "--perfetto", json_file, "--html", page, *more], capture_output=True, text=True)
    check(done.returncode == 0, f"trace.py: {done.stderr}")
    return done, json.loads(json_file.read_text()), page.read_text()


def judge_view(trace, perfetto, page):
    """Both forms hold what the trace has, in the form that their readers want."""
    events = perfetto["traceEvents"]
    whole = [event for event in events if event["ph"] == "X"]
    check(whole and all(event["dur"] >= 0 and event["ts"] >= 0 and event["name"] for event in whole), "a stretch has no name or no length")
    names = {event["args"]["name"] for event in events if event["name"] == "process_name"}
    check(names == {f"cpu{core}" for core in trace.events}, f"the cores in the JSON are {names}")
    check({"i", "X", "M"} == {event["ph"] for event in events}, "a kind of event is missing in the JSON")
    for core in trace.events:
        rows = sorted((event["ts"], event["ts"] + event["dur"]) for event in whole if event["pid"] == core + 1 and event["tid"] == 1)
        check(all(a[1] <= b[0] + 0.002 for a, b in zip(rows, rows[1:])), f"two threads run at once on core {core}")
    data = json.loads(re.search(r"const data = (.*);\n", page)[1])
    check(len(data["stretches"]) == len(whole) and len(data["cores"]) == len(trace.events), "the page has other stretches than the JSON")
    check(not re.search(r"<script[^>]+src|<link|https?://|@import|fetch\(", page), "the page fetches something")


def judge_order(trace):
    for core, events in trace.events.items():
        check(all(a.time <= b.time and a.at < b.at for a, b in zip(events, events[1:])), f"the events of core {core} go backwards")
        runs, before = None, None
        for event in events:
            if before is not None and event.at != before + 1:
                runs = None     # some between them are gone
            before = event.at
            if event.kind == "switch":
                check(runs in (None, event.detail >> 4), f"on core {core} thread {event.detail >> 4} goes and {runs} ran")
                runs = event.subject


def judge_damage(bench, elf, saved):
    """What is missing or spoilt is said and passed over; the rest is there."""
    whole = trace_dump.parse(saved)
    check(not whole.problems, f"an undamaged dump: {whole.problems}")
    lines = saved.splitlines()
    events = [n for n, line in enumerate(lines) if re.match(r"~\d+ E ", line)]
    first, second = events[1], events[2]
    count = lambda line: len(line.split("*")[0].split()[-1]) // 32
    lost = count(lines[first]) + count(lines[second])
    spoilt = lines[first][:-12] + ("0" if lines[first][-12] != "0" else "1") + lines[first][-11:]
    damaged = trace_dump.parse("\n".join([*lines[:first], spoilt, "[1.000000] a log line", *lines[second + 1:]]))
    check(len(damaged.all()) == len(whole.all()) - lost, f"{len(whole.all()) - len(damaged.all())} events are gone and not {lost}")
    check(damaged.problems == ["2 lines of the dump are missing, 1 lines are damaged"], f"said: {damaged.problems}")
    cut = trace_dump.parse("\n".join(lines[:events[3]]))
    check(any("no end" in problem for problem in cut.problems), f"said of half a dump: {cut.problems}")
    none = subprocess.run([TRACE, bench.write("nothing.txt", b"quartet> help\r\n~0 B 62500000 0 1*00000000\r\n")], capture_output=True, text=True)
    check(none.returncode == 1 and "no dump" in none.stderr, f"of nothing: {none.stderr}")


def judge_serial(bench, saved, elf):
    """A device that answers `trace dump`, with the echo and the log lines that come with it."""
    here, there = os.openpty()
    tty.setraw(there)       # as a serial port is: no echo, no line ends of its own

    def board():
        asked = b""
        while not asked.endswith(b"trace dump\r"):
            asked += os.read(here, 64)
        data = b"\r\nquartet> trace dump\r\n[5.000000] logged meanwhile\r\n" + saved.replace("\n", "\r\n").encode("latin-1")
        while data:
            data = data[os.write(here, data[:4096]):]

    answering = threading.Thread(target=board, daemon=True)
    answering.start()
    text = bench.folder / "serial.txt"
    done = subprocess.run([TRACE, "--serial", os.ttyname(there), "--elf", elf, "--save", text], capture_output=True, text=True, timeout=SECONDS)
    answering.join(10)
    os.close(here)
    os.close(there)
    check(done.returncode == 0 and done.stderr == "", f"trace.py --serial: {done.stderr}")
    events = [[(e.core, e.at, e.time) for e in trace_dump.parse(one).all()] for one in (text.read_text(encoding="latin-1"), saved)]
    check(events[0] == events[1], "what came over the serial line is another trace")


def judge_top(answer):
    loads = dict(re.findall(r"^cpu +(\d) +(\d+\.\d)%$", answer, re.MULTILINE))
    check(set(loads) == set("0123"), f"top says {answer!r}")
    rows = re.findall(r"^ *(\d+) (\S+) +(\d) +(\d+\.\d)%$", answer, re.MULTILINE)
    spins = [float(load) for _, name, _, load in rows if name.startswith("spin")]
    check(len(spins) == 2 and all(load > 90 for load in spins), f"two threads that spin have {spins} %")
    check(sum(float(load) > 90 for load in loads.values()) == 2, f"two cores are busy: {loads}")
    check(sum(float(load) < 20 for load in loads.values()) == 2, f"two cores are idle: {loads}")
    check([float(row[3]) for row in rows] == sorted((float(row[3]) for row in rows), reverse=True), "the rows are not in order")
    check("\x1b" not in answer, "escape sequences where nothing is refreshed")


@test("TRC05", "a trace is recorded, dumped beside log lines and drawn; what wrapped is counted; top and profile see who spins; an event costs under 25 instructions")
def trace_of_a_machine(bench):
    image = bench.built("selftest.img")
    elf = bench.built("selftest.elf")
    with bench.machine(image, tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
        machine.boot()
        check("nothing was recorded" in machine.command("trace dump"), "a dump of nothing")
        for wrong in ("trace", "trace begin", "trace start 63", "trace start 65537", "trace stop 1", "profile 0", "profile 61", "top 0", "top x"):
            check(machine.command(wrong).startswith("error: "), f"{wrong} is not refused")
        # An event's cost, and with it marks, waits and timers (the self-tests of TRC).
        said = machine.command("selftest TRC", SECONDS)
        check(re.search(r"^selftest: [1-9]\d* passed, 0 failed, 0 skipped$", said, re.MULTILINE), f"selftest TRC: {said}")
        cost = re.search(r"trace: an event takes (\d+)\.\d+ instructions, a mark \d+\.\d+, and \d+\.\d+ when", machine.command("dmesg"))
        check(cost and int(cost[1]) < 25, "the cost of an event is not in the log, or is 25 or more")
        print(cost[0].split(", a mark")[0], flush=True)
        # Everything of a second, with two busy cores.
        machine.command("spin 2")
        # In one burst, so that the time between the lines is the machine's own.
        machine.send("trace start 65536\rtop 1\rtrace stop\r")
        machine.expect(r"^trace: 65536 events a core$.*" + PROMPT + ".*" + PROMPT + ".*" + PROMPT, SECONDS)
        judge_top(machine.command("top 1", SECONDS))
        saved = machine.command("trace dump", SECONDS)
        done, perfetto, page = written(bench.folder, saved, elf)
        trace = trace_dump.parse(saved, elf)
        check(not trace.problems and not any(trace.lost.values()), f"{trace.problems} {trace.lost}")
        check(set(trace.events) == {0, 1, 2, 3}, f"events of the cores {set(trace.events)}")
        judge_order(trace)
        judge_view(trace, perfetto, page)
        names = {event["name"] for event in perfetto["traceEvents"]}
        check({"spin0", "spin1", "shell", "idle0"} <= names, f"threads in the JSON: {names}")
        busy = {}
        for one in trace_dump.stretches(trace):
            if one.row == "thread":
                busy[one.name] = busy.get(one.name, 0) + one.end - one.begin
        check(0.9 < busy["spin0"] < 1.2 and 0.9 < busy["spin1"] < 1.2, f"threads that spin for a second ran {busy}")
        kinds = {event.kind for event in trace.all()}
        check({"switch", "wake", "irq-enter", "irq-exit", "timer"} <= kinds, f"kinds of events: {kinds}")
        judge_damage(bench, elf, saved)
        judge_serial(bench, saved, elf)
        # Twice the same: a stopped trace stays what it is, whatever is logged or typed meanwhile.
        strip = lambda text: [line for line in text.splitlines() if re.match(r"~\d+ [ERIM] ", line)]
        again = machine.command("trace dump", SECONDS)
        check(len(strip(again)) == len(strip(saved)) and [line.split()[1:4] for line in strip(again)] == [line.split()[1:4] for line in strip(saved)],
              "a second dump has other events")
        # A ring that wraps.
        machine.command("trace start 64")
        machine.command("top 1", SECONDS)
        machine.command("trace stop")
        small = machine.command("trace dump", SECONDS)
        wrapped = trace_dump.parse(small, elf)
        check(max(wrapped.lost.values()) > 0, f"nothing is lost: {wrapped.lost}")
        for core, events in wrapped.events.items():
            check(len(events) <= 64 and (wrapped.lost[core] == 0 or len(events) == 64), f"core {core} has {len(events)} events, {wrapped.lost[core]} lost")
            check([event.at for event in events] == list(range(events[0].at, events[0].at + len(events))), "the events are not the last ones")
        judge_order(wrapped)
        done, _, page = written(bench.folder, small, elf)
        check(re.search(r"64 events, [1-9]\d* older ones are lost", done.stdout), f"said: {done.stdout}")
        check('"lost":{"' in page, "the page does not say what is lost")
        # Dumped while it is recorded: what the dump itself does is in it, and overtakes it.
        machine.command("trace start 256")
        live = trace_dump.parse(machine.command("trace dump", SECONDS), elf)
        machine.command("trace stop")
        check(not live.problems and len(live.all()) > 0, f"a dump while it is recorded: {live.problems}")
        judge_order(live)
        # Samples: where the two spin.
        profile = machine.command("profile 1", SECONDS)
        machine.command("spin 0")
        flame = bench.folder / "flame.html"
        written(bench.folder, profile, elf, "--flame", flame)
        taken = list(trace_dump.samples(trace_dump.parse(profile, elf)))
        spinning = [stack for thread, stack in taken if thread.startswith("spin")]
        check(1800 <= len(spinning) <= 2100, f"{len(spinning)} samples of two threads that spin for a second")
        where = [stack for stack in spinning if stack[-1].endswith("::spin") and "thread" in stack[0]]
        check(len(where) > 0.9 * len(spinning), f"they spin in {set(map(tuple, spinning))}")
        check(re.search(r'data-name="[^"]*::spin"', flame.read_text()) and "https://" not in flame.read_text(), "the flame graph has no spin")
        # In place: until a key.
        machine.send("top\r")
        machine.expect(r"\x1b\[H.*any key ends\x1b\[J\r?\n.*\x1b\[H.*any key ends", SECONDS)
        machine.send("q")
        machine.expect(PROMPT)


def opened(bench, page):
    """What Chromium makes of a page: its elements after the scripts ran, and a picture."""
    picture = bench.folder / "page.png"
    common = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1400,700",
              f"--user-data-dir={bench.folder}/chromium"]
    elements = subprocess.run([*common, "--dump-dom", f"file://{page}"], check=True, capture_output=True, text=True, timeout=SECONDS).stdout
    subprocess.run([*common, f"--screenshot={picture}", f"file://{page}"], check=True, capture_output=True, timeout=SECONDS)
    return elements, picture.read_bytes()


def colours(png):
    """How many different pixels a picture has (8 bits a channel, no interlace)."""
    at, width, depth, data = 8, 0, 3, b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"IHDR":
            width, depth = struct.unpack(">I", png[at + 8:at + 12])[0], {2: 3, 6: 4}[png[at + 17]]
        if kind == b"IDAT":
            data += png[at + 8:at + 8 + size]
        at += size + 12
    raw, line = zlib.decompress(data), width * depth + 1
    return len({raw[n:n + depth] for start in range(0, len(raw), line) for n in range(start + 1, start + line, depth)})


@test("TRC06", "the page of a trace and the flame graph of a profile open in Chromium, with all that is in them", long=True)
def pages_in_a_browser(bench):
    if shutil.which("chromium") is None:
        raise Skip("there is no chromium; scripts/setup.sh --for long installs it on Debian")
    elf = bench.built("kernel8.elf")
    with bench.machine(tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
        machine.boot()
        machine.command("spin 3")
        machine.command("trace start")
        machine.command("top 1", SECONDS)
        machine.command("trace stop")
        saved = machine.command("trace dump", SECONDS)
        profile = machine.command("profile 1", SECONDS)
    _, _, page = written(bench.folder, saved, elf)
    data = json.loads(re.search(r"const data = (.*);\n", page)[1])
    elements, picture = opened(bench, bench.folder / "trace.html")
    check(f"<title>Quartet trace: {len(data['stretches'])} stretches, {len(data['instants'])} marks</title>" in elements,
          "the page's script did not come to its end")
    check(colours(picture) > 20, f"the picture has {colours(picture)} colours")
    written(bench.folder, profile, elf, "--flame", bench.folder / "flame.html")
    elements, picture = opened(bench, bench.folder / "flame.html")
    boxes = elements.count("<rect")
    # At least the whole, three threads, and in each the function that spins.
    check(boxes == (bench.folder / "flame.html").read_text().count("<rect") >= 7 and colours(picture) > 5,
          f"the flame graph has {boxes} boxes in {colours(picture)} colours")
