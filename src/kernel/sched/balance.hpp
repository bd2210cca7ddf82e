// SPDX-License-Identifier: MIT
//
// Who runs where. The rule: the highest ready threads run, as far as their affinity allows. Each core has
// its own queue and its own lock, so the rule is kept by looking at the other cores' levels after each change.
// The scheduler's own files only.

#pragma once

#include <arch/barrier.hpp>
#include <arch/irq_mask.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/thread/thread.hpp>
#include <kernel/sched/thread_lock.hpp>

namespace quartet::kernel {

// Stores the levels of `core` that others may know, and marks `rebalance_duty` where this change left somebody waiting
// who should run.
void publish_levels(Core& core, Level running, Level waiting, QueueHeld) noexcept;

// The same, now that `next`, the best of its queue, runs or is about to.
void publish_slowly(Core& core, const Thread& next, QueueHeld) noexcept;

// The usual case of it: nobody waits here who could run elsewhere. False: that is not so, or somebody waits elsewhere, and
// `publish_slowly` has to do it all. Cost: 9 instructions where the level rises, 13 where it falls.
[[gnu::always_inline]] inline bool publish_quickly(Core& core, const Thread& next, QueueHeld) noexcept {
    if (core.queue.others_movable(next) || core.waiting.load(arch::Order::Relaxed) != 0) [[unlikely]]
        return false;
    Level running = core.queue.best_level();
    Level was_running = core.running.load(arch::Order::Relaxed);
    core.running.store(running, arch::Order::Relaxed);
    if (running >= was_running) return true;
    arch::full_fence();  // as in publish_levels: it runs something lower than before
    return cores_with_waiters.bits.load(arch::Order::Relaxed) == 0;
}

[[gnu::always_inline]] inline void publish(Core& core, const Thread& next, QueueHeld held) noexcept {
    if (!publish_quickly(core, next, held)) [[unlikely]]
        publish_slowly(core, next, held);
}

// The queue of `core` changed under a thread that may be another core's: publishes, and returns whether that
// core has to look again.
bool settle(Core& core, QueueHeld) noexcept;

// `core` looks at its queue again: by this core's `reschedule`, or by an interrupt to the other one.
void kick(Core& core, const arch::IrqsMasked& masked) noexcept;

// Puts `thread`, which is in no queue and whose context is saved, into the queue where it should run, and makes
// that core look; one that is suspended stands still instead. `lock` is that of its core; it is released.
void place(Thread& thread, QueueLock& lock, const arch::IrqsMasked& masked) noexcept;

// From now on `thread` may run on the cores of `mask`; 0 is none, and it stands still. `lock` is that of its core; it is
// released. One that runs where it must not any more is interrupted: its own core takes it off when its context is saved.
void allow_cores(Thread& thread, u32 mask, QueueLock& lock, const arch::IrqsMasked& masked) noexcept;

// Pulls to this core who waits elsewhere above what runs here, and pushes away who waits here above what runs
// elsewhere. Marks `reschedule` where that changed who should run here. Context: masked, no lock held.
void balance(Core& here, const arch::IrqsMasked& masked) noexcept;

}  // namespace quartet::kernel
