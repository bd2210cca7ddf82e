// SPDX-License-Identifier: MIT
//
// A condition variable: waiting for what others do under a mutex. Announcing the wait comes before the
// mutex is released, so a signal in between is not lost.

#pragma once

#include <base/result.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

class Condition {
public:
    constexpr Condition() = default;

    // Releases `mutex`, waits for a signal, and owns `mutex` again when it returns, whatever it returns, except
    // where the mutex was closed, or (Deadlock) its owner waits for another one that the caller kept. Wakes only by a
    // signal; still, look at the condition again. Errors: NotOwner (the caller does not own it), Invalid (another mutex is
    // in use here), Timeout, Deleted, Deadlock, OwnerDead (as Mutex::lock: `mutex` is owned). Context: thread.
    Status wait(ThreadContext& self, Mutex& mutex) noexcept { return wait_for(self, mutex, Duration::forever()); }
    Status wait_for(ThreadContext& self, Mutex& mutex, Duration timeout) noexcept;

    // The first waiter, or nobody: there is no memory of it. Context: any.
    void signal() noexcept;
    // All that wait at this moment, by priority; who joins while it goes on waits for the next. It is as good as one
    // signal after the other: between them interrupts are taken, and threads above the caller run.
    // Context and cost: as WaitQueue::wake_parted.
    void broadcast() noexcept;
    // Every waiter returns with Deleted, one of a broadcast that goes on meanwhile too, and so does every wait from now on.
    // Context and cost: as WaitQueue::wake_parted.
    void close() noexcept;

private:
    Mutex* mutex_ = nullptr;  // of the threads that wait; guarded by the queue's lock
    bool closed_ = false;
    WaitQueue queue_{WaitKind::Condition};
};

}  // namespace quartet::kernel
