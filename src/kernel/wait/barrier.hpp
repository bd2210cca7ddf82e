// SPDX-License-Identifier: MIT
//
// A barrier: nobody goes on before all have come. It is closed again for the next round as soon as the last one came.

#pragma once

#include <base/assert.hpp>
#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

class Barrier {
public:
    constexpr explicit Barrier(u32 threads) : threads_(threads) {
        check(threads > 0, "a barrier is for at least one thread");
    }

    // Waits until as many threads have come as the barrier is for. True for the one that came last, and for it alone.
    // Whose time is over has not come: the others wait for one more.
    // Errors: Deleted, Timeout; WouldBlock where the timeout is zero and it would not be the last.
    // Context: thread. Cost: for the last one, as WaitQueue::wake_parted.
    Result<bool> wait(ThreadContext& self) noexcept { return wait_for(self, Duration::forever()); }
    Result<bool> wait_for(ThreadContext& self, Duration timeout) noexcept;

    // Every waiter returns with Deleted, and so does every call from now on.
    // Context and cost: as WaitQueue::wake_parted.
    void close() noexcept;

private:
    const u32 threads_;
    u32 waiting_ = 0;  // came in this round
    u32 round_ = 0;
    bool closed_ = false;
    WaitQueue queue_{WaitKind::Barrier};
};

}  // namespace quartet::kernel
