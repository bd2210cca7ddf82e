# SPDX-License-Identifier: MIT
"""Each kind of fault that `crash` can cause: a readable report and the panic prompt, never silence.

A fault ends a run, so `reboot` at `panic> ` begins the next one in the same QEMU: that it works each time, whatever
the fault left behind, is part of what is tested. In the plain tier core and context rotate from kind to kind; with
--long every kind is caused on every core in every context.
"""

import re
import subprocess

from qemu import COUNTED, PROMPT, check
from suite import test
from test_shell import refused_with_usage

# By behaviour: kind -> the KIND of its report, where that is another. A kind that the kernel lists and that is not
# here fails EXC01 below.
KINDS = {
    "EXC01": {"fiq": None, "handler-irq": "irq", "handler-fiq": "fiq", "handler-serror": "serror",
              "el0-sync": None, "el0-irq": None, "el0-fiq": None, "el0-serror": None,
              "aarch32-sync": None, "aarch32-irq": None, "aarch32-fiq": None, "aarch32-serror": None},
    "EXC02": {"null-read": None, "null-write": None, "null-call": None, "wild-read": None},
    "EXC03": {"text-write": None, "rodata-write": None, "exec-data": None, "exec-stack": None, "exec-heap": None},
    "EXC04": {"unaligned-device": None, "pc-misaligned": None},
    "EXC05": {"undefined": None, "brk": None, "svc": None, "sysreg": None},
    "EXC06": {"external-abort": None},
    "EXC07": {"stack-overflow": None, "stack-jump": "stack-overflow", "stack-alloca": "stack-overflow"},
    "EXC08": {"panic": None, "check": None},
    "EXC11": {"serror": None},
}
# QEMU leaves out the check of the stack pointer's alignment (its hook, gen_check_sp_alignment in translate-a64.c, is empty), so
# there the kernel says that nothing happened. It would refuse the kind as not available were SCTLR_EL1.SA not set.
HARMLESS_IN_QEMU = ["sp-misaligned"]
# Caused by memory that is freed wrongly, in threads alone: kind, what the report says, whether every build sees it.
# Wrong use of memory: kind -> the words of the report's first line, and whether a release image looks for it too.
MEMORY = [("wrong-order", r"free of frame 0x[0-9a-f]+ with order 0, allocated with order 1", True),
          ("double-free", r"object 0x[0-9a-f]+ of cache heap-48 was freed twice(: allocated at .+double_free\+0x|)", True),
          ("overrun", r"object 0x[0-9a-f]+ of cache heap-48 .+ was overrun: 0x1 at 0x[0-9a-f]+, 1 bytes past its end", False)]
# Undefined behaviour, which only the debug image looks for: kind -> the words of its report.
UNDEFINED = {
    "overflow": r"(1 \+ 2147483647|2147483647 \+ 1) overflows 'int'", "divide": r"1 is divided by zero",
    "shift": r"shift of 1 by 64 in '(u64|long unsigned int)', which has 64 bits",
    "bounds": r"index 4 is out of bounds of '(u32|unsigned int) \[4\]'", "null": r"load of 'const u32' through null",
    "misaligned": r"load of 'const u32' at 0x[0-9a-f]+, which is no multiple of 4", "bool": r"2 is no value of 'bool'",
    "unreachable": r"a place that is never reached is",
}
# SIMD in a handler, of a thread that has SIMD closed and of one that has it open; a thread may use it.
SIMD = ["simd", "simd-open"]
SIMD_OVERFLOW = "stack-simd"
# A core that loops for ever with its interrupts masked, while another one panics.
SILENT = "silent-core"
# The same, and the others find it: see test_hangs.py.
HANG = "hang"
CONTEXTS = ["thread", "irq", "lock"]
# Where a report would be longer than it may be.
CUT = r"(?:\(cut here: crash show has the rest\)\n)?"

# What the report says in words of what was touched.
SAYS = {
    "null-read": r"read at 0x10, in the null page", "null-write": r"write at 0xff8, in the null page",
    "null-call": r"execution at 0x0, in the null page", "wild-read": r"where nothing is mapped",
    "text-write": r"in the kernel's text \(permission fault", "rodata-write": r"in read-only data \(permission fault",
    "exec-data": r"in the kernel's data \(permission fault", "exec-heap": r"in the heap \(permission fault",
    "exec-stack": r"in the stack of (thread (crash|shell)|core \d \(exception\)) \(permission fault",
    "unaligned-device": r"in a device's registers \(alignment fault", "external-abort": r"\(external abort",
    "undefined": r"undefined instruction 0x00000000", "brk": r"brk 0x1234", "svc": r"svc 0x2a",
    "sysreg": r"read of S3_4_C1_C1_0", "simd": r"\ASIMD in handler of irq 5\Z", "simd-open": r"\ASIMD in handler of irq 5\Z",
    "serror": r"asynchronous",
}


def fault_report(machine, command):
    """Cause a fault; the report's lines, and the report itself as bytes on the wire."""
    start = machine.port.seen
    machine.send(command + "\r")
    machine.expect(r"^end of report\n")
    report = machine.port.text()[start:machine.port.seen]
    machine.expect(r"^panic> ")
    return report[report.index("\nfault: ") + 1:]


def reboot_from_panic(machine):
    machine.send("reboot\r")
    machine.expect(r"quartet \S+ \(")
    machine.expect(PROMPT, 60)


def expected_context(kind, context):
    if kind.startswith(("el0-", "aarch32-")) and context == "lock":
        return "thread"                      # whether interrupts were open went with the PSTATE of the thread that left
    if kind.startswith("handler-"):
        return "irq"                         # by a jump onto the handlers' stack
    if kind == "serror" and context == "irq":
        return "thread"                      # masked in a handler: it comes on the way back
    return context


def check_report(report, kind, leads_to, core, context):
    """The form of INTERFACES, line by line, in its order; then what this kind must say."""
    form = (r"fault: ([\w-]+): (.+)\n"
            r"thread: (\S+) core: (\d) context: (thread|irq|lock)\n"
            r"pc: 0x([0-9a-f]{16})( \S.*\+0x[0-9a-f]+)?\n"
            r"lr: 0x([0-9a-f]{16})( \S.*\+0x[0-9a-f]+)?\n"
            r"((?:#\d+ 0x[0-9a-f]{16}(?: \S.*\+0x[0-9a-f]+)?\n)+)"
            r"(?:esr: 0x[0-9a-f]{8} .+\nfar: 0x[0-9a-f]{16}\n)?"
            r"sp: 0x[0-9a-f]{16} spsr: 0x[0-9a-f]+ slot: \d+\n"
            r"(?:fpcr: 0x[0-9a-f]{8} fpsr: 0x[0-9a-f]{8}\n)?"
            r"((?:(?:x\d+: 0x[0-9a-f]{16} ?)+\n)+)"
            r"(?:lock: .+\n)+"
            r"((?:core \d: .+\n(?:#\d+ 0x[0-9a-f]{16}.*\n)*)*)" + CUT +
            r"threads:\n((?: *\d+ .+\n)+)" + CUT +
            r"log:\n" + CUT + r"(?:\[.+\n)*"
            r"(?:events:\n(?:.+\n)*)?"
            r"end of report\n")
    match = re.fullmatch(form, report)
    check(match, f"crash {kind}: the report has another form: {report!r}")
    found, words, thread, on, where, pc = match.group(1, 2, 3, 4, 5, 6)
    check(found == leads_to, f"crash {kind} is reported as {found}: {words}")
    check(int(on) == core, f"crash {kind} core {core}: reported of core {on}")
    check(where == expected_context(kind, context), f"crash {kind} in {context}: reported as {where}")
    check(thread == "crash", f"crash {kind} in {context}: reported of thread {thread}")
    says = SAYS.get(kind)
    if leads_to == "undefined-behaviour":
        says = rf"\A{UNDEFINED[kind]} \(src/debug/crash_undefined\.cpp:\d+\)\Z"
    if leads_to == "stack-overflow":
        whose = rf"core {core} \(exception\)" if context == "irq" else "thread crash"
        says = rf"in the stack guard of {whose} \(translation fault"
    check(not says or re.search(says, words), f"crash {kind}: `{says}` is not in `{words}`")
    frames = re.findall(r"^#(\d+) 0x([0-9a-f]{16})", match[10], re.MULTILINE)
    check([int(n) for n, _ in frames] == list(range(len(frames))), f"frames out of order: {frames}")
    check(frames[0][1] == pc, "frame 0 is not the pc")
    check_chain(kind, context, re.findall(r"^#\d+ 0x[0-9a-f]{16}(?: (\S+)\+0x[0-9a-f]+)?$", match[10], re.MULTILINE))
    registers = re.findall(r"x(\d+): ", match[11])
    check(registers == [str(n) for n in range(31)], f"registers {registers}")
    # Whether a core answers within 10 ms is not judged here: this QEMU's cores are threads of a machine that may be
    # busy. The counted test below judges it.
    others = re.findall(r"^core (\d): (?:stopped at|not responding)", match[12], re.MULTILINE)
    check(others == [str(n) for n in range(4) if n != core], f"the other cores: {match[12]!r}")
    wire = len(report) + report.count("\n")
    check(wire <= 8192, f"the report has {wire} bytes")
    screen = report[:report.index("\n", report.index(f"\n#{frames[:8][-1][0]} ") + 1) + 1]
    check(len(screen) + screen.count("\n") + 2 <= 1000, f"cause to frame 8 take {len(screen)} bytes")
    row = re.search(r"^ *\d+ crash +\d+ running +(\d)$", match[13], re.MULTILINE)
    check(row and int(row[1]) == core or "cut here" in report, f"the thread is not listed: {match[13]!r}")
    for part in re.findall(r"^core \d: stopped at .+\n((?:#.+\n)*)", match[12], re.MULTILINE):
        check(re.match(r"#1 0x[0-9a-f]{16} \S+\+0x", part), f"a core without callers: {match[12]!r}")


def check_chain(kind, context, names):
    """The frames from the fault to the thread's first function, through the interrupt if there was one."""
    if kind == "aarch32-sync":
        # That state has 32 bits of each register: neither the frame record nor lr can be found any more.
        return check(names == [""], f"crash {kind} in {context}: frames {names}")
    if kind == "stack-overflow":
        return check(names == ["quartet::debug::recurse"] * 33, f"crash {kind}: not the pc and 32 callers: {names}")
    check(names[-1] == "quartet::kernel::run_thread", f"crash {kind} in {context}: the frames end early: {names}")
    check("quartet::debug::cause" in names, f"crash {kind} in {context}: not caused by crash: {names}")
    # An SError that came in a handler waits for its end: then there is no handler any more.
    through = names.count("irq_slot")
    check(through == (context == "irq" and kind != "serror"), f"crash {kind} in {context}: {through} interrupts in {names}")


def round_of(machine, kind, leads_to, core, context):
    report = fault_report(machine, f"crash {kind} core {core} in {context}")
    check_report(report, kind, leads_to or kind, core, context)
    reboot_from_panic(machine)
    return report


def each_kind(ident, kinds):
    names = ", ".join(kinds)

    def rotating(bench):
        for preset in ("release", "debug"):
            with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb")) as machine:
                machine.boot()
                turn = sum(map(ord, ident)) + (preset == "debug")
                for number, (kind, leads_to) in enumerate(kinds.items(), turn):
                    round_of(machine, kind, leads_to, number % 4, CONTEXTS[number % 3])
                check("3 online" in machine.command("cpus"), "not all cores are back")
    test(ident, f"crash {names}: report, panic prompt, reboot")(rotating)

    def everywhere(bench):
        for preset in ("release", "debug"):
            with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb")) as machine:
                machine.boot()
                for kind, leads_to in kinds.items():
                    for core in range(4):
                        for context in CONTEXTS:
                            round_of(machine, kind, leads_to, core, context)
    test(ident, f"crash {names}: on every core, in every context", long=True)(everywhere)


for each, of_it in KINDS.items():
    each_kind(each, of_it)


def undefined_behaviour(bench, rounds):
    elf = bench.built("kernel8.elf", "debug")
    with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        for kind, core, context in rounds:
            report = round_of(machine, kind, "undefined-behaviour", core, context)
            told = re.search(r"\((\S+:\d+)\)$", report, re.MULTILINE)[1]
            call = int(re.search(r"^pc: 0x([0-9a-f]+) ", report, re.MULTILINE)[1], 16) - 4
            there = subprocess.run(["aarch64-linux-gnu-addr2line", "-e", elf, hex(call)], check=True,
                                   capture_output=True, text=True).stdout.split()[0]
            check(there.endswith(f"/{told}"), f"crash {kind} tells {told}, but the pc is at {there}")


@test("EXC12", f"crash {', '.join(UNDEFINED)} in a debug image: words with values, file and line of the pc")
def undefined_rotating(bench):
    undefined_behaviour(bench, [(kind, number % 4, CONTEXTS[number % 3]) for number, kind in enumerate(UNDEFINED)])


@test("EXC12", f"crash {', '.join(UNDEFINED)}: on every core, in every context", long=True)
def undefined_everywhere(bench):
    undefined_behaviour(bench, [(kind, core, context) for kind in UNDEFINED for core in range(4) for context in CONTEXTS])


@test("EXC08", "a core that does not answer is reported with the place of its last tick (counted)")
def silent_core(bench):
    for preset in ("release", "debug"):
        with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
            machine.boot()
            report = fault_report(machine, "crash silent-core core 3")
            others = dict(re.findall(r"^core (\d): (.+)$", report, re.MULTILINE))
            check(set(others) == {"0", "1", "2"}, f"the other cores: {report!r}")
            check(re.fullmatch(r"not responding, last tick at 0x[0-9a-f]{16} quartet::debug::fall_silent\+0x[0-9a-f]+, thread silent",
                               others["0"]), f"the silent core: {others['0']!r}")
            check(others["1"].startswith("stopped at ") and others["2"].startswith("stopped at "), f"the others: {others}")


@test("EXC09", "the names of a backtrace are those of addr2line")
def names_of_frames(bench):
    elf = bench.built("kernel8.elf")
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        report = fault_report(machine, "crash null-call")
    frames = re.findall(r"^#(\d+) 0x([0-9a-f]{16}) (.+)\+0x([0-9a-f]+)$", report, re.MULTILINE)
    check(len(frames) >= 6, f"only {len(frames)} frames have names: {report!r}")
    symbols = subprocess.run(["aarch64-linux-gnu-nm", "-C", elf], check=True, capture_output=True, text=True).stdout
    places = {int(line.split(maxsplit=2)[0], 16): line.split(maxsplit=2)[2] for line in symbols.splitlines()
              if len(line.split(maxsplit=2)) == 3 and line.split()[1] in "tTwW"}
    for number, address, name, offset in frames:
        at = int(address, 16)
        start = at - int(offset, 16)
        check(start in places, f"frame {number}: no function begins at {start:#x} ({name})")
        named = subprocess.run(["aarch64-linux-gnu-addr2line", "-Cfe", elf, hex(at - (number != "0"))], check=True,
                               capture_output=True, text=True).stdout.splitlines()[0]
        plain = re.sub(r"\(.*|<.*", "", places[start].replace("(anonymous namespace)::", ""))
        last = re.split(r"::", plain)[-1]
        check(last in name or "lambda" in name, f"frame {number}: {name}, but nm says {places[start]}")
        check(named != "??", f"frame {number}: addr2line knows nothing at {address}")


@test("EXC05", f"crash {', '.join(SIMD)}: SIMD in a handler is a panic that names the interrupt, in a thread it does no harm")
def simd_in_handler(bench):
    for preset in ("release", "debug"):
        with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb", preset)) as machine:
            machine.boot()
            for core in range(4):
                for kind in SIMD:
                    for where in ("thread", "lock"):
                        answer = machine.command(f"crash {kind} core {core} in {where}")
                        check(answer == f"error: {kind} did no harm\n", f"crash {kind} in {where} is answered with {answer!r}")
                    # In a handler, whether it is asked for there or nowhere in particular.
                    report = fault_report(machine, f"crash {kind} core {core}" + " in irq" * (core % 2))
                    check_report(report, kind, "panic", core, "irq")
                    used = re.search(r"^fpcr: 0x00000000 fpsr: 0x00000000$", report, re.MULTILINE)
                    check(bool(used) == (kind == "simd-open"), f"crash {kind}: of a thread that used SIMD or did not: {report!r}")
                    reboot_from_panic(machine)


@test("EXC07", f"crash {SIMD_OVERFLOW}, twice: a stack overflow of a thread that has SIMD open, with its FPCR and FPSR")
def overflow_with_simd(bench):
    for preset in ("release", "debug"):
        with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb", preset)) as machine:
            machine.boot()
            answer = machine.command(f"crash {SIMD_OVERFLOW} in irq")
            check(re.fullmatch(r"error: .+ is for threads; usage: .+\n", answer), f"crash {SIMD_OVERFLOW} in irq: {answer!r}")
            for core in (1, 2):
                report = fault_report(machine, f"crash {SIMD_OVERFLOW} core {core}")
                check_report(report, "stack-overflow", "stack-overflow", core, "thread")
                check(re.search(r"^fpcr: 0x00000000 fpsr: 0x00000000$", report, re.MULTILINE), f"no FPCR and FPSR: {report!r}")
                reboot_from_panic(machine)


@test("EXC08", "memory that is freed wrongly is reported where checks are on, a wrong order always")
def memory_bugs(bench):
    for preset in ("release", "debug"):
        with bench.machine(bench.built("kernel8.img", preset), tree=bench.built("quartet.dtb")) as machine:
            machine.boot()
            if preset == "release":
                check(machine.command("leaks").startswith("error: "), "leaks: a release image knows them")
            else:
                check(machine.command("leaks mark") == "mark 1\n", "leaks mark: another answer than mark 1")
                leaks = machine.command("leaks")
                check(re.search(r"^\d+ bytes in \d+ since the mark, 0 callers unknown$", leaks, re.MULTILINE), f"leaks: {leaks!r}")
            for core, (kind, says, always) in enumerate(MEMORY):
                answer = machine.command(f"crash {kind} in irq")
                check(re.fullmatch(r"error: .+; usage: .+\n", answer), f"crash {kind} in irq: {answer!r}")
                if preset == "release" and not always:
                    continue
                report = fault_report(machine, f"crash {kind} core {core}")
                # A release image finds it where it gives a full magazine back, under the cache's lock.
                where = "lock" if preset == "release" and kind == "double-free" else "thread"
                check_report(report, kind, "check", core, where)
                check(re.match(rf"fault: check: {says}", report), f"crash {kind} does not say {says}: {report[:200]!r}")
                if preset == "debug" and not kind.startswith("wrong"):
                    who = rf"memory: allocated #0 0x[0-9a-f]+ \S*{kind.replace('-', '_')}\+0x"
                    check(re.search(who, machine.port.text()), f"crash {kind} does not say who allocated")
                reboot_from_panic(machine)


@test("EXC01", "every kind that crash lists has a test here, and a harmless one says so")
def all_kinds_are_tested(bench):
    here = {kind for kinds in KINDS.values() for kind in kinds} | set(HARMLESS_IN_QEMU) | {m[0] for m in MEMORY} | {SILENT, HANG}
    here |= set(SIMD) | {SIMD_OVERFLOW}
    with bench.machine(bench.built("kernel8.img", "debug"), tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        listed = set(machine.command("crash").split())
        check(listed == here | set(UNDEFINED), f"the debug image lists {sorted(listed ^ here ^ set(UNDEFINED))} or lacks it")
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        listed = set(machine.command("crash").split())
        check(listed == here, f"only listed: {sorted(listed - here)}; only here: {sorted(here - listed)}")
        for kind in HARMLESS_IN_QEMU:
            for context in CONTEXTS:
                answer = machine.command(f"crash {kind} core 1 in {context}")
                check(answer == f"error: {kind} did no harm\n", f"crash {kind} in {context} is answered with {answer!r}")


@test("EXC01", "crash refuses a kind, core or context that is not there")
def refusals(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        for line in ("crash no-such-kind", "crash null-read core 4", "crash null-read core x", "crash null-read in bed",
                     "crash null-read core", "crash null-read in", "crash null-read core 1 in irq x"):
            refused_with_usage(machine, line)


@test("EXC08", "the panic prompt: an unknown word is refused, an empty line is nothing, reboot starts again")
def panic_prompt(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        report = fault_report(machine, "crash panic core 2")
        check("(src/" in report, f"a panic names its file by the path from the project's root: {report[:200]!r}")
        machine.send("nonsense\r")
        machine.expect(r"^error: .+\n")
        machine.send("\r")
        machine.expect(r"^panic> ")
        reboot_from_panic(machine)


WAITED = r"^\[\d+\.\d{6}\] crash: a line that waits when the panic comes$"


@test("EXC08", "what was logged before a panic is in its report, also where the log's thread cannot run")
def log_in_report(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        for context in CONTEXTS:
            report = fault_report(machine, f"crash panic core 0 in {context}")
            check(re.search(WAITED, report[report.index("\nlog:\n"):], re.MULTILINE), f"crash panic in {context}: {report!r}")
            reboot_from_panic(machine)


@test("EXC08", "what was logged before a panic stands above its report, where the other cores answer within its 2 ms (counted)")
def log_above_report(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
        machine.boot()
        start = machine.port.seen
        fault_report(machine, "crash panic core 0 in lock")
        above = machine.port.text()[start:].split("\nfault: ")[0]
        # Twice where the panic came while the line was being shown: then the first may be cut off.
        check(re.search(WAITED, above, re.MULTILINE), f"the line that waited is not above the report: {above!r}")


@test("EXC07", "two faults in one boot's memory: a reset brings the second report as whole as the first")
def twice(bench):
    with bench.machine(tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        for _ in range(2):
            round_of(machine, "stack-overflow", None, 1, "thread")


@test("EXC08", "every other core answers a fault's stop request in time (counted)")
def others_answer(bench):
    with bench.machine(tree=bench.built("quartet.dtb"), arguments=COUNTED) as machine:
        machine.boot()
        report = fault_report(machine, "crash null-read core 1")
        others = re.findall(r"^core (\d): (\w+)", report, re.MULTILINE)
        check(others == [("0", "stopped"), ("2", "stopped"), ("3", "stopped")], f"the other cores: {report!r}")


# What is refused: mutex, recursive mutex, shared mutex; lock, try, timed, guards, unlock. In the order of `forms` in
# tests/kernel/lock_in_handler_tests.cpp.
LOCK_FORMS = 16
LOCK_FORM = "quartet_form_of_lock_in_handler"


@test("MTX11", "each form of lock without a ThreadContext, tried by a handler, stops the machine and says which rule was broken")
def locks_in_handlers(bench):
    listed = subprocess.run(["aarch64-linux-gnu-nm", bench.built("selftest.elf")], check=True, capture_output=True, text=True).stdout
    places = {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines() if len(line.split()) == 3}
    image = bench.built("selftest.img").read_bytes()
    at = places[LOCK_FORM] - places["IMAGE_BASE"]
    check(image[at:at + 4] == b"\xff" * 4, f"{LOCK_FORM} is not where it was linked")
    for form in range(LOCK_FORMS):
        changed = bench.write("form.img", image[:at] + form.to_bytes(4, "little") + image[at + 4:])
        with bench.machine(changed, tree=bench.built("quartet.dtb")) as machine:
            machine.boot()
            report = fault_report(machine, "selftest MTX11")
            check(re.match(r"fault: check: a handler must not block, nor call what may: such a call takes a ThreadContext",
                           report), f"form {form}: {report!r}")
            check(re.search(r"^thread: \S+ core: 0 context: irq$", report, re.MULTILINE), f"form {form}: {report!r}")
    # One more is none.
    with bench.machine(bench.write("none.img", image[:at] + LOCK_FORMS.to_bytes(4, "little") + image[at + 4:]),
                       tree=bench.built("quartet.dtb")) as machine:
        machine.boot()
        said = machine.command("selftest MTX11")
        check(said.endswith("\nselftest: 1 passed, 0 failed, 0 skipped\n"), f"not all forms are tried: {said!r}")
