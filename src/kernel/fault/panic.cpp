// SPDX-License-Identifier: MIT
//
// Who writes the report, and what happens to everybody else. One core claims it; a second one that
// faults meanwhile is only noted. A fault of the claiming core itself makes the rest of the report a shorter one; a second
// such fault resets the machine, so that there is an end whatever is broken.
//
// A section is made in memory, kept in the record for the next run, and sent then.

#include "panic.hpp"

#include <arch/atomic.hpp>
#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>
#include <arch/panic_trap.hpp>
#include <arch/probe.hpp>
#include <arch/stop.hpp>
#include <base/assert.hpp>
#include <base/format.hpp>
#include <kernel/console/console.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/fault/contain.hpp>
#include <kernel/fault/core_stop.hpp>
#include <kernel/fault/debug_entry.hpp>
#include <kernel/fault/fault_report.hpp>
#include <kernel/fault/fault_words.hpp>
#include <kernel/fault/memory_place.hpp>
#include <kernel/fault/panic_prompt.hpp>
#include <kernel/iface/crash_hooks.hpp>
#include <kernel/irq/irq.hpp>
#include <sync/clock.hpp>

#include <array>
#include <bit>

namespace quartet {

namespace kernel {

namespace {

using arch::Order;

constexpr u32 nobody = ~0u;
// How long the first line waits: for the other cores, and for what they wrote and logged to go out above it. A line of 80
// characters takes 7 ms at 115200 baud, and is then on the wire within 10 ms of the fault.
constexpr u32 wait_us = 2000;
// How long for a core that is about to write a byte, which would stand in the middle of the report. An emulator can hold a
// core back so long; on a board it is there within the time of one store.
constexpr u32 writer_wait_us = 50'000;
constexpr usize section_room_bytes = 6_KiB;

constinit Uart* port = nullptr;
constinit PowerController* power_controller = nullptr;

// Claimed by compare-exchange, never given back. Everything below belongs to the claiming core.
constinit arch::Atomic<u32> reporter{nobody};
constinit ReportSubject subject;
constinit u32 next_section = 0;
constinit bool making = false;  // the section before that, which is not on the wire yet
constinit bool keeping = false;
constinit u32 nested_faults = 0;
constinit u64 faulted_at = 0;  // the counter
constinit usize sent = 0;  // bytes of the report on the wire
constinit std::array<char, section_room_bytes> section_room{};

void send(void*, std::string_view text) {
    if (port == nullptr) return;
    for (char c : text) {
        if (c == '\n') port->put_polled('\r');
        port->put_polled(static_cast<u8>(c));
    }
}

usize wire_bytes(std::string_view text) {
    usize bytes = text.size();
    for (char c : text) bytes += c == '\n';
    return bytes;
}

// A panic's frame as if its caller had faulted: the trap's own function has made no record, so x29
// names that of `panic`, whose record is the caller.
void leave_panic_function(arch::FaultFrame& frame) {
    auto record_at = [](uptr at) { return is_aligned(at, 8) && arch::readable(at) && arch::readable(at + 15); };
    uptr record = frame.x[29];
    frame.x[30] = 0;
    if (!record_at(record)) return;
    frame.elr = arch::load_word(Unsafe{"both ends of the record are probed"}, record + 8);
    frame.x[29] = arch::load_word(Unsafe{"both ends of the record are probed"}, record);
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
    faulted_at = arch::counter();
    subject.frame = frame;
    subject.core = core;
    subject.handler = in_handler(frame, core);
    subject.simd = simd_control(core);
    subject.panic = is_panic(frame);
    if (subject.panic) leave_panic_function(subject.frame);
    list_frame(core, &subject.frame);
}

bool within(u32 us) noexcept { return arch::counter() - faulted_at < sync::counter_hertz() / 1000 * us / 1000; }
bool may_wait() noexcept { return within(wait_us); }

bool others_stand() {
    for (u32 core = 0; core < max_cores; ++core) {
        if (core != subject.core && irq::core_started(core) && stopped_frame(core).how == StoppedCore::How::NotAsked)
            return false;
    }
    return true;
}

// A core that stands writes no more, wherever it was.
bool somebody_writes(const ConsolePort& at) {
    const u32 writer = at.writer();
    return writer < max_cores && writer != subject.core && stopped_frame(writer).how == StoppedCore::How::NotAsked;
}

// What other flows wrote and logged before the fault stands above it, as far as there is time: once they stand still,
// because they might be at the same rings.
void flush_others() {
    Console* console = console_if_any();
    if (console != nullptr) console->port().close_transmitter();
    while (!others_stand()) {
        if (!may_wait() && !(console != nullptr && somebody_writes(console->port()) && within(writer_wait_us))) return;
        arch::relax();
    }
    if (console != nullptr) console->flush_after_fault(may_wait);
}

// Of `text`, whole lines, the first or the last of them, that are `most` bytes on the wire.
std::string_view fitting(std::string_view text, usize most, bool last) {
    while (wire_bytes(text) > most) {
        const usize end = last ? text.find('\n') : text.substr(0, text.size() - 1).rfind('\n');
        if (end >= text.size()) return {};
        text = last ? text.substr(end + 1) : text.substr(0, end + 1);
    }
    return text;
}

// What does not fit into the report is in the record.
void send_section(std::string_view text, ReportSection section) {
    constexpr std::string_view note = "(cut here: crash show has the rest)\n";
    usize taken = sent;
    for (u32 later = next_section; later < section_count; ++later)
        taken += sure_bytes(static_cast<ReportSection>(later));
    const usize most = taken < report_bytes ? report_bytes - taken : 0;
    if (wire_bytes(text) > most) {
        const bool last = section == ReportSection::Log || section == ReportSection::Events;
        const usize noted = wire_bytes(note);
        text = fitting(text, most > noted ? most - noted : 0, last);
        if (last) send(nullptr, note);
        send(nullptr, text);
        if (!last) send(nullptr, note);
        sent += noted + wire_bytes(text);
        return;
    }
    send(nullptr, text);
    sent += wire_bytes(text);
}

void keep(CrashPiece piece, std::span<const std::byte> content) {
    if (crash_hooks().record == nullptr) return;
    keeping = true;
    crash_hooks().record(piece, content);
    keeping = false;
}

// What there was no time for above the report, less the log, of which the report has the last.
void send_what_waits() {
    Console* console = console_if_any();
    if (console == nullptr || console->port().drained() || subject.brief) return;
    send(nullptr, "(written before the fault:)\n");
    console->port().flush_after_fault();
    send(nullptr, "\n");
}

void put_section(ReportSection section) {
    if (section == ReportSection::End) send_what_waits();
    Writer out{section_room};
    making = true;
    write_section(out, subject, section);
    std::string_view text = out.text();
    // Of a list that is too long even for the record.
    if (out.truncated()) text = text.substr(0, text.rfind('\n') + 1);
    if (section == ReportSection::Registers) keep(CrashPiece::Registers, std::as_bytes(std::span{subject.frame.x}));
    else if (!text.empty()) keep(CrashPiece::Text, std::as_bytes(std::span{text}));
    if (section == ReportSection::End) keep(CrashPiece::End, {});
    making = false;
    send_section(text, section);
    // The first screen is out: there is time for those who did not answer at once.
    if (section == ReportSection::Frames) collect_stopped(subject.core, subject.cores);
}

[[noreturn]] void report() {
    if (next_section == 0) {
        if (nested_faults == 0) flush_others();
        keep(CrashPiece::Begin, {});
        send(nullptr, "\n");
        sent = 2;
    }
    while (next_section < section_count) put_section(static_cast<ReportSection>(next_section++));
    run_panic_prompt(port, power_controller);
}

// A fault while the report is written: a line, and on with a shorter one; the section that was being made is made again.
// The next fault resets, with a line before if the wire itself is not what faults.
[[noreturn]] void report_goes_on(const arch::FaultFrame& frame) {
    nested_faults += 1;
    subject.brief = true;
    subject.name_width = 0;
    if (nested_faults <= 2) {
        std::array<char, 96> room;
        Writer out{room, send, nullptr};
        format(out, "\n(a fault in this report: esr {:#x} far {:#x} pc {:#x})\n", frame.esr, frame.far, frame.elr);
        if (nested_faults == 2) out.put(power_controller != nullptr ? "(once more: reset)\n" : "(once more: halted)\n");
        out.flush();
    }
    if (nested_faults == 1) {
        if (keeping) crash_hooks().record = nullptr;
        if (making) next_section -= 1;
        report();
    }
    if (nested_faults <= 3 && power_controller != nullptr) {
        if (nested_faults == 2 && port != nullptr) port->drain_polled();
        power_controller->reboot();
    }
    arch::halt();
}

}  // namespace

void set_panic_devices(Uart* uart, PowerController* power) noexcept {
    port = uart;
    power_controller = power;
}

Uart* panic_port() noexcept { return port; }
PowerController* panic_power() noexcept { return power_controller; }

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
    if (debugger_answers(core, frame)) quartet_resume(frame);
    if (!panicking() && contain_fault(core, frame)) quartet_resume(frame);
    u32 found = nobody;
    // Acquire and release pair among cores that fault at once: one claims, the others see it claimed.
    if (reporter.compare_exchange(found, core, arch::Order::AcqRel, arch::Order::Acquire)) {
        begin(frame, core);
        ask_to_stop(core);
        report();
    }
    if (found == core) report_goes_on(frame);
    stop_after_fault(core, frame);
}
