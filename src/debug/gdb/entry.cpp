// SPDX-License-Identifier: MIT
//
// How the machine comes to a stand for the debugger, and goes on. The core that enters has the session; the others stand and are
// served. A step on another core is waited for here; one on this core leaves, with the others held, and comes back by its exception.

#include <debug/gdb/entry.hpp>

#include <arch/cpu.hpp>
#include <arch/debug_unit.hpp>
#include <arch/layout/esr.hpp>
#include <arch/layout/panic_trap.h>
#include <arch/probe.hpp>
#include <base/static_room.hpp>
#include <debug/gdb/points.hpp>
#include <debug/gdb/session.hpp>
#include <debug/gdb/step.hpp>
#include <kernel/console/console.hpp>
#include <kernel/fault/core_stop.hpp>
#include <kernel/fault/debug_entry.hpp>
#include <kernel/fault/panic.hpp>
#include <kernel/fault/watchdog.hpp>
#include <kernel/sched/core.hpp>
#include <mm/kernel_map.hpp>
#include <sync/standstill.hpp>

namespace quartet::debug::gdb {

namespace {

using arch::ExceptionClass;
using kernel::Thread;

// Of whoever holds the cores.
constinit StaticRoom<Session> the_session;

// What a step changed, to be put back when it is over.
struct Stepping {
    u32 core = max_cores;
    u64 masked = 0;  // PSTATE.DAIF of the code that is stepped
    u32 reschedule = 0;  // what its core owed
};
constinit Stepping stepping;

constexpr u8 ctrl_c = 3;
constexpr u64 daif = 0x3c0;
constexpr u64 debug_masked = 0x200;
constexpr u64 single_step = u64{1} << 21;  // SPSR.SS
constexpr u32 step_ms = 1000;
constexpr u32 most_collections = 25;  // of stop_milliseconds each

// GDB's numbers of signals (include/gdb/signals.def).
constexpr u8 interrupted = 2, illegal = 4, trapped = 5, aborted = 6, segment = 11;

bool is_line_end(char c) { return c == '\r' || c == '\n'; }

ExceptionClass class_of(const arch::FaultFrame& frame) { return arch::Esr{frame.esr}.ec(); }

// What a debugger asked for, not a fault.
bool asked_for(const arch::FaultFrame& frame) {
    switch (class_of(frame)) {
        case ExceptionClass::Breakpoint:
        case ExceptionClass::Watchpoint:
        case ExceptionClass::Step: return true;
        case ExceptionClass::Brk: return breaks_at(frame.elr);
        default: return false;
    }
}

u8 signal_of(const arch::FaultFrame& frame) {
    if (frame.slot == 1 || asked_for(frame)) return trapped;
    if (class_of(frame) == ExceptionClass::Brk) return aborted;
    return arch::Esr{frame.esr}.abort() ? segment : illegal;
}

Stop stop_at(u32 core, const arch::FaultFrame& frame) {
    const bool watch = frame.slot != 1 && class_of(frame) == ExceptionClass::Watchpoint;
    return {.signal = signal_of(frame),
            .thread = kernel::stopped_frame(core).thread,
            .watched = watch ? watched_at(frame.far) : 0};
}

// On the core that is to step, and again when it is over.
void step_on(arch::FaultFrame&, void*) noexcept { arch::set_debug_control(uses_debug_unit(), true); }
void step_off(arch::FaultFrame&, void*) noexcept { arch::set_debug_control(uses_debug_unit(), false); }

// What its core owes is done after the step: a reschedule would go on with another thread.
void arm_step(u32 core, arch::FaultFrame& frame) {
    kernel::Core& record = kernel::cores[core];
    stepping = {.core = core, .masked = frame.spsr & daif, .reschedule = record.reschedule};
    record.reschedule = 0;
    frame.spsr = ((frame.spsr | daif | single_step) & ~debug_masked);
}

void disarm_step(arch::FaultFrame& frame) {
    kernel::cores[stepping.core].reschedule |= stepping.reschedule;
    frame.spsr = (frame.spsr & ~(daif | single_step)) | stepping.masked;
    stepping.core = max_cores;
}

// Another core makes the step, and stands again. False: it did not come back in time.
bool step_elsewhere(u32 core, arch::FaultFrame& frame) {
    arm_step(core, frame);
    static_cast<void>(kernel::do_standing(core, step_on, nullptr));
    kernel::release_core(core, kernel::Hold::Once);
    const u64 begin = machine::now();
    arch::FaultFrame* back = nullptr;
    while ((back = kernel::stopped_frame(core).frame) == nullptr && !machine::passed(begin, step_ms)) arch::relax();
    if (back == nullptr) return false;
    static_cast<void>(kernel::do_standing(core, step_off, nullptr));
    disarm_step(*back);
    return true;
}

// What was typed meanwhile is the line's, behind a fresh prompt where the debugger leaves: there a half-typed line is cancelled, not
// run.
void give_back_line(bool leaves) {
    kernel::Console* console = kernel::console_if_any();
    if (console == nullptr) return;
    kernel::ConsolePort& port = console->port();
    std::string_view typed = the_session.get()->take_typed();
    port.catcher().forget();
    port.catcher().set_attached(!leaves);
    if (leaves) port.put_back(ctrl_c);
    // An Enter alone was for us.
    if (typed.size() == 1 && is_line_end(typed[0])) typed = {};
    for (char c : typed) port.put_back(static_cast<u8>(c));
    if (leaves || !typed.empty()) port.catcher().set_at_start(typed.empty() || is_line_end(typed.back()));
    console->wake_reader();
}

// Who watches whether cores move, and who waits for locks, is told that they stand on purpose.
void stand_still(bool stand) {
    sync::count_standstill();
    kernel::hold_watchdog(stand);
}

void let_go(u32 core) {
    kernel::list_frame(core, nullptr);
    stand_still(false);
    kernel::release_cores(core);
}

// Returns what the debugger's hook returns.
bool converse(u32 core, arch::FaultFrame& frame, Stop stop, std::string_view packet, bool tell) {
    for (;;) {
        const Resume resume = the_session.get()->talk(stop, packet, tell);
        packet = {};
        tell = true;
        const bool fault = frame.slot != 1 && !asked_for(frame);
        switch (resume.how) {
            case Resume::How::Step: {
                const u32 which = machine::core_of(*resume.thread);
                arch::FaultFrame& stepped = *kernel::stopped_frame(which).frame;
                const uptr pc = stepped.elr;
                stop = {.signal = trapped, .thread = resume.thread, .watched = 0};
                if (arch::readable(pc) &&
                    step_by_hand(stepped, arch::load_instruction(Unsafe{"probed before it"}, align_down(pc, 4))))
                    continue;
                put_points_in(core);
                if (which == core) {
                    arm_step(core, frame);
                    step_on(frame, nullptr);
                    kernel::list_frame(core, nullptr);
                    return true;
                }
                const bool back = step_elsewhere(which, stepped);
                take_points_out();
                if (back) stop = stop_at(which, *kernel::stopped_frame(which).frame);
                continue;
            }
            case Resume::How::Reboot:
                // The device obeys within some 150 us (panic_prompt.cpp): until then nobody goes on.
                if (kernel::PowerController* power = kernel::panic_power()) {
                    power->reboot();
                    for (const u64 begin = machine::now(); !machine::passed(begin, step_ms);) arch::relax();
                }
                [[fallthrough]];
            case Resume::How::Leave:
                put_points_in(core);  // there are none any more: the units are told
                give_back_line(true);
                let_go(core);
                return true;
            case Resume::How::Deliver:
            case Resume::How::Go:
                put_points_in(core);
                give_back_line(false);
                let_go(core);
                return resume.how == Resume::How::Go || !fault;
        }
    }
}

// Cores that are masked for long stay out. Longer than a report waits: nobody is in a hurry, and an emulator's core may be late.
void wait_for_others(u32 self) {
    kernel::StoppedCore found[max_cores];
    bool silent = true;
    for (u32 tries = 0; silent && tries < most_collections; ++tries) {
        kernel::collect_stopped(self, found);
        silent = false;
        for (const kernel::StoppedCore& each : found) silent |= each.how == kernel::StoppedCore::How::Silent;
    }
}

// Another core converses. What this one came for comes again, but not the end of a wait for a spin lock whose holder stood meanwhile.
bool wait_for_release(u32 core, arch::FaultFrame& frame) {
    static_cast<void>(kernel::stand_by(core, frame));
    if (frame.slot != 1 && class_of(frame) == ExceptionClass::Brk && arch::Esr{frame.esr}.comment() == SPIN_BRK)
        frame.elr += 4;
    return true;
}

// kernel::Debugger.
bool enter(u32 core, arch::FaultFrame& frame, kernel::DebugEntry why) noexcept {
    const bool exception = why == kernel::DebugEntry::Exception;
    if (kernel::panicking()) return false;
    if (kernel::cores_held_by() == core) {
        // The step that it left for; else it is a fault of the debugger's own code, which is reported.
        if (!exception || stepping.core != core) return false;
        step_off(frame, nullptr);
        disarm_step(frame);
        kernel::list_frame(core, &frame);
        take_points_out();
        return converse(core, frame, stop_at(core, frame), {}, true);
    }
    // A breakpoint that was just taken away is none, and nobody's fault.
    const bool stale = exception && class_of(frame) == ExceptionClass::Brk && !breaks_at(frame.elr) &&
                       arch::readable(frame.elr) &&
                       arch::load_instruction(Unsafe{"probed before it"}, frame.elr) !=
                           (break_instruction | u32{arch::Esr{frame.esr}.comment()} << 5);
    if (stale) return true;
    if (exception) {
        if (kernel::cores_held_by() != max_cores) return wait_for_release(core, frame);
        if (!the_session.get()->attached()) return false;
        if (!kernel::hold_cores(core)) return wait_for_release(core, frame);
    } else {
        // A stop of another core answers what was typed. But one that is just leaving has let this core go before: then it is for the next.
        while (!kernel::hold_cores(core)) {
            if (kernel::stand_by(core, frame)) return true;
            arch::relax();
        }
    }
    stand_still(true);
    kernel::list_frame(core, &frame);
    kernel::ask_to_stop(core, kernel::Hold::UntilReleased);
    wait_for_others(core);
    take_points_out();
    Stop stop = stop_at(core, frame);
    std::string_view packet;
    if (!exception) {
        const kernel::PacketCatcher& catcher = kernel::console().port().catcher();
        if (catcher.packet()) packet = catcher.body();
        else stop.signal = interrupted;
    }
    return converse(core, frame, stop, packet, packet.data() == nullptr);
}

// kernel::AfterFault.
void look(arch::FaultFrame& frame) noexcept {
    kernel::hold_watchdog(true);
    const Resume resume = the_session.get()->talk_after_fault(stop_at(arch::core_id(), frame));
    kernel::hold_watchdog(false);
    kernel::PowerController* power = kernel::panic_power();
    if (resume.how == Resume::How::Reboot && power != nullptr) power->reboot();
}

}  // namespace

Status start() noexcept {
    TRY(mm::make_alias());
    the_session.make();
    kernel::set_debugger(enter, look);
    kernel::console().port().catch_packets();
    return {};
}

}  // namespace quartet::debug::gdb
