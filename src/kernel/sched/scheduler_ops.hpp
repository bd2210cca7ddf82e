// SPDX-License-Identifier: MIT
//
// What a scheduler is to the rest of the kernel. There are two: the boot scheduler, which runs one core
// before there is a heap, and the priority scheduler, which replaces it by one atomic store of the
// pointer below. Whatever sleeps and wakes goes through it, so that a thread that blocked under the first
// is woken by the second.

#pragma once

#include <arch/atomic.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/thread/thread.hpp>

#include <string_view>

namespace quartet::kernel {

struct SchedulerOps {
    std::string_view name;

    // The running thread's equals have their turn. Context: thread, interrupts open or masked.
    void (*yield)(Thread& self) noexcept;

    // The running thread stops until `wake`, or goes on at once where that came already.
    // Context: thread, masked, no lock held.
    void (*block)(Thread& self, ThreadState state, const arch::IrqsMasked&) noexcept;

    // Ready again. Who changed `wait_result` from Waiting calls this, once: each wait has one result and takes
    // one wake, so a thread never goes on while somebody is still about to wake it. Whichever of `block` and
    // `wake` comes second sees the first, because both look under the thread's run-queue lock. Marks this core's `reschedule` where the thread should run here now: the caller ends with
    // `finish_wakes`. Context: any, masked; locks of rank WaitQueue and TimerQueue may be held.
    void (*wake)(Thread& thread, const arch::IrqsMasked&) noexcept;

    // A thread that never ran. Context: as `wake`.
    void (*start)(Thread& thread, const arch::IrqsMasked&) noexcept;

    // Runs whoever should run here now. Context: the end of an interrupt, or a thread with no lock; masked.
    void (*reschedule)(Thread& self) noexcept;

    // Never returns. Context: thread, masked, no lock held.
    void (*exit)(Thread& self) noexcept;
};

// The usual cases, without the pointer: each tells by what it looks at anyway whether the priority scheduler is
// active, and goes through the pointer where it is not.

// Context: thread, interrupts open.
void yield_to_equal(Thread& self) noexcept;
// As SchedulerOps::block.
void block_thread(Thread& self, ThreadState state, const arch::IrqsMasked&) noexcept;
// `wake` and `finish_wakes`. Where the woken thread has to run here now, this switches to it at once. Context: any,
// masked, no lock held.
void wake_and_run(Thread& thread, const arch::IrqsMasked&) noexcept;
// `start` and `finish_wakes`, likewise.
void start_and_run(Thread& thread, const arch::IrqsMasked&) noexcept;

// A suspended thread goes on, here and now. False: nothing has changed, because it is not what is named by `generation`,
// was suspended more than once, is not bound to this core, or not above what runs here. Context: any, masked, no lock held.
[[nodiscard]] bool resume_and_run(Thread& thread, u32 generation, const arch::IrqsMasked&) noexcept;
// The running thread suspends itself; true when it goes on. False: nothing has changed, because others have suspended it
// too, or want something else of it. Context: thread, masked, no lock held.
[[nodiscard]] bool stand_still(Thread& self, const arch::IrqsMasked&) noexcept;

// SchedulerOps::reschedule, at the end of an interrupt. `core` is this one.
void reschedule_in_tail(Thread& self, Core& core) noexcept;

extern constinit arch::Atomic<const SchedulerOps*> active_scheduler;

[[gnu::always_inline]] inline const SchedulerOps& scheduler_ops() noexcept {
    // Acquire pairs with the release store that swaps: what the new scheduler set up before is seen.
    return *active_scheduler.load(arch::Order::Acquire);
}

// After `wake`, with no lock held: where this core owes a switch, it happens here if the caller is a thread
// that had interrupts open; else at the end of the interrupt, or as soon as the caller opens them.
void finish_wakes_slowly(const arch::IrqsMasked& masked) noexcept;

[[gnu::always_inline]] inline void finish_wakes(const arch::IrqsMasked& masked) noexcept {
    if (this_core(masked).reschedule != 0) finish_wakes_slowly(masked);
}

}  // namespace quartet::kernel
