// SPDX-License-Identifier: MIT
//
// The polite way to end a thread: others ask by `Thread::request_stop`, the thread polls its token, gives back what it has,
// and returns. The shape is that of std::stop_token, without callbacks; nothing is allocated. A thread whose waits
// shall not outlast the request says so by `StopEndsWaits`.

#pragma once

#include <kernel/thread/stop_token.hpp>
#include <quartet/context.hpp>

namespace quartet {

// `stop_requested()`: stays true once it is, also where the thread is gone. `stop_possible()`: whether it is some thread's.
// May be handed on to other threads. Context: any. Cost: 5 instructions.
using kernel::StopToken;

// `StopEndsWaits ends{self};`: until the end of the block a stop request ends each wait of this thread with Error::Aborted,
// one that has begun and those to come. Nests. Context: thread. Cost: 3 instructions to begin, 3 to end.
using kernel::StopEndsWaits;

namespace this_thread {

// The caller's own token. Context: thread. Cost: 5 instructions.
[[nodiscard]] inline StopToken stop_token(const ThreadContext& self) noexcept { return kernel::stop_token(self); }
[[nodiscard]] inline StopToken stop_token() noexcept {
    const ThreadContext self = context();
    return kernel::stop_token(self);
}

// Whether somebody has asked the caller to stop, or to end. Context: thread. Cost: 3 instructions.
[[nodiscard]] inline bool stop_requested(const ThreadContext& self) noexcept {
    return kernel::stop_token(self).stop_requested();
}
[[nodiscard]] inline bool stop_requested() noexcept { return stop_token().stop_requested(); }

}  // namespace this_thread

}  // namespace quartet
