// SPDX-License-Identifier: MIT
//
// A counting semaphore with a ceiling. Handlers give, threads take: what is given while a thread waits is its own at once.
// Waiters are served by priority, equals in order of arrival.

#pragma once

#include <kernel/wait/semaphore.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

class Semaphore : private kernel::Semaphore {
    using Kernel = kernel::Semaphore;

public:
    // `Semaphore(initial = 0, ceiling = largest)`: 0 <= initial <= ceiling and 0 < ceiling, else a panic.
    using Kernel::Kernel;
    using Kernel::largest;

    // Waits until there is one. Errors: Deleted (it is closed), Aborted (a stop request ended the wait: StopEndsWaits).
    // Context: thread. Cost: 12 instructions where one is there.
    using Kernel::take;
    Status take() noexcept {
        ThreadContext self = this_thread::context();
        return take(self);
    }
    // The same with a time limit. Errors: also Timeout; WouldBlock where the time-out is zero.
    using Kernel::take_for;
    Status take_for(Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return take_for(self, timeout);
    }
    // Whether there was one, and it is the caller's now. Context: any. Cost: as `take`.
    using Kernel::try_take;

    // One more. Errors: Busy (it is at its ceiling; who takes one of those sees what was written before this all the same),
    // Deleted. Context: any. Cost: 12 instructions where nobody waits; where somebody waits, grows with those whose time ran
    // out just before.
    using Kernel::give;

    // Every waiter returns with Deleted, and so does every call from now on. Destroying it while threads wait is a panic:
    // close it before, and let them leave. Context: any, better a thread. Cost: grows with those who wait, in steps.
    using Kernel::close;

    // How many there are: a snapshot. Context: any.
    using Kernel::count;
    // Context: any.
    using Kernel::ceiling;
};

}  // namespace quartet
