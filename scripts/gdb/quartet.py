# SPDX-License-Identifier: MIT
"""What GDB shows of a Quartet kernel: `source scripts/gdb/quartet.py`, then `help quartet`.

Everything is read from memory by the names of the sources, so it works with each stub: the kernel's own, QEMU's, and a core file.
"""

import gdb

KERNEL = "quartet::kernel::"
CORES = 4


def value(text):
    return gdb.parse_and_eval(text)


def plain(atomic):
    """What an arch::Atomic holds."""
    return atomic["value_"]


def text(characters):
    return characters.string(errors="replace")


def pointer_to(type_name, address):
    return gdb.Value(int(address)).cast(gdb.lookup_type(type_name).pointer())


def threads():
    """Every record that is a thread's."""
    at = plain(value(f"'{KERNEL}(anonymous namespace)::records'")["first"])
    at = at.cast(gdb.lookup_type(KERNEL + "Thread").pointer())
    while at:
        record = at.dereference()
        record.fetch_lazy()         # whole: a field at a time is a question each over a slow wire
        if str(record["state"]).rsplit("::", 1)[-1] != "Free":
            yield record
        at = plain(record["next_record"]).cast(at.type)


def cores():
    return [value(f"'{KERNEL}cores'[{number}]") for number in range(CORES)]


def running():
    """The number of the core that runs each thread that runs, by the thread's address."""
    return {int(core["current"]): int(core["id"]) for core in cores()}


def where(thread, by=None):
    """The core that runs it, else the word for its state."""
    core = (running() if by is None else by).get(int(thread.address))
    return f"runs on {core}" if core is not None else str(thread["state"]).rsplit("::", 1)[-1].lower()


def symbol(address):
    """The function that the code at `address` belongs to, not one that was inlined into it."""
    block = gdb.block_for_pc(int(address))
    name = None
    while block and not block.is_static:
        name = block.function.print_name if block.function else name
        block = block.superblock
    if name is None:
        name = gdb.execute(f"info symbol {int(address):#x}", to_string=True).split(" in section")[0]
    return "?" if name.startswith("No symbol") else name


class Quartet(gdb.Command):
    """What a Quartet kernel has: quartet threads|queues|slabs|frame."""

    def __init__(self):
        super().__init__("quartet", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


class Threads(gdb.Command):
    """quartet threads: every thread, with its state, its core, its stack, and where one that does not run goes on."""

    def __init__(self):
        super().__init__("quartet threads", gdb.COMMAND_DATA)

    def invoke(self, _argument, _from_tty):
        print(f"{'ID':>3} {'NAME':23} {'PRIO':>4} {'STATE':12} {'STACK':>7}  RECORD")
        by = running()
        for thread in threads():
            state = where(thread, by)
            line = (f"{int(thread['id']):3} {text(thread['name']):23} {int(thread['priority']):4} {state:12} "
                    f"{int(thread['stack']['_M_extent']['_M_extent_value']):7}  {int(thread.address):#x}")
            if not state.startswith("runs") and state != "dead":
                words = pointer_to("unsigned long", thread["context"]["sp"])
                line += f"  goes on in {symbol(words[1])}"
            print(line)


class Queues(gdb.Command):
    """quartet queues: of each core who runs, and who waits in its run queue, by priority."""

    def __init__(self):
        super().__init__("quartet queues", gdb.COMMAND_DATA)

    def invoke(self, _argument, _from_tty):
        for core in cores():
            running = core["current"]
            print(f"core {int(core['id'])}: {text(running['name']) if running else 'nobody'} runs")
            queue = core["queue"]
            for priority in range(31, -1, -1):
                if not int(queue["rings_"]) >> priority & 1:
                    continue
                head = at = queue["heads_"][priority + 1]
                names = []
                while True:
                    names.append(text(at["name"]))
                    at = plain(at["ring_next"]).cast(head.type)
                    if at == head or not at or len(names) == 1000:
                        break
                print(f"  {priority:2}: {', '.join(names)}")


class Slabs(gdb.Command):
    """quartet slabs: every cache that was used, the size of its objects, and how many of them are out of its slabs, live or in a magazine."""

    def __init__(self):
        super().__init__("quartet slabs", gdb.COMMAND_DATA)

    def invoke(self, _argument, _from_tty):
        registry = value("'quartet::mm::(anonymous namespace)::registry'")["_M_elems"]
        print(f"{'CACHE':24} {'SIZE':>6} {'SLABS':>6} {'OUT':>6}")
        for slot in range(1, registry.type.strip_typedefs().range()[1] + 1):
            cache = registry[slot]
            if not cache:
                continue
            print(f"{text(cache['name_']):24} {int(cache['layout_']['size']):6} {int(cache['slab_count_']):6} {int(cache['in_use_']):6}")


class Frame(gdb.Command):
    """quartet frame ADDRESS: the registers that vectors.S saved there of an interrupted thread (arch::IrqFrame); with -f before the
address, of a fault (arch::FaultFrame)."""

    def __init__(self):
        super().__init__("quartet frame", gdb.COMMAND_DATA)

    def invoke(self, argument, _from_tty):
        words = argument.split()
        fault = words[:1] == ["-f"]
        if len(words) != 1 + fault:
            raise gdb.GdbError("usage: quartet frame [-f] ADDRESS")
        kind = "quartet::arch::FaultFrame" if fault else "quartet::arch::IrqFrame"
        print(pointer_to(kind, value(words[-1])).dereference().format_string(symbols=True))


class AtomicPrinter:
    """An Atomic is what it holds, by its own type."""

    def __init__(self, atomic):
        self.atomic = atomic

    def to_string(self):
        held = plain(self.atomic)
        return held.cast(self.atomic.type.template_argument(0))


class ThreadPrinter:
    """A thread by its name, and where it is."""

    def __init__(self, thread):
        self.thread = thread

    def to_string(self):
        return f"thread {int(self.thread['id'])} {text(self.thread['name'])}, {where(self.thread)}"

    def children(self):
        for name in ("priority", "base_priority", "core", "affinity", "run_counts", "switches", "preemptions", "context", "stack"):
            yield name, self.thread[name]


class FramePrinter:
    """A frame of vectors.S: registers in rows, and the code that it goes on with."""

    def __init__(self, frame):
        self.frame = frame

    def to_string(self):
        names = [field.name for field in self.frame.type.fields()]
        registers = [(f"x{n}", self.frame["x"][n]) for n in range(self.frame["x"].type.range()[1] + 1)]
        registers += [(name, self.frame[name]) for name in names if name not in ("x", "unused")]
        rows = ["  ".join(f"{name:>5} {int(held):#018x}" for name, held in registers[at:at + 3])
                for at in range(0, len(registers), 3)]
        return "\n".join(["", *rows, f"   in {symbol(self.frame['elr'])}"])


class HandlePrinter:
    """A handle: the thread that it names, or that it is gone."""

    def __init__(self, handle):
        self.handle = handle

    def to_string(self):
        record = self.handle["thread_"]
        if not record:
            return "no thread"
        gone = int(plain(record["generation"])) != int(self.handle["generation_"])
        return "a thread that is gone" if gone else f"thread {int(record['id'])} {text(record['name'])}"


def printer_of(held):
    kind = held.type.strip_typedefs()
    name = kind.name or ""
    if name.startswith("quartet::arch::Atomic<"):
        return AtomicPrinter(held)
    return {
        "quartet::kernel::Thread": ThreadPrinter,
        "quartet::kernel::ThreadHandle": HandlePrinter,
        "quartet::arch::FaultFrame": FramePrinter,
        "quartet::arch::IrqFrame": FramePrinter,
    }.get(name, lambda _held: None)(held)


for command in (Quartet, Threads, Queues, Slabs, Frame):
    command()
gdb.pretty_printers.append(printer_of)
