// SPDX-License-Identifier: MIT

#include "fault_report.hpp"

#include <arch/layout/esr.hpp>
#include <arch/probe.hpp>
#include <base/format.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/fault/fault_words.hpp>
#include <kernel/iface/crash_hooks.hpp>
#include <kernel/console/log.hpp>
#include <kernel/fault/memory_place.hpp>
#include <kernel/fault/report_lists.hpp>
#include <kernel/fault/thread_frame.hpp>
#include <sync/lock_graph.hpp>
#include <sync/lock_order.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace quartet::kernel {

namespace {

constexpr char line_end = '\n';
constexpr usize max_trace = 32;
constexpr usize first_frames = 8;
constexpr u32 log_lines = 32;
constexpr usize widest_log_line = 110;
constexpr u32 events = 64;
// Of the first line, which leaves at least so much to the names that they are recognised.
constexpr usize widest_fault = 330;
constexpr usize widest_name = 60;
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

void put_fault(Writer& out, ReportSubject& subject) {
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
    std::array<char, widest_fault> line_room;
    Writer line{line_room};
    format(line, "fault: {}: ", fault_kind(frame, scene));
    put_fault_words(line, frame, scene);
    out.put(line.text());
    out.put(line_end);
    // What the line leaves of the first screen, less what else is in it, is the names'.
    constexpr usize others = 2 + 2 + 57 + 10 * 33;
    subject.name_width = (first_screen_bytes - others - line.text().size()) / (first_frames + 2);
    if (subject.name_width > widest_name) subject.name_width = widest_name;
    if (subject.brief) subject.name_width = 0;
}

void put_thread(Writer& out, const ReportSubject& subject) {
    const Thread* thread = thread_if_readable();
    format(out, "thread: {} core: {} context: {}\n", thread != nullptr ? thread_name(*thread) : "unknown", subject.core,
           context_of(subject));
}

CodeAddress pc_kind(const ReportSubject& subject) { return subject.panic ? CodeAddress::Return : CodeAddress::Exact; }

void put_place(Writer& out, const ReportSubject& subject) {
    out.put("pc: ");
    put_code_address(out, subject.frame.elr, pc_kind(subject), subject.name_width);
    out.put("\nlr: ");
    put_code_address(out, subject.frame.x[30], CodeAddress::Return, subject.name_width);
    out.put(line_end);
}

std::optional<uptr> function_at(uptr address) {
    std::array<char, 4> room;
    if (crash_hooks().name == nullptr) return {};
    auto named = crash_hooks().name(address, room);
    if (!named) return {};
    return address - named->offset;
}

// Whether lr is a caller that the chain of frame records does not hold: the function has none (it calls nothing, and the image
// has no checks), has not made it yet (its first store, a stack overflow), or the jump went to no function.
bool caller_only_in_lr(const arch::FaultFrame& frame, std::span<const uptr> chain) {
    uptr lr = frame.x[30];
    if (!code_range().contains(lr) || (!chain.empty() && chain[0] == lr)) return false;
    auto here = function_at(frame.elr);
    auto there = function_at(lr - 4);
    return !here || (there && *here != *there);
}

// The frames from number `begin` on, `end` excluded.
void put_frames(Writer& out, const ReportSubject& subject, u32 begin, u32 end) {
    const arch::FaultFrame& frame = subject.frame;
    u32 number = 0;
    auto put = [&](uptr address, CodeAddress kind) {
        if (begin <= number && number < end) {
            format(out, "#{} ", number);
            put_code_address(out, address, kind, subject.name_width);
            out.put(line_end);
        }
        number += 1;
    };
    put(frame.elr, pc_kind(subject));
    std::array<uptr, max_trace + 1> found;
    const usize count = std::min(trace_frame(frame, subject.core, thread_if_readable(), found), max_trace);
    const auto chain = std::span{found}.first(count);
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
        format(out, ", {}core {}:\n", last ? "now, " : "seen on ", step.trace.core);
        u32 number = 0;
        for (uptr address : step.trace.span()) {
            format(out, "#{} ", number++);
            put_code_address(out, address, CodeAddress::Return, subject.name_width);
            out.put(line_end);
        }
    }
}

void put_syndrome_lines(Writer& out, const ReportSubject& subject) {
    const arch::FaultFrame& frame = subject.frame;
    if (!subject.panic) {
        format(out, "esr: {:#010x} ", frame.esr);
        put_syndrome(out, frame.esr);
        format(out, "\nfar: {:#018x}\n", frame.far);
    }
    format(out, "sp: {:#018x} spsr: {:#x} slot: {}\n", frame.sp, frame.spsr, frame.slot);
    if (subject.simd) format(out, "fpcr: {:#010x} fpsr: {:#010x}\n", subject.simd->fpcr, subject.simd->fpsr);
    format(out, "image: {:08x}\n", crash_hooks().image);
}

// What a brief report leaves out.
void put_list(Writer& out, const ReportSubject& subject, ReportSection section) {
    if (section == ReportSection::Callers) put_frames(out, subject, first_frames, max_trace + 2);
    if constexpr (checks_enabled) {
        if (section == ReportSection::Order) put_order(out, subject);
    }
    if (section == ReportSection::Locks) put_locks(out);
    if (section == ReportSection::Threads) put_threads(out);
    if (section == ReportSection::Log) {
        out.put("log:\n");
        the_log.put_tail_after_fault(out, log_lines, widest_log_line);
    }
    if (section == ReportSection::Events && crash_hooks().events != nullptr) {
        out.put("events:\n");
        crash_hooks().events(out, events);
    }
}

}  // namespace

usize trace_frame(const arch::FaultFrame& frame, u32 core, const Thread* thread, std::span<uptr> found) noexcept {
    if (crash_hooks().backtrace == nullptr) return 0;
    std::array<AddressRange, 3> stacks{};
    if (core < max_cores) {
        stacks[0] = overflow_stack_of(core);
        stacks[1] = exception_stack_of(core);
    }
    if (thread != nullptr) stacks[2] = stack_of(*thread);
    const auto chain = found.subspan(1);
    const usize count = crash_hooks().backtrace(frame.x[29], stacks, code_range(), chain);
    found[0] = frame.x[30];
    if (caller_only_in_lr(frame, chain.first(count))) return count + 1;
    std::ranges::copy(chain.first(count), found.begin());
    return count;
}

void put_code_address(Writer& out, uptr address, CodeAddress kind, usize width) noexcept {
    format(out, "{:#018x}", address);
    if (width == 0 || crash_hooks().name == nullptr) return;
    // The last instruction of a function may be a call of one that never returns.
    u64 back = kind == CodeAddress::Return ? 1 : 0;
    std::array<char, 160> room;
    auto named = crash_hooks().name(address - back, room);
    if (!named) return;
    std::string_view name = named->name;
    const bool cut = name.size() > width;
    if (cut) name = name.substr(name.size() - width + 1);
    format(out, " {}{}+{:#x}", cut ? "~" : "", name, named->offset + back);
}

usize sure_bytes(ReportSection section) noexcept {
    switch (section) {
        case ReportSection::Fault: return first_screen_bytes;  // of it and the next three
        case ReportSection::Syndrome: return 250;
        case ReportSection::Registers: return 800;
        case ReportSection::Order: return checks_enabled && !sync::broken_order().empty() ? 1500 : 0;
        case ReportSection::Locks: return 250;
        case ReportSection::Cores:
        case ReportSection::Threads:
        case ReportSection::Log: return 900;
        case ReportSection::Events: return crash_hooks().events != nullptr ? 900 : 0;
        case ReportSection::End: return 20;
        case ReportSection::Thread:
        case ReportSection::Place:
        case ReportSection::Frames:
        case ReportSection::Callers: return 0;
    }
    return 0;
}

void write_section(Writer& out, ReportSubject& subject, ReportSection section) noexcept {
    switch (section) {
        case ReportSection::Fault: put_fault(out, subject); break;
        case ReportSection::Thread: put_thread(out, subject); break;
        case ReportSection::Place: put_place(out, subject); break;
        case ReportSection::Frames:
            put_frames(out, subject, 0, first_frames);
            // The first screen is over.
            if (!subject.brief) subject.name_width = widest_name;
            break;
        case ReportSection::Syndrome: put_syndrome_lines(out, subject); break;
        case ReportSection::Registers: put_registers(out, subject.frame.x); break;
        case ReportSection::Cores: put_cores(out, subject); break;
        case ReportSection::End: out.put("end of report\n"); break;
        case ReportSection::Callers:
        case ReportSection::Order:
        case ReportSection::Locks:
        case ReportSection::Threads:
        case ReportSection::Log:
        case ReportSection::Events:
            if (!subject.brief) put_list(out, subject, section);
            break;
    }
}

}  // namespace quartet::kernel
