// SPDX-License-Identifier: MIT
//
// One-time initialisation: the first thread that comes makes it, those who come meanwhile wait, those who come later go
// through at the cost of a load. An attempt that fails is nobody else's failure: the next one tries.

#pragma once

#include <kernel/wait/once.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

class Once : private kernel::Once {
    using Kernel = kernel::Once;

public:
    constexpr Once() = default;

    // `call(self, make)`, where `make()` returns a Status. Success: a `make` has returned success, here or in another thread,
    // and what it wrote is seen. Its error, where it failed here: of those who wait, the first tries next, by its own `make`.
    // Errors: those of `make`; Deadlock (called from inside `make`), Deleted (it is closed), Aborted (a stop request ended
    // the wait for another's attempt: StopEndsWaits). Inside `make` the thread is not terminated and its waits last; it
    // must not end itself there. Context: thread. Cost: 3 instructions once it is made.
    using Kernel::call;
    template <typename Make>
    Status call(Make&& make) {
        ThreadContext self = this_thread::context();
        return call(self, make);
    }
    // `call_for(self, timeout, make)`: waits for another's attempt until the time is over. Errors: also Timeout; WouldBlock
    // where the time-out is zero.
    using Kernel::call_for;

    // Whether it is made. Context: any. Cost: 1 instruction.
    using Kernel::done;

    // Every waiter returns with Deleted, and so does every call from now on. Destroying it while threads wait is a panic.
    // Context: any, better a thread. Cost: grows with those who wait, in steps.
    using Kernel::close;
};

}  // namespace quartet
