// SPDX-License-Identifier: MIT
//
// A condition variable: waiting for what others do under a mutex. Announcing the wait comes before the mutex is released,
// so that a signal in between is not lost.
//
//     LockGuard guard{mutex, self};
//     Status status = changed.wait(guard, [&] { return count != 0; });

#pragma once

#include <kernel/thread/safe_point.hpp>
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

    // The same for who locked it by a guard, which the other forms know nothing of: the guard does not keep this wait, in
    // which the mutex is nobody's. So who waits here can be terminated, and asked to stop. Where the mutex cannot be had
    // again (it was closed; Deadlock), that is a panic, as with the guard's own lock. Errors: those of `wait`, else.
    Status wait(LockGuard<Mutex>& guard) noexcept { return wait_for(guard, Duration::forever()); }
    Status wait_for(LockGuard<Mutex>& guard, Duration timeout) noexcept {
        kernel::WaitsEnd unkept{guard.kept_};
        const Status status = Kernel::wait_for(guard.self_, guard.mutex_, timeout);
        check(guard.mutex_.owned(guard.self_),
              "a mutex that is locked by a guard could not be had again after the wait for a condition");
        return status;
    }

    // The same until `holds()` is true, which is asked under the mutex, before the first wait and after each.
    template <typename Predicate>
    Status wait(ThreadContext& self, Mutex& mutex, Predicate&& holds) {
        return until(holds, [&] { return wait(self, mutex); });
    }
    template <typename Predicate>
    Status wait(LockGuard<Mutex>& guard, Predicate&& holds) {
        return until(holds, [&] { return wait(guard); });
    }
    // Where it holds when the time is over, that is success.
    template <typename Predicate>
    Status wait_for(ThreadContext& self, Mutex& mutex, Duration timeout, Predicate&& holds) {
        return until(holds, timeout, [&](Duration left) { return wait_for(self, mutex, left); });
    }
    template <typename Predicate>
    Status wait_for(LockGuard<Mutex>& guard, Duration timeout, Predicate&& holds) {
        return until(holds, timeout, [&](Duration left) { return wait_for(guard, left); });
    }

    // Wakes the first waiter, or nobody: there is no memory of it. Context: any.
    using Kernel::signal;
    // Wakes all that wait at this moment, by priority; who joins while it goes on waits for the next.
    // Context: any, better a thread. Cost: grows with those who wait, in steps; threads above the caller run in between.
    using Kernel::broadcast;
    // Every waiter returns with Deleted, and so does every wait from now on. Destroying it while threads wait is a panic.
    // Context and cost: as `broadcast`.
    using Kernel::close;

private:
    template <typename Predicate, typename Wait>
    static Status until(Predicate& holds, Wait wait_once) {
        while (!holds()) {
            if (Status status = wait_once(); !status) return status;
        }
        return {};
    }
    template <typename Predicate, typename Wait>
    static Status until(Predicate& holds, Duration timeout, Wait wait_once) {
        const Instant deadline = Clock::now() + timeout;
        while (!holds()) {
            const Duration left = deadline == Instant::never() ? Duration::forever() : deadline - Clock::now();
            Status status = wait_once(left);
            if (status) continue;
            if (status.error() != Error::Timeout || !holds()) return status;
        }
        return {};
    }
};

}  // namespace quartet
