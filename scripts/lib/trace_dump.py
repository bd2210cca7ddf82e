# SPDX-License-Identifier: MIT
"""A dump of the shell's `trace dump`, found in whatever else came over the wire, as events with times and names.

Its lines are `~N KIND …*CHECKSUM` (src/shell/trace_dump.hpp; the kinds are in docs/debugging/trace.md). All other lines are passed by.
"""

import bisect
import re
import subprocess

LINE = re.compile(r"~((\d+) ([A-Z])(?: (.*))?)\*([0-9a-f]{8})\s*$")
KINDS = ("none", "switch", "wake", "irq-enter", "irq-exit", "wait-begins", "wait-ends", "timer", "mark", "sample", "caller", "link")
STATES = ("free", "ready", "moving", "sleeping", "blocked", "suspended", "dead")
IMAGE_HALF = 0xFFFFFFC000000000
TIME_MASK = (1 << 48) - 1
WAITED_FOR = ("spin lock", "mutex")


class BadDump(Exception):
    """The text has no dump that could be read."""


class Event:
    __slots__ = ("core", "at", "time", "kind", "subject", "detail")

    def __init__(self, core, at, time, kind, subject, detail):
        self.core, self.at, self.time, self.kind, self.subject, self.detail = core, at, time, kind, subject, detail


class Trace:
    """`events` of each core in its order, `time` in seconds since the counter began; `lost` of each core, and `problems` of the text itself."""

    def __init__(self):
        self.hertz, self.now = 1, 0
        self.events, self.lost, self.threads, self.idle, self.irqs, self.marks = {}, {}, {}, set(), {}, {}
        self.problems, self.symbols = [], None

    def all(self):
        return sorted((event for events in self.events.values() for event in events), key=lambda event: event.time)

    def thread(self, number):
        return self.threads.get(number, f"thread {number}")

    def irq(self, number):
        name = self.irqs.get(number)
        return f"irq {number} {name}" if name else f"irq {number}"

    def place(self, lower, back=0):
        """What lies at an address of the image of which the lower half is known."""
        address = IMAGE_HALF | lower
        name = self.symbols.name(address - back) if self.symbols else None
        return name or f"{address:#x}"


class Symbols:
    """Functions and objects of an ELF file, by address."""

    def __init__(self, elf):
        listed = subprocess.run(["aarch64-linux-gnu-nm", "-n", "-C", "--defined-only", elf], check=True, capture_output=True, text=True).stdout
        found = [line.split(" ", 2) for line in listed.splitlines()]
        found = [(int(at, 16), name) for at, kind, name in found if kind in "tTwWdDbBrR" and not name.startswith("$")]
        self._starts, self._names = [at for at, _ in found], [name for _, name in found]

    def name(self, address):
        at = bisect.bisect_right(self._starts, address) - 1
        return re.sub(r"\(.*", "", self._names[at].replace("(anonymous namespace)::", "")) if at >= 0 else None


def checksum(text):
    """FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for byte in text.encode("latin-1", "replace"):
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def dumps(text):
    """The lines of each dump in the text: number -> (kind, what stands behind it). And how many lines of it were damaged."""
    found = []
    for line in text.splitlines():
        at = line.find("~")
        match = LINE.match(line[at:]) if at >= 0 else None
        if match is None:
            if found and re.match(r"~\d", line):
                found[-1][1] += 1
            continue
        body, number, kind, rest, wanted = match.groups()
        if checksum(body) != int(wanted, 16):
            if found:
                found[-1][1] += 1
            continue
        if kind == "B":
            found.append([{}, 0])
        if found:
            found[-1][0][int(number)] = (kind, rest or "")
    return found


def parse(text, elf=None):
    """The last dump in the text."""
    found = dumps(text)
    if not found:
        raise BadDump("there is no dump in it: `trace dump` prints one, whose lines begin with ~")
    lines, damaged = found[-1]
    trace = Trace()
    trace.symbols = Symbols(elf) if elf else None
    hertz, now, version = lines[0][1].split(" ", 2) if 0 in lines else (0, 0, "none")
    if version != "1":
        raise BadDump(f"a dump of version {version}, and this reads version 1")
    trace.hertz, trace.now = int(hertz), int(now)
    for number in sorted(lines):
        kind, rest = lines[number]
        first, second, text = rest.split(" ", 2)
        first, second = int(first), int(second)
        if kind == "T":
            trace.threads[first] = text or f"thread {first}"
            if second:
                trace.idle.add(first)
        elif kind == "I":
            trace.irqs[first] = text
        elif kind == "M":
            trace.marks[first] = text
        elif kind == "E":
            add_events(trace, first, second, text)
        elif kind == "R":
            trace.lost[first] = second
    last = [int(rest.split()[0]) for kind, rest in lines.values() if kind == "Z"]
    missing = (last[0] + 1 if last else max(lines) + 1) - len(lines)
    if not last:
        trace.problems.append("the dump has no end: the rest of it did not come")
    if missing or damaged:
        trace.problems.append(f"{missing} lines of the dump are missing, {damaged} lines are damaged")
    return trace


def add_events(trace, core, at, words):
    for number in range(len(words) // 32):
        first, second = int(words[32 * number:32 * number + 16], 16), int(words[32 * number + 16:32 * number + 32], 16)
        before = (trace.now - first) & TIME_MASK
        counts = trace.now - (before if before <= TIME_MASK // 2 else before - TIME_MASK - 1)   # later: recorded while it was dumped
        kind = first >> 48 & 0xFF
        if kind < len(KINDS):
            trace.events.setdefault(core, []).append(
                Event(core, at + number, counts / trace.hertz, KINDS[kind], second & 0xFFFFFFFF, second >> 32 & 0xFFFFFF))


class Stretch:
    """Something that lasts: on a core, or (a mutex) of a thread."""

    def __init__(self, core, row, begin, end, name, more=""):
        self.core, self.row, self.begin, self.end, self.name, self.more = core, row, begin, end, name, more


def stretches(trace):
    """Who ran when, interrupts, waits: stretches of the rows `thread`, `irq`, `wait`. What had no end when the dump was made ends with it."""
    found = []
    for core, events in sorted(trace.events.items()):
        end = events[-1].time
        runs, since, irqs, waits = None, events[0].time, [], {}
        for event in events:
            if event.kind == "switch":
                found.append(Stretch(core, "thread", since, event.time, trace.thread(event.detail >> 4 if runs is None else runs),
                                     f"then {STATES[min(event.detail & 15, 6)]}"))
                runs, since = event.subject, event.time
            elif event.kind == "irq-enter":
                irqs.append((event.subject, event.time))
            elif event.kind == "irq-exit" and irqs and irqs[-1][0] == event.subject:
                found.append(Stretch(core, "irq", irqs.pop()[1], event.time, trace.irq(event.subject)))
            elif event.kind == "wait-begins":
                waits[event.subject, runs if event.detail else None] = event.time
            elif event.kind == "wait-ends" and (begun := waits.pop((event.subject, runs if event.detail else None), None)) is not None:
                found.append(Stretch(core, "wait", begun, event.time, f"{WAITED_FOR[event.detail & 1]} {event.subject:#x}",
                                     trace.thread(runs) if event.detail and runs is not None else ""))
        if runs is not None:
            found.append(Stretch(core, "thread", since, end, trace.thread(runs), "still"))
        found += [Stretch(core, "irq", begun, end, trace.irq(number), "still") for number, begun in irqs]
    return [one for one in found if one.end > one.begin or one.row != "thread"]


def instants(trace):
    """(event, its words) of what has no length."""
    for event in trace.all():
        if event.kind == "wake":
            yield event, f"wakes {trace.thread(event.subject)} on cpu{event.detail}"
        elif event.kind == "timer":
            yield event, f"timer {trace.place(event.subject)}"
        elif event.kind == "mark":
            yield event, f"{trace.marks.get(event.subject) or trace.place(event.subject)} = {event.detail}"


def samples(trace):
    """(thread, stack from the outermost function in) of each sample."""
    for events in trace.events.values():
        sample, link, callers = None, None, []
        for event in [*events, None]:
            if event is not None and sample is not None:
                if event.kind == "link" and not callers:
                    link = event.subject
                    continue
                if event.kind == "caller" and event.detail == len(callers) + 1:
                    callers.append(event.subject)
                    continue
            if sample is not None:
                yield trace.thread(sample.detail), stack_of(trace, sample.subject, link, callers)
            sample, link, callers = event if event is not None and event.kind == "sample" else None, None, []


def stack_of(trace, place, link, callers):
    """Names from the outermost in. lr is a caller of its own where the function keeps no frame record: else it is the first of the callers
    (nothing was called yet), or within the function (something was)."""
    top = trace.place(place)
    if link is not None and link not in callers[:1] and trace.place(link, 1) != top:
        callers = [link, *callers]
    return [trace.place(caller, 1) for caller in reversed(callers)] + [top]
