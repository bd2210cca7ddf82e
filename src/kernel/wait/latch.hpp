// SPDX-License-Identifier: MIT
//
// A latch: threads wait until something has been counted down to nothing, once. It stays open from then on.

#pragma once

#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

class Latch {
public:
    // With 0 it is open from the beginning.
    constexpr explicit Latch(u32 count) : count_(count) {}

    // `by` less; the last one lets everybody go on. Errors: Invalid (more than was left: nothing was counted), Deleted.
    // Context: any. Cost: where it opens, as WaitQueue::wake_parted.
    Status count_down(u32 by = 1) noexcept;

    // Waits until nothing is left. Errors: Deleted, Timeout; WouldBlock where the timeout is zero. Context: thread.
    Status wait(ThreadContext& self) noexcept { return wait_for(self, Duration::forever()); }
    Status wait_for(ThreadContext& self, Duration timeout) noexcept;

    // Whether it is open. Errors: WouldBlock, Deleted. Context: any.
    Status try_wait() noexcept;

    // One less, and waits for the others.
    Status arrive_and_wait(ThreadContext& self, Duration timeout = Duration::forever()) noexcept {
        if (Status counted = count_down(); !counted) return counted;
        return wait_for(self, timeout);
    }

    // Every waiter returns with Deleted, and so does every call from now on.
    // Context and cost: as WaitQueue::wake_parted.
    void close() noexcept;

private:
    Status look_locked() noexcept REQUIRES_LOCK(queue_.lock());

    u32 count_;
    bool closed_ = false;
    WaitQueue queue_{WaitKind::Latch};
};

}  // namespace quartet::kernel
