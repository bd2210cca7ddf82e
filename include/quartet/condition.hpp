// SPDX-License-Identifier: MIT
//
// A condition variable: waiting for what others do under a mutex. Announcing the wait comes before the mutex is released,
// so that a signal in between is not lost.
//
//     LockGuard guard{mutex, self};
//     Status status = changed.wait(self, mutex, [&] { return count != 0; });

#pragma once

#include <kernel/wait/condition.hpp>
#include <quartet/context.hpp>
#include <quartet/mutex.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

class Condition : private kernel::Condition {
    using Kernel = kernel::Condition;

public:
    constexpr Condition() = default;

    // Releases `mutex`, waits for a signal, and owns `mutex` again when it returns, whatever it returns, except where the
    // mutex was closed, or (Deadlock) its owner waits for another one that the caller kept. Wakes only by a signal;
    // still, look at what is waited for again. Errors: NotOwner (the caller does not own it), Invalid (others wait here with another
    // mutex), Deleted (this is closed, or the mutex), Deadlock, OwnerDead (the mutex is locked now), Aborted (a stop
    // request ended the wait: StopEndsWaits). Context: thread.
    Status wait(ThreadContext& self, Mutex& mutex) noexcept { return Kernel::wait(self, mutex); }
    Status wait(Mutex& mutex) noexcept {
        ThreadContext self = this_thread::context();
        return wait(self, mutex);
    }
    // The same with a time limit. Errors: also Timeout.
    Status wait_for(ThreadContext& self, Mutex& mutex, Duration timeout) noexcept {
        return Kernel::wait_for(self, mutex, timeout);
    }
    Status wait_for(Mutex& mutex, Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return wait_for(self, mutex, timeout);
    }

    // The same until `holds()` is true, which is asked under the mutex, before the first wait and after each.
    template <typename Predicate>
    Status wait(ThreadContext& self, Mutex& mutex, Predicate&& holds) {
        while (!holds()) {
            if (Status status = wait(self, mutex); !status) return status;
        }
        return {};
    }
    // Where it holds when the time is over, that is success.
    template <typename Predicate>
    Status wait_for(ThreadContext& self, Mutex& mutex, Duration timeout, Predicate&& holds) {
        const Instant deadline = Clock::now() + timeout;
        while (!holds()) {
            const Duration left = deadline == Instant::never() ? Duration::forever() : deadline - Clock::now();
            Status status = wait_for(self, mutex, left);
            if (status) continue;
            if (status.error() != Error::Timeout || !holds()) return status;
        }
        return {};
    }

    // Wakes the first waiter, or nobody: there is no memory of it. Context: any.
    using Kernel::signal;
    // Wakes all that wait at this moment, by priority; who joins while it goes on waits for the next.
    // Context: any, better a thread. Cost: grows with those who wait, in steps; threads above the caller run in between.
    using Kernel::broadcast;
    // Every waiter returns with Deleted, and so does every wait from now on. Destroying it while threads wait is a panic.
    // Context and cost: as `broadcast`.
    using Kernel::close;
};

}  // namespace quartet
