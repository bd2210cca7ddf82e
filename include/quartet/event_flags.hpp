// SPDX-License-Identifier: MIT
//
// 32 flags that threads wait for: any of some, or all of them, and perhaps cleared by whoever got them. Setting serves the
// waiters by priority, equals in order of arrival; what one of them clears, those behind it do not get.
//
//     events.set(0b1);                                                                   // anywhere
//     u32 got = TRY(events.wait(self, {.mask = 0b11, .match = EventWant::Match::Any,
//                                      .on_exit = EventWant::OnExit::Clear}));           // in a thread

#pragma once

#include <kernel/wait/event_flags.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

// What a thread waits for: `mask` (at least one flag), `match` (Any, All) and `on_exit` (Keep, Clear).
using kernel::EventWant;

class EventFlags : private kernel::EventFlags {
    using Kernel = kernel::EventFlags;

public:
    // `EventFlags(initial = 0)`.
    using Kernel::Kernel;

    // Waits until the flags are as wanted. Returns those of the mask that were set, which OnExit::Clear has cleared.
    // Errors: Invalid (an empty mask), Deleted (it is closed), Aborted (a stop request ended the wait: StopEndsWaits).
    // Context: thread.
    using Kernel::wait;
    Result<u32> wait(const EventWant& want) noexcept {
        ThreadContext self = this_thread::context();
        return wait(self, want);
    }
    // The same with a time limit. Errors: also Timeout; WouldBlock where the time-out is zero.
    using Kernel::wait_for;
    Result<u32> wait_for(const EventWant& want, Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return wait_for(self, want, timeout);
    }
    // The same without waiting. Errors: Invalid, Deleted, WouldBlock. Context: any.
    using Kernel::try_wait;

    // Adds the flags of a mask; those who waited for them have them when this returns. Errors: Deleted. The object lives
    // until the call has returned. Context: any. Cost: grows with those who wait, in steps.
    using Kernel::set;
    // Takes the flags of a mask away. Errors: Deleted. Context: any.
    using Kernel::clear;

    // Every waiter returns with Deleted, and so does every call from now on. Destroying it while threads wait is a panic.
    // Context: any, better a thread. Cost: grows with those who wait, in steps.
    using Kernel::close;

    // The flags as they are: a snapshot. Context: any.
    using Kernel::flags;
};

}  // namespace quartet
