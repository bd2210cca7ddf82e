// SPDX-License-Identifier: MIT

#include "fault_report.hpp"

#include <arch/layout/esr.hpp>
#include <arch/probe.hpp>
#include <base/format.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/fault/fault_words.hpp>
#include <kernel/iface/crash_hooks.hpp>
#include <kernel/fault/memory_place.hpp>
#include <sync/lock_graph.hpp>
#include <sync/lock_order.hpp>

#include <array>
#include <bit>

namespace quartet::kernel {

namespace {

constinit CrashHooks hooks;

constexpr std::string_view line_end = "\r\n";
constexpr usize max_trace = 32;
constexpr u64 spsr_irqs_masked = 1 << 7;

std::string_view context_of(const ReportSubject& subject) {
    if (subject.handler) return "irq";
    // Where locks are checked, the core's record of those it holds tells. A release image has none: there `lock` means
    // that interrupts were masked, by a spin lock or in one of the short stretches that must not be preempted (a switch,
    // the idle loop, `this_core`). Before a core is online it runs with them masked.
    // Of EL0 the PSTATE says nothing about the thread that went there.
    bool masked = (subject.frame.spsr & spsr_irqs_masked) != 0 && subject.frame.slot < 8;
    bool started = cores[subject.core].state.load(arch::Order::Relaxed) == CoreState::Online;
    bool holds = !checks_enabled || sync::locks_held() > 0;
    return masked && started && holds ? "lock" : "thread";
}

// The interrupt that the core handles, or handled last: what its slot stored, less the sender of an SGI.
u32 interrupt_id(const Core& core) { return static_cast<u32>(core.irq[IRQ_IAR / 8] & 0x3ff); }

void put_fault(Writer& out, const ReportSubject& subject) {
    const arch::FaultFrame& frame = subject.frame;
    std::array<char, 64> room;
    FaultScene scene;
    if (subject.panic) {
        uptr note = frame.x[0];
        static const PanicNote unreadable{"panic", "the reason cannot be read", "", 0};
        bool readable = arch::readable(note) && arch::readable(note + sizeof(PanicNote) - 1);
        scene.note = readable ? std::bit_cast<const PanicNote*>(note) : &unreadable;
    } else {
        if (arch::vector_origin(frame.slot) == arch::VectorOrigin::ExceptionStack)
            scene.handled = interrupt_id(cores[subject.core]);
        bool jumped = arch::Esr{frame.esr}.instruction_abort();
        scene.touched = place_of(jumped ? frame.elr : frame.far, room);
        if (is_aligned(frame.elr, 4) && arch::readable(frame.elr)) {
            scene.instruction = arch::load_instruction(Unsafe{"it was probed a line above"}, frame.elr);
        }
    }
    format(out, "fault: {}: ", fault_kind(frame, scene));
    put_fault_words(out, frame, scene);
    out.put(line_end);
}

void put_thread(Writer& out, const ReportSubject& subject) {
    const Thread* thread = thread_if_readable();
    format(out, "thread: {} core: {} context: {}\r\n", thread != nullptr ? thread_name(*thread) : "unknown",
           subject.core, context_of(subject));
}

CodeAddress pc_kind(const ReportSubject& subject) { return subject.panic ? CodeAddress::Return : CodeAddress::Exact; }

void put_place(Writer& out, const ReportSubject& subject) {
    out.put("pc: ");
    put_code_address(out, subject.frame.elr, pc_kind(subject), subject.names);
    out.put("\r\nlr: ");
    put_code_address(out, subject.frame.x[30], CodeAddress::Return, subject.names);
    out.put(line_end);
}

std::optional<uptr> function_at(uptr address) {
    std::array<char, 4> room;
    if (hooks.name == nullptr) return {};
    auto named = hooks.name(address, room);
    if (!named) return {};
    return address - named->offset;
}

// Whether lr is a caller that the chain of frame records does not hold: the fault came before the
// function's record was made (its first store, a stack overflow), or after a jump to no function.
bool caller_only_in_lr(const arch::FaultFrame& frame, std::span<const uptr> chain) {
    uptr lr = frame.x[30];
    if (!code_range().contains(lr) || (!chain.empty() && chain[0] == lr)) return false;
    auto here = function_at(frame.elr);
    auto there = function_at(lr - 4);
    return !here || (there && *here != *there);
}

void put_trace(Writer& out, const ReportSubject& subject) {
    const arch::FaultFrame& frame = subject.frame;
    u32 number = 0;
    auto put = [&](uptr address, CodeAddress kind) {
        format(out, "#{} ", number++);
        put_code_address(out, address, kind, subject.names);
        out.put(line_end);
        out.flush();
    };
    put(frame.elr, pc_kind(subject));
    if (hooks.backtrace == nullptr) return;

    std::array<AddressRange, 3> stacks{overflow_stack_of(subject.core), exception_stack_of(subject.core), {}};
    if (const Thread* thread = thread_if_readable()) stacks[2] = stack_of(*thread);
    std::array<uptr, max_trace> found;
    std::span<const uptr> chain = std::span{found}.first(hooks.backtrace(frame.x[29], stacks, code_range(), found));
    if (!subject.panic && caller_only_in_lr(frame, chain)) put(frame.x[30], CodeAddress::Return);
    for (uptr address : chain) put(address, CodeAddress::Return);
}

[[maybe_unused]] void put_lock(Writer& out, const sync::LockName& lock) {
    switch (lock.kind) {
        case sync::LockName::Kind::Free: out.put("no lock"); break;
        case sync::LockName::Kind::Handlers: out.put("handlers"); break;
        case sync::LockName::Kind::Spin:
            format(out, "{} spin lock ({}:{})", sync::name_of(lock.rank), lock.made_at.file_name(),
                   lock.made_at.line());
            break;
        case sync::LockName::Kind::Mutex: format(out, "mutex {} ({})", lock.number, lock.address); break;
    }
}

// Where locks are taken against the order that was learned: each step of the ring with its backtrace, this core's last.
[[maybe_unused]] void put_order(Writer& out, const ReportSubject& subject) {
    std::span<const sync::OrderStep> steps = sync::broken_order();
    for (const sync::OrderStep& step : steps) {
        const bool last = &step == &steps.back();
        out.put("order: ");
        if (step.taken.kind == sync::LockName::Kind::Handlers) {
            put_lock(out, step.held);
            out.put(" with interrupts open");
        } else {
            put_lock(out, step.taken);
            out.put(step.held.kind == sync::LockName::Kind::Handlers ? " by " : " under ");
            put_lock(out, step.held);
        }
        format(out, ", {}core {}:\r\n", last ? "now, " : "seen on ", step.trace.core);
        u32 number = 0;
        for (uptr address : step.trace.span()) {
            format(out, "#{} ", number++);
            put_code_address(out, address, CodeAddress::Return, subject.names);
            out.put(line_end);
            out.flush();
        }
    }
}

void put_syndrome_lines(Writer& out, const ReportSubject& subject) {
    const arch::FaultFrame& frame = subject.frame;
    if (!subject.panic) {
        format(out, "esr: {:#010x} ", frame.esr);
        put_syndrome(out, frame.esr);
        format(out, "\r\nfar: {:#018x}\r\n", frame.far);
    }
    format(out, "sp: {:#018x} spsr: {:#x} slot: {}\r\n", frame.sp, frame.spsr, frame.slot);
    if (subject.simd) format(out, "fpcr: {:#010x} fpsr: {:#010x}\r\n", subject.simd->fpcr, subject.simd->fpsr);
}

void put_registers(Writer& out, const ReportSubject& subject) {
    for (u32 i = 0; i < 31; ++i) {
        format(out, "x{}: {:#018x}", i, subject.frame.x[i]);
        out.put(i % 3 == 2 || i == 30 ? line_end : " ");
    }
}

void put_cores(Writer& out, const ReportSubject& subject) {
    for (u32 i = 0; i < max_cores; ++i) {
        const StoppedCore& core = subject.cores[i];
        if (i == subject.core || core.how == StoppedCore::How::NotAsked) continue;
        format(out, "core {}: ", i);
        uptr pc = core.pc;
        switch (core.how) {
            case StoppedCore::How::NotAsked: break;
            case StoppedCore::How::Stopped: out.put("stopped at "); break;
            case StoppedCore::How::Faulted: out.put("stopped by a fault of its own at "); break;
            case StoppedCore::How::Silent:
                out.put("not responding");
                pc = cores[i].last_tick_pc.load(arch::Order::Relaxed);
                out.put(pc != 0 ? ", last tick at " : ", no tick yet");
                break;
        }
        if (pc != 0) put_code_address(out, pc, CodeAddress::Exact, subject.names);
        out.put(line_end);
        out.flush();
    }
}

}  // namespace

void set_crash_hooks(const CrashHooks& given) noexcept { hooks = given; }

void put_code_address(Writer& out, uptr address, CodeAddress kind, bool names) noexcept {
    format(out, "{:#018x}", address);
    if (!names || hooks.name == nullptr) return;
    // The last instruction of a function may be a call of one that never returns.
    u64 back = kind == CodeAddress::Return ? 1 : 0;
    std::array<char, 160> room;
    if (auto named = hooks.name(address - back, room)) format(out, " {}+{:#x}", named->name, named->offset + back);
}

void write_section(Writer& out, ReportSubject& subject, ReportSection section) noexcept {
    switch (section) {
        case ReportSection::Waiting: break;  // panic.cpp writes it: it is not of the fault
        case ReportSection::Fault: put_fault(out, subject); break;
        case ReportSection::Thread: put_thread(out, subject); break;
        case ReportSection::Place: put_place(out, subject); break;
        case ReportSection::Trace:
            put_trace(out, subject);
            if constexpr (checks_enabled) put_order(out, subject);
            break;
        case ReportSection::Syndrome: put_syndrome_lines(out, subject); break;
        case ReportSection::Registers: put_registers(out, subject); break;
        case ReportSection::Cores: put_cores(out, subject); break;
        case ReportSection::End: out.put("end of report\r\n"); break;
    }
    out.flush();
}

}  // namespace quartet::kernel
