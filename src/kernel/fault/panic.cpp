// SPDX-License-Identifier: MIT
//
// Who writes the report, and what happens to everybody else. One core claims it; a second one that
// faults meanwhile is only noted. A fault of the claiming core itself costs the section that it was
// writing: sections are counted up before they begin, so that there is an end whatever is broken.

#include "panic.hpp"

#include <arch/atomic.hpp>
#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <arch/panic_trap.hpp>
#include <arch/probe.hpp>
#include <base/assert.hpp>
#include <base/format.hpp>
#include <kernel/console/console.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/fault/core_stop.hpp>
#include <kernel/fault/fault_report.hpp>
#include <kernel/fault/fault_words.hpp>
#include <kernel/fault/memory_place.hpp>
#include <kernel/fault/panic_prompt.hpp>

#include <array>
#include <bit>

namespace quartet {

namespace kernel {

namespace {

using arch::Order;

constexpr u32 nobody = ~0u;
constexpr u32 max_nested_faults = 12;

constinit Uart* port = nullptr;
constinit PowerController* power_controller = nullptr;

// Claimed by compare-exchange, never given back. Everything below belongs to the claiming core.
constinit arch::Atomic<u32> reporter{nobody};
constinit ReportSubject subject;
constinit u32 next_section = 0;
constinit u32 nested_faults = 0;

void send(void*, std::string_view text) {
    if (port == nullptr) return;
    for (char c : text) port->put_polled(static_cast<u8>(c));
}

// A panic's frame as if its caller had faulted: the trap's own function has made no record, so x29
// names that of `panic`, whose record is the caller.
void leave_panic_function(arch::FaultFrame& frame) {
    auto record_at = [](uptr at) { return is_aligned(at, 8) && arch::readable(at) && arch::readable(at + 15); };
    uptr record = frame.x[29];
    if (!record_at(record)) return;
    frame.elr = arch::load_word(Unsafe{"both ends of the record are probed"}, record + 8);
    frame.x[29] = arch::load_word(Unsafe{"both ends of the record are probed"}, record);
    frame.x[30] = 0;
    if (record_at(frame.x[29])) frame.x[30] = arch::load_word(Unsafe{"both ends are probed"}, frame.x[29] + 8);
}

// A handler that left its own level (a stray eret) arrives with the exception stack as it left it: not empty.
bool in_handler(const arch::FaultFrame& frame, u32 core) {
    if (arch::vector_origin(frame.slot) == arch::VectorOrigin::ExceptionStack) return true;
    uptr stack = std::bit_cast<uptr>(&frame) + sizeof(frame);
    return exception_stack_of(core).contains(stack);
}

// Closes SIMD for the report's own code: from here on none of it goes unnoticed.
std::optional<arch::SimdControl> simd_control(u32 core) {
    arch::SimdControl control{};
    if (cores[core].simd != 0) {
        quartet_fp_control(&control);
        return control;
    }
    const Thread* thread = thread_if_readable();
    if (thread == nullptr || thread->simd_used == 0 || !arch::readable(std::bit_cast<uptr>(thread->simd))) return {};
    return arch::SimdControl{thread->simd->fpcr, thread->simd->fpsr};
}

void begin(const arch::FaultFrame& frame, u32 core) {
    subject.frame = frame;
    subject.core = core;
    subject.handler = in_handler(frame, core);
    subject.simd = simd_control(core);
    subject.panic = is_panic(frame);
    if (subject.panic) leave_panic_function(subject.frame);
}

// What other flows wrote and logged before the fault stands above it: once they stand still, because they might be at
// the same rings.
void flush_others() {
    collect_stopped(subject.core, subject.cores);
    if (Console* console = console_if_any()) console->flush_after_fault();
}

[[noreturn]] void report() {
    std::array<char, 128> room;
    Writer out{room, send, nullptr};
    while (next_section <= static_cast<u32>(ReportSection::End)) {
        auto section = static_cast<ReportSection>(next_section++);
        if (section == ReportSection::Waiting) flush_others();
        if (section == ReportSection::Fault) out.put("\r\n");
        write_section(out, subject, section);
    }
    run_panic_prompt(port, power_controller);
}

// A fault while the report is written: a short line, and on with the next section.
[[noreturn]] void report_goes_on(const arch::FaultFrame& frame) {
    nested_faults += 1;
    if (nested_faults > max_nested_faults) arch::halt();
    if (nested_faults > 1) subject.names = false;
    {
        std::array<char, 96> room;
        Writer out{room, send, nullptr};
        format(out, "\r\n(a fault in this report: esr {:#x} far {:#x} pc {:#x})\r\n", frame.esr, frame.far, frame.elr);
        out.flush();
    }
    report();
}

}  // namespace

void set_panic_devices(Uart* uart, PowerController* power) noexcept {
    port = uart;
    power_controller = power;
}

bool panicking() noexcept { return reporter.load(Order::Relaxed) != nobody; }

[[noreturn]] [[gnu::noinline]] void panic(std::string_view what, SourcePlace where) noexcept {
    const PanicNote note{"panic", what, where.file_name(), where.line()};
    quartet_panic_trap(&note);
}

[[noreturn]] [[gnu::noinline]] void panic_of_kind(std::string_view kind, std::string_view what, std::string_view file,
                                                  u32 line) noexcept {
    const PanicNote note{kind, what, file, line};
    quartet_panic_trap(&note);
}

}  // namespace kernel

[[noreturn]] [[gnu::noinline]] void check_failed(const char* what, SourcePlace where) {
    const kernel::PanicNote note{"check", what, where.file_name(), where.line()};
    quartet_panic_trap(&note);
}

}  // namespace quartet

// Context: the exception or overflow stack of this core, interrupts masked.
extern "C" [[noreturn]] void quartet_fault(quartet::arch::FaultFrame& frame) noexcept {
    using namespace quartet;
    using namespace quartet::kernel;
    u32 core = arch::core_id();
    u32 found = nobody;
    // Acquire and release pair among cores that fault at once: one claims, the others see it claimed.
    if (reporter.compare_exchange(found, core, arch::Order::AcqRel, arch::Order::Acquire)) {
        begin(frame, core);
        ask_to_stop(core);
        report();
    }
    if (found == core) report_goes_on(frame);
    stop_after_fault(core, frame.elr);
}
