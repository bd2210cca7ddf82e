// SPDX-License-Identifier: MIT
//
// From a handler to a thread: a ring with one writer and one reader. Writing takes no lock and never waits; reading waits
// until there is something.

#pragma once

#include <kernel/wait/handler_ring.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

// N is a power of two; T is trivially copyable and has a default.
template <typename T, usize N>
class HandlerRing : private kernel::HandlerRing<T, N> {
    using Kernel = kernel::HandlerRing<T, N>;

public:
    constexpr HandlerRing() = default;

    // Errors: WouldBlock (full: the item is not stored), Deleted (it is closed).
    // Context: any, one writer at a time. Cost: 16 instructions and the copy where the reader does not wait.
    using Kernel::put;

    // Waits until there is one. Errors: Deleted, Busy (another thread waits here already), Aborted (a stop request ended the
    // wait: StopEndsWaits). Context: thread, one reader at a time. Cost: 15 instructions and the copy where there is one.
    using Kernel::get;
    Result<T> get() noexcept {
        ThreadContext self = this_thread::context();
        return get(self);
    }
    // The same with a time limit. Errors: also Timeout; WouldBlock where the time-out is zero.
    using Kernel::get_for;
    Result<T> get_for(Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return get_for(self, timeout);
    }
    // Errors: WouldBlock (empty), Deleted. Context: the reader's, which may be a handler.
    using Kernel::try_get;

    // The reader returns with Deleted, and so does every call from now on; what was in the ring is gone. Destroying it while
    // a thread waits is a panic. Context: any.
    using Kernel::close;

    // How many items are in it: a snapshot. Context: any.
    using Kernel::size;
};

}  // namespace quartet
