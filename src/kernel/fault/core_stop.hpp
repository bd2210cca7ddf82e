// SPDX-License-Identifier: MIT
//
// Stopping the other cores: for good when one of them reports a fault, or until they are released again, as a debugger does. A core
// that stands still has left all its registers, and does small things for whoever stopped it.

#pragma once

#include <arch/layout/fault_frame.hpp>
#include <kernel/fault/fault_report.hpp>
#include <kernel/thread/thread.hpp>

#include <span>

namespace quartet::kernel {

// How long the cores may take to answer, all together.
inline constexpr u32 stop_milliseconds = 10;
// How long one that stands may take to do something or to leave: some hundred instructions, but under an emulator it is a thread of
// a machine that may be busy, and whoever asked must not take the one that has not left yet for one that is back.
inline constexpr u32 stand_milliseconds = 1000;

enum class Hold : u8 {
    No,
    Once,  // it goes on, and stands at its next exception: a single step
    UntilReleased,
    ForGood,
};

// Asks every other core that runs to stop. Does not wait: they have until `collect_stopped`. Those that stand until they are
// released may be asked to stand for good, not the reverse.
// Context: after a fault, or thread or handler with interrupts masked. One core at a time.
void ask_to_stop(u32 self, Hold hold = Hold::ForGood) noexcept;

// Waits until all have answered, 10 ms for all together at most, and fills in how they were found. Call it right after
// `ask_to_stop`.
void collect_stopped(u32 self, std::span<StoppedCore> found) noexcept;

// What a core was at when it stood still: where it answered. `frame` holds all of its registers and lies on that core's own stack:
// whoever stopped it may read it, and until it is released change it. `thread` ran there.
struct StoppedAt {
    StoppedCore::How how = StoppedCore::How::NotAsked;  // Stopped, Faulted; NotAsked: it has not answered, or runs
    arch::FaultFrame* frame = nullptr;  // null unless it stands
    Thread* thread = nullptr;  // what TPIDR_EL1 held: as it is, perhaps spoilt
};
// Context: any. Of a core that stands. Cost: 4 loads.
StoppedAt stopped_frame(u32 core) noexcept;

// This core, which does not stand still, is listed by `stopped_frame` too: who reports or debugs. Null: not any more.
void list_frame(u32 core, arch::FaultFrame* frame) noexcept;

// --- Until they are released.

// Makes `self` the one that may ask cores to stand until they are released; no: another one is. Context: as ask_to_stop.
bool hold_cores(u32 self) noexcept;
// Whoever holds them, max_cores: nobody.
u32 cores_held_by() noexcept;
// All of them go on, and the next one may hold them. By the holder.
void release_cores(u32 self) noexcept;
// One goes on and the others stand: it can be asked to stop again (No), or stands by itself at its next exception (Once). By the
// holder. Cost: until it has left, at most a second.
void release_core(u32 core, Hold next = Hold::No) noexcept;

// `work(frame, argument)` is done by a core that stands, with the frame that it stands with, and is over; no: it does not stand, or has not done it in a second.
// Context: by the holder, one at a time. `work` runs in handler context: neither locks nor memory.
using StandingWork = void (*)(arch::FaultFrame& frame, void* argument) noexcept;
bool do_standing(u32 core, StandingWork work, void* argument) noexcept;

// This core came to an exception of its own while another one holds the cores: it stands until it is released, and then goes on
// with `frame`. False, and at once, where nobody holds it or it has not been asked to stand (yet, or any more): then the exception comes
// again. Context: after an exception, interrupts masked.
bool stand_by(u32 self, arch::FaultFrame& frame) noexcept;

// This core faulted while another one reports: noted, and stopped.
[[noreturn]] void stop_after_fault(u32 self, arch::FaultFrame& frame) noexcept;

// Takes the stop interrupt. Context: boot, once.
void attach_core_stop() noexcept;

}  // namespace quartet::kernel
