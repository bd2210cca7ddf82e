// SPDX-License-Identifier: MIT
//
// One-time initialisation: the first thread that comes makes it, those who come meanwhile wait, those who come later go
// through at the cost of a load. An attempt that fails is nobody else's failure: the next one tries.

#pragma once

#include <arch/atomic.hpp>
#include <base/result.hpp>
#include <kernel/thread/safe_point.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

class Once {
public:
    constexpr Once() = default;

    // Success: `Status make()` has returned success, here or in another thread, and what it wrote is seen. Its error,
    // where it failed here: of those who wait, the first tries next, by its own `make`.
    // Errors: those of `make`; Deadlock (called from inside `make`), Deleted. Inside `make` the thread is not terminated
    // and its waits last; it must not end itself there, which would leave the others waiting.
    // Context: thread. Cost: 3 instructions once it is made.
    template <typename Make>
    Status call(ThreadContext& self, Make&& make) {
        return call_for(self, Duration::forever(), make);
    }
    // The same, waiting for another's attempt until `timeout` is over. Errors: also Timeout, and WouldBlock where it is zero.
    template <typename Make>
    Status call_for(ThreadContext& self, Duration timeout, Make&& make) {
        if (done()) [[likely]]
            return {};
        Result<bool> ours = begin(self, timeout);
        if (!ours) return fail(ours.error());
        if (!*ours) return {};
        WaitsKept kept{self};
        Status made = make();
        end(made.has_value());
        return made;
    }

    // Acquire pairs with the release in `end`. Context: any.
    bool done() const noexcept { return state_.load(arch::Order::Acquire) == State::Done; }

    // Every waiter returns with Deleted, and so does every call from now on.
    // Context and cost: as WaitQueue::wake_parted.
    void close() noexcept;

private:
    enum class State : u8 { Fresh, Running, Done, Closed };

    // Whether the caller has to make it.
    Result<bool> begin(ThreadContext& self, Duration timeout) noexcept;
    void end(bool made) noexcept;

    arch::Atomic<State> state_{State::Fresh};  // written under the queue's lock
    u64 maker_ = 0;  // the owner word of who makes it; guarded by the same
    WaitQueue queue_{WaitKind::Once};
};

}  // namespace quartet::kernel
