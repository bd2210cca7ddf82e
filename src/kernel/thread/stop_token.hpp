// SPDX-License-Identifier: MIT
//
// The polite way to end a thread: others ask by `request_stop`, the thread polls its token, gives back what it has, and
// returns. The shape is that of std::stop_token; the state is the thread's own record, so nothing is allocated and there
// is no callback. A thread whose waits shall not outlast the request says so by `StopEndsWaits`.

#pragma once

#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>

namespace quartet::kernel {

class StopToken {
public:
    // Nobody's: never asked.
    constexpr StopToken() = default;
    constexpr explicit StopToken(ThreadHandle thread) : thread_(thread) {}

    constexpr bool stop_possible() const { return !thread_.empty(); }

    // Stays true. Also true where the thread has been given back: who asked for it has nothing to wait for. Context: any.
    // Cost: 5 instructions.
    bool stop_requested() const noexcept {
        if (thread_.empty()) return false;
        const Thread& thread = *thread_.record();
        // Acquire pairs with the release in `request_stop`, so that what was written before it is seen, and with the
        // one in `prepare_thread`: who reads what the next thread of the record was asked finds its generation too.
        if (thread.asked.load(arch::Order::Acquire) != 0) return true;
        return thread.generation.load(arch::Order::Relaxed) != thread_.generation();
    }

    constexpr bool operator==(const StopToken&) const = default;

private:
    ThreadHandle thread_;
};

// The caller's own. It may be handed on. Context: thread.
inline StopToken stop_token(const ThreadContext& self) noexcept { return StopToken{self.handle()}; }

// A stretch in which a stop request ends each wait of this thread with Error::Aborted, one that has begun and those to
// come. Nests. Context: thread. Cost: 3 instructions to begin, 3 to end.
class [[nodiscard]] StopEndsWaits {
public:
    explicit StopEndsWaits(ThreadContext& self) noexcept : thread_(self.thread()) { thread_.stop_ends_waits += 1; }
    ~StopEndsWaits() { thread_.stop_ends_waits -= 1; }
    StopEndsWaits(const StopEndsWaits&) = delete;
    StopEndsWaits& operator=(const StopEndsWaits&) = delete;

private:
    Thread& thread_;
};

// Asks `thread` to stop. A second time changes nothing. Context: thread, under the priority scheduler.
// Errors: Invalid (stale handle, idle thread), Unsupported (before there is a priority scheduler).
Status request_stop(ThreadHandle thread) noexcept;

}  // namespace quartet::kernel
