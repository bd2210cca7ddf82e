// SPDX-License-Identifier: MIT
//
// A barrier: nobody goes on before all have come. It is closed again for the next round as soon as the last one came.

#pragma once

#include <kernel/wait/barrier.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

class Barrier : private kernel::Barrier {
    using Kernel = kernel::Barrier;

public:
    // `Barrier(threads)`, at least one, else a panic.
    using Kernel::Kernel;

    // Waits until as many threads have come as the barrier is for. True for the one that came last, and for it alone.
    // Errors: Deleted (it is closed), Aborted (a stop request ended the wait: StopEndsWaits).
    // Context: thread. Cost: for the last one, grows with those who wait, in steps.
    using Kernel::wait;
    Result<bool> wait() noexcept {
        ThreadContext self = this_thread::context();
        return wait(self);
    }
    // The same with a time limit. Whose time is over has not come: the others wait for one more. Errors: also Timeout;
    // WouldBlock where the time-out is zero and it would not be the last.
    using Kernel::wait_for;
    Result<bool> wait_for(Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return wait_for(self, timeout);
    }

    // Every waiter returns with Deleted, and so does every call from now on. Destroying it while threads wait is a panic.
    // Context: any, better a thread. Cost: grows with those who wait, in steps.
    using Kernel::close;
};

}  // namespace quartet
