// SPDX-License-Identifier: MIT
//
// A callback that comes on every core, again and again, in that core's own timer interrupt: that it comes proves that the core
// takes interrupts.

#pragma once

#include <arch/atomic.hpp>
#include <base/static_room.hpp>
#include <kernel/irq/cross_call.hpp>
#include <kernel/time/timer.hpp>

namespace quartet::kernel {

class CoreTimers {
public:
    // On each core that has started, from a period after now on; one that comes later has none. Pre: stopped; `callback` is the
    // same each time.
    // Context: thread, one at a time. Cost: a call to each core. Errors: Timeout (a core does not answer; the others have theirs).
    Status start(ThreadContext& self, HandlerTimer::Callback callback, Duration period) noexcept;
    // Afterwards no callback runs, and none comes. Context: thread.
    void stop() noexcept;

    // Bits of the cores on which it comes. Context: any.
    u32 cores() const noexcept { return cores_.load(arch::Order::Relaxed); }

private:
    static void start_own(IrqContext& context) noexcept;

    Duration period_ = Duration::zero();
    arch::Atomic<u32> cores_{0};
    StaticRoom<HandlerTimer> timers_[max_cores];
};

}  // namespace quartet::kernel
