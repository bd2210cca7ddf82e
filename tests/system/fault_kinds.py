# SPDX-License-Identifier: MIT
"""What each KIND of `crash` means, and so what its report has to say: one table, by behaviour.

Nothing here is taken from a report. The words are those of the architecture (which access, to what, which exception class) and of
the policy (docs/debugging/record.md); the top function is the one whose instruction is at fault, as src/debug/crash*.cpp and
src/arch/aarch64/crash.S name it.
"""

import dataclasses
import re

from qemu import check

THREAD, IRQ, LOCK, TIMER = "thread", "irq", "lock", "timer"
CONTEXTS = (THREAD, IRQ, LOCK)
BUILDS = ("release", "debug")
# Who causes it in each context, below the function of the kind itself.
LAST = "quartet::kernel::run_thread"
CAUSE = "quartet::debug::cause"


@dataclasses.dataclass(frozen=True)
class Kind:
    """`reported` is the KIND of the report, `words` what its first line has to match, with `{core}`, `{stack}` (whose stack the code
    runs on) and `{irq}` (which interrupt it is in). `top` is the name of frame 0, None where no function lies there. In `contexts`
    it does harm; in `harmless` it may be asked for, and nothing happens; elsewhere it is refused."""

    name: str
    behaviour: str
    words: str
    top: str | None
    reported: str = ""
    contexts: tuple = CONTEXTS
    harmless: tuple = ()
    builds: tuple = BUILDS
    through: str = ""       # a function among the callers
    own_lock: bool = False  # where it is found, a lock of the kernel's own may be held
    elsewhere: bool = False  # reported by another core than the one that is at fault
    chain: str = "whole"    # to the thread's first function; `recursion`: the same function as far as a report goes; `lost`: nothing

    @property
    def kind(self):
        return self.reported or self.name


def kinds_of(behaviour, *rows, **common):
    return [Kind(name, behaviour, words, top, **{**common, **more}) for name, words, top, more in
            (row if len(row) == 4 else (*row, {}) for row in rows)]


READ, WRITE, CALL, SLOT, ERET = ("quartet_crash_" + name for name in ("read", "write", "call", "slot", "eret"))
JUMPED = {"through": CALL}
WILD = "0xfffffff0dead0000, where nothing is mapped \\(translation fault, level \\d\\)"
FROM_EL0 = "from EL0 in AArch64, where nothing runs"
FROM_32 = "from EL0 in AArch32, where nothing runs"
NO_IRQ, NO_FIQ = "interrupt where none can be taken", "fast interrupt, which this kernel does not use"
LATE = r"asynchronous: an access made earlier failed \(SError, syndrome 0x[0-9a-f]+\)"
GUARD = r"(read|write) at 0x[0-9a-f]+, in the stack guard of {stack} \(translation fault, level 3\)"
HERE = r"\(src/debug/crash_kinds\.cpp:\d+\)"
BY_MM = r" \(src/mm/memory_fault\.[ch]pp:\d+\)"
HEAP_48 = "object 0x[0-9a-f]+ of cache heap-48"
HCR = "S3_4_C1_C1_0, a system register that this level does not have"
# Memory that is used wrongly is found by a check, inside the allocator.
MEMORY = {"reported": "check", "contexts": (THREAD,)}
LEFT = {"contexts": (THREAD, IRQ)}       # for EL0: what was masked went with the PSTATE
ON_HANDLERS_STACK = {"contexts": (IRQ,)}

KINDS = (
    kinds_of("EXC01",
             ("fiq", NO_FIQ, SLOT),
             ("handler-irq", NO_IRQ, SLOT, {"reported": "irq", **ON_HANDLERS_STACK}),
             ("handler-fiq", NO_FIQ, SLOT, {"reported": "fiq", **ON_HANDLERS_STACK}),
             ("handler-serror", LATE, SLOT, {"reported": "serror", **ON_HANDLERS_STACK}),
             ("el0-sync", f"instruction abort .+, {FROM_EL0}", ERET, LEFT),
             ("el0-irq", f"{NO_IRQ}, {FROM_EL0}", SLOT, LEFT),
             ("el0-fiq", f"{NO_FIQ}, {FROM_EL0}", SLOT, LEFT),
             ("el0-serror", f"{LATE}, {FROM_EL0}", SLOT, LEFT),
             # 32 bits of each register are left there: neither the frame record nor lr can be found any more.
             ("aarch32-sync", f"instruction abort .+, {FROM_32}", None, {**LEFT, "chain": "lost"}),
             ("aarch32-irq", f"{NO_IRQ}, {FROM_32}", SLOT, LEFT),
             ("aarch32-fiq", f"{NO_FIQ}, {FROM_32}", SLOT, LEFT),
             ("aarch32-serror", f"{LATE}, {FROM_32}", SLOT, LEFT),
             ("illegal-state", "illegal execution state", ERET)) +
    kinds_of("EXC02",
             ("null-read", r"read at 0x10, in the null page \(translation fault, level \d\)", READ),
             ("null-write", r"write at 0xff8, in the null page \(translation fault, level \d\)", WRITE),
             ("null-call", r"execution at 0x0, in the null page \(translation fault, level \d\)", None, JUMPED),
             ("wild-read", f"read at {WILD}", READ),
             ("wild-write", f"write at {WILD}", WRITE),
             ("wild-call", f"execution at {WILD}", None, JUMPED),
             ("non-canonical", r"read at 0x123456789abcde0, where nothing is mapped \(translation fault, level 0\)", READ,
              {"reported": "wild-read"})) +
    kinds_of("EXC03",
             ("text-write", r"write at 0xffffffc0[0-9a-f]{8}, in the kernel's text \(permission fault, level 3\)", WRITE),
             ("rodata-write", r"write at 0xffffffc0[0-9a-f]{8}, in read-only data \(permission fault, level 3\)", WRITE),
             ("exec-data", r"execution at 0xffffffc0[0-9a-f]{8}, in the kernel's data \(permission fault, level 3\)", None, JUMPED),
             ("exec-rodata", r"execution at 0xffffffc0[0-9a-f]{8}, in read-only data \(permission fault, level 3\)", None, JUMPED),
             ("exec-stack", r"execution at 0x[0-9a-f]+, in the stack of {stack} \(permission fault, level 3\)", None, JUMPED),
             ("exec-heap", r"execution at 0xffffff8[0-9a-f]+, in the heap \(permission fault, level \d\)", None, JUMPED),
             ("exec-device", r"execution at 0xffffffe[0-9a-f]+, in a device's registers \(permission fault, level 3\)", None, JUMPED)) +
    kinds_of("EXC04",
             ("unaligned", r"read at 0xffffffc0[0-9a-f]{7}1, in the kernel's data \(alignment fault\)", "quartet_crash_acquire"),
             ("unaligned-device", r"read at 0xffffffe[0-9a-f]+001, in a device's registers \(alignment fault\)",
              "quartet_crash_read_unaligned"),
             ("pc-misaligned", r".+ 0xffffffc0[0-9a-f]{7}[26ae]", "quartet_crash_pc"),
             # QEMU leaves out this check (its hook, gen_check_sp_alignment in translate-a64.c, is empty), so there the kernel says that
             # nothing happened. It would refuse the kind as not available were SCTLR_EL1.SA not set.
             ("sp-misaligned", "", None, {"contexts": (), "harmless": CONTEXTS})) +
    kinds_of("EXC05",
             ("undefined", "undefined instruction 0x00000000", "quartet_crash_undefined"),
             ("brk", "brk 0x1234", "quartet_crash_brk"),
             ("svc", "svc 0x2a inside the kernel, which has no such calls", "quartet_crash_svc"),
             ("sysreg", f"read of {HCR}", "quartet_crash_sysreg"),
             ("sysreg-write", f"write of {HCR}", "quartet_crash_sysreg_write", {"reported": "sysreg"}),
             # Of a thread that has SIMD closed, and of one that has it open; a thread may use it.
             ("simd", "SIMD in handler of irq {irq}", "quartet_crash_simd",
              {"reported": "panic", "contexts": (IRQ,), "harmless": (THREAD, LOCK)}),
             ("simd-open", "SIMD in handler of irq {irq}", "quartet_crash_simd",
              {"reported": "panic", "contexts": (IRQ,), "harmless": (THREAD, LOCK)})) +
    kinds_of("EXC06",
             ("external-abort", r"read at 0xffffffe[0-9a-f]+, in a device's registers \(external abort\)", READ)) +
    kinds_of("EXC07",
             ("stack-overflow", GUARD, "quartet::debug::recurse", {"chain": "recursion"}),
             ("stack-simd", GUARD, "quartet::debug::recurse", {"chain": "recursion", "contexts": (THREAD,)}),
             # A frame that is larger than the guard: -fstack-clash-protection touches each page of it on the way down.
             ("stack-jump", GUARD, "quartet::debug::stack_jump"),
             ("stack-alloca", GUARD, "quartet::debug::stack_alloca"), reported="stack-overflow") +
    kinds_of("EXC08",
             ("panic", f"asked for by the crash command {HERE}", "quartet::debug::panics"),
             ("check", f"asked for by the crash command {HERE}", "quartet::debug::checks"),
             ("silent-core", r"a core does not answer \(src/debug/crash_silent\.cpp:\d+\)", "quartet::debug::silent_core",
              {"reported": "panic", "contexts": (THREAD,)}),
             ("wrong-order", f"free of frame 0x[0-9a-f]+ with order 0, allocated with order 1{BY_MM}", "quartet::mm::memory_fault",
              {"through": "quartet::mm::FrameAllocator::free", **MEMORY}),
             ("double-free", rf"{HEAP_48} was freed twice(: allocated at .+double_free\+0x.+)?{BY_MM}", "quartet::mm::memory_fault",
              {"through": "quartet::debug::double_free", "own_lock": True, **MEMORY}),
             ("overrun", rf"{HEAP_48} .+ was overrun: 0x1 at 0x[0-9a-f]+, 1 bytes past its end.*{BY_MM}", "quartet::mm::detail::end_damage",
              {"through": "quartet::mm::Heap::free_at", "builds": ("debug",), **MEMORY}),
             ("stranger", rf"free of 0x[0-9a-f]+, which is not the heap's \(freed at .+\){BY_MM}",
              "quartet::mm::memory_fault", MEMORY),
             ("out-of-memory", f"out of memory: new of 1099511627776 bytes{BY_MM}", "quartet::mm::memory_fault",
              {"through": "quartet::debug::out_of_memory", **MEMORY})) +
    kinds_of("EXC11",
             # In a handler it is masked, and would come on the way back.
             ("serror", LATE, "quartet_crash_serror", {"contexts": (THREAD, LOCK)})) +
    # Undefined behaviour, for which the debug image alone looks.
    kinds_of("EXC12", *((name, rf"{words} \(src/debug/crash_undefined\.cpp:\d+\)", f"quartet::debug::{function}")
                        for name, function, words in (
        ("overflow", "overflow", r"(1 \+ 2147483647|2147483647 \+ 1) overflows 'int'"),
        ("divide", "divide", "1 is divided by zero"),
        ("shift", "shift", "shift of 1 by 64 in '(u64|long unsigned int)', which has 64 bits"),
        ("bounds", "bounds", r"index 4 is out of bounds of '(u32|unsigned int) \[4\]'"),
        ("null", "null", "load of 'const u32' through null"),
        ("misaligned", "misaligned", "load of 'const u32' at 0x[0-9a-f]+, which is no multiple of 4"),
        ("bool", "boolean", "2 is no value of 'bool'"),
        ("unreachable", "unreachable", "a place that is never reached is"))), reported="undefined-behaviour", builds=("debug",)) +
    kinds_of("WDT02",
             ("hang", "core {core} has not moved for {hang} ms.*", "quartet::kernel::report_hang", {"elsewhere": True})))


def judge(report, kind, core, context, hang=5000):
    """Whether this FaultReport is that of this kind, caused there."""
    where = f"crash {kind.name} core {core} in {context}"
    handler = context in (IRQ, TIMER)
    check(report.kind == kind.kind, f"{where}: reported as {report.kind}: {report.words}")
    stack = rf"core {core} \(exception\)" if handler else "thread crash"
    words = kind.words.replace("{core}", str(core)).replace("{stack}", stack).replace("{hang}", str(hang))
    words = words.replace("{irq}", "27" if context == TIMER else "5")
    check(re.fullmatch(words, report.words), f"{where}: `{words}` is not `{report.words}`")
    check(report.names[0] == kind.top, f"{where}: the top function is {report.names[0]}")
    check(set(report.others) == set(range(4)) - {report.core}, f"{where}: the other cores: {report.others}")
    # Whether a core answers within 10 ms is not judged here: this QEMU's cores are threads of a machine that may be busy.
    for other, (how, callers) in report.others.items():
        check(how.startswith(("stopped at ", "not responding", "stopped by a fault of its own at ") if kind.elsewhere else
                             ("stopped at ", "not responding")), f"{where}: core {other}: {how}")
        # The first function of a thread has none, and a thread that begins is interrupted there.
        check(callers or not how.startswith("stopped at ") or f" {LAST}+" in how, f"{where}: core {other}, {how}, has no callers")
    if kind.elsewhere:
        check(report.core != core and report.context == IRQ, f"{where}: reported by core {report.core}, {report.context}")
        return check(report.others[core][0].startswith("not responding"), f"{where}: {report.others[core]}")
    if kind.name == "silent-core":
        silent = report.others[(core + 1) % 4][0]
        check(silent.startswith("not responding"), f"{where}: the next core: {silent}")
    check((report.thread, report.core) == ("crash", core), f"{where}: reported of {report.thread} on core {report.core}")
    contexts = (IRQ,) if handler else (context, LOCK) if kind.own_lock else (context,)
    check(report.context in contexts, f"{where}: reported in {report.context}")
    row = re.search(rf"^ *\d+ crash +31 running +{core}$", report.threads, re.MULTILINE)
    check(row or report.cut, f"{where}: the thread is not listed: {report.threads!r}")
    judge_chain(report.names, kind, where, handler, context)


def judge_chain(names, kind, where, handler, context):
    """The frames from the fault to the thread's first function, through the interrupt if there was one."""
    if kind.chain == "lost":
        return check(names == [None], f"{where}: frames {names}")
    if kind.chain == "recursion":
        return check(names == [kind.top] * 33, f"{where}: not the pc and 32 callers: {names}")
    check(names[-1] == LAST and (CAUSE in names or CAUSE + "_in_handler" in names), f"{where}: the frames end early: {names}")
    check(not kind.through or kind.through in names, f"{where}: {kind.through} is not in {names}")
    check(names.count("irq_slot") == handler, f"{where}: another number of interrupts in {names}")
    check(("quartet::kernel::serve_timers" in names) == (context == TIMER), f"{where}: another interrupt: {names}")
