// SPDX-License-Identifier: MIT
//
// Work on an object that grows with the number of its waiters, in steps of bounded length: between two of them the
// object's lock is free and interrupts are open.

#pragma once

#include <arch/irq_mask.hpp>
#include <kernel/sched/scheduler_ops.hpp>
#include <kernel/thread/threads.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

// Those whose wait one step has ended, to be woken after the lock: the last of them may destroy the object.
class WokenInStep {
public:
    void add(Thread& thread) noexcept { threads_[count_++] = &thread; }
    // Context: masked, no lock held. The caller ends with `finish_wakes`.
    void wake(const arch::IrqsMasked& masked) noexcept {
        for (u32 n = 0; n < count_; ++n) scheduler_ops().wake(*threads_[n], masked);
    }

private:
    Thread* threads_[WaitQueue::most_looks];
    u32 count_ = 0;
};

// Calls `step(masked)`, which takes and releases the lock, until it returns true, and then carries out the wakes. Whoever
// it woke does not run on this core before the last step: else a thread between the woken and the caller would
// hold up those who are still to be woken. In a handler, and where the caller masked interrupts, they stay so; the lock
// is free in between all the same. Context: any, no lock held.
template <typename Step>
void in_steps(Step&& step) noexcept {
    arch::IrqsMasked masked;
    bool done = step(masked);
    while (!done && !masked.was_open()) done = step(masked);
    if (!done) [[unlikely]] {
        PreemptionDisabled until_done;
        do {
            arch::unmask_irqs(Unsafe{"the caller had them open, and no lock is held between two steps"});
            arch::mask_irqs(Unsafe{"`masked` restores what they were before"});
            done = step(masked);
        } while (!done);
    }
    finish_wakes(masked);
}

}  // namespace quartet::kernel
