// SPDX-License-Identifier: MIT
//
// A latch: threads wait until something has been counted down to nothing, once. It stays open from then on.

#pragma once

#include <kernel/wait/latch.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

class Latch : private kernel::Latch {
    using Kernel = kernel::Latch;

public:
    // `Latch(count)`: with 0 it is open from the beginning.
    using Kernel::Kernel;

    // `count_down(by = 1)`; the last one lets everybody go on. Errors: Invalid (more than was left: nothing was counted),
    // Deleted (it is closed). Context: any. Cost: where it opens, grows with those who wait, in steps.
    using Kernel::count_down;

    // Waits until nothing is left. Errors: Deleted, Aborted (a stop request ended the wait: StopEndsWaits).
    // Context: thread.
    using Kernel::wait;
    Status wait() noexcept {
        ThreadContext self = this_thread::context();
        return wait(self);
    }
    // The same with a time limit. Errors: also Timeout; WouldBlock where the time-out is zero.
    using Kernel::wait_for;
    Status wait_for(Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return wait_for(self, timeout);
    }
    // Whether it is open. Errors: WouldBlock (not yet), Deleted. Context: any.
    using Kernel::try_wait;

    // `arrive_and_wait(self, timeout = forever)`: one less, and waits for the others. Errors: those of both. Whose time is over
    // has counted all the same. Context: thread.
    using Kernel::arrive_and_wait;
    Status arrive_and_wait() noexcept {
        ThreadContext self = this_thread::context();
        return arrive_and_wait(self);
    }

    // Every waiter returns with Deleted, and so does every call from now on. Destroying it while threads wait is a panic.
    // Context: any, better a thread. Cost: grows with those who wait, in steps.
    using Kernel::close;
};

}  // namespace quartet
