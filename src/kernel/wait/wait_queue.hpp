// SPDX-License-Identifier: MIT
//
// Threads that wait for one object: by priority, and among equals in order of arrival. Mutex, semaphore
// and condition variable are each one of these and a word.
//
// A wait ends by one compare-exchange of `Thread::wait_result` from Waiting: a waker, the timer and a close
// race for it, and exactly one wins. Only the waker and the waiter itself touch the list, so the timer's
// interrupt needs no object's lock.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/list.hpp>
#include <base/result.hpp>
#include <base/thread_safety.hpp>
#include <kernel/sched/scheduler_ops.hpp>
#include <kernel/thread/thread.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <sync/spin_lock.hpp>

namespace quartet::kernel {

// Blocking here is a bug in a handler, with interrupts masked by an outer guard, or under a spin lock: such
// a core would wait for itself. QUARTET_CHECKS names the rule that was broken.
void check_may_block_now(const arch::IrqsMasked& masked) noexcept;
[[gnu::always_inline]] inline void check_may_block(const arch::IrqsMasked& masked) noexcept {
    if constexpr (checks_enabled) check_may_block_now(masked);
}

// When a wait that begins now is over. The clock is read only where it matters.
[[gnu::always_inline]] inline Instant deadline_of(Duration timeout) noexcept {
    return timeout == Duration::forever() ? Instant::never() : after(now(), timeout);
}

// Ends the wait of `thread` with `result`, if nobody else has: whoever wins calls `wake` next.
// Context: any. The caller knows that the thread's record is in this wait, by the lock of what it waits for.
[[gnu::always_inline]] inline bool claim_wait(Thread& thread, WaitResult result) noexcept {
    WaitResult waiting = WaitResult::Waiting;
    // Release pairs with the acquire load in WaitQueue::wait: what the waker did before is seen by the woken.
    return thread.wait_result.compare_exchange(waiting, result, arch::Order::Release, arch::Order::Relaxed);
}

class WaitQueue {
public:
    constexpr WaitQueue() = default;
    // The first of those who wait here lends to the owner of `mutex`.
    constexpr explicit WaitQueue(Mutex& mutex) : mutex_(&mutex) {}
    // A destructor that finds waiters would leave them waiting for freed memory: a panic in every build.
    ~WaitQueue() { check(waiters_.empty(), "an object that threads wait for is destroyed; close it before"); }
    WaitQueue(const WaitQueue&) = delete;
    WaitQueue& operator=(const WaitQueue&) = delete;

    sync::SpinLock<sync::LockRank::WaitQueue>& lock() RETURNS_LOCK(lock_) { return lock_; }

    bool empty_locked() const REQUIRES_LOCK(lock_) { return waiters_.empty(); }
    Thread* first_locked() const REQUIRES_LOCK(lock_) { return waiters_.front(); }

    // Announces that `self` waits, as the first half of a wait: whoever has the lock from now on may end it.
    [[gnu::always_inline]] void join_locked(Thread& self) noexcept REQUIRES_LOCK(lock_) {
        // Relaxed: whoever ends the wait finds us through the lock that the caller holds, or by the timer that
        // is armed later.
        self.wait_result.store(WaitResult::Waiting, arch::Order::Relaxed);
        self.waits_for = this;
        insert_locked(self);
    }

    // The second half, with the lock released: returns how the wait ended. After Timeout the thread is still in
    // the list, and the caller takes it out by `leave_locked`; after any other result nothing here is touched
    // again, so that who woke it may destroy the object.
    [[gnu::always_inline]] static WaitResult wait(Thread& self, Instant deadline,
                                                  const arch::IrqsMasked& masked) noexcept {
        if (deadline != Instant::never()) [[unlikely]]
            return wait_until(self, deadline, masked);
        block_thread(self, ThreadState::Blocked, masked);
        // Acquire pairs with the release in claim_wait.
        return self.wait_result.load(arch::Order::Acquire);
    }

    // After a timeout, unless a waker that lost the race took it out already.
    void leave_locked(Thread& self) noexcept REQUIRES_LOCK(lock_);

    // The first one whose wait nobody else has ended, taken out and ended with `result`; null where
    // nobody waits. It runs after `wake_claimed`.
    [[gnu::always_inline]] Thread* claim_first_locked(WaitResult result) noexcept REQUIRES_LOCK(lock_) {
        while (Thread* thread = waiters_.pop_front()) {
            thread->waits_for = nullptr;
            // One that timed out meanwhile is out of the list now and finds that so.
            if (claim_wait(*thread, result)) return thread;
        }
        return nullptr;
    }

    // Everybody's wait ends with `result`. Returns how many. Cost: grows with the waiters, interrupts masked.
    u32 wake_all_locked(WaitResult result, const arch::IrqsMasked& masked) noexcept REQUIRES_LOCK(lock_);

private:
    friend void requeue_waiter(Thread& thread, const arch::IrqsMasked& masked) noexcept;

    static WaitResult wait_until(Thread& self, Instant deadline, const arch::IrqsMasked& masked) noexcept;

    // Behind everybody of its priority: from the end, because that is where equals arrive.
    [[gnu::always_inline]] void insert_locked(Thread& thread) noexcept REQUIRES_LOCK(lock_) {
        thread.wait_priority = thread.priority;
        Thread* after = waiters_.back();
        if (after == nullptr) [[likely]]
            return waiters_.push_back(thread);
        while (after != nullptr && after->wait_priority < thread.wait_priority) after = waiters_.previous(*after);
        waiters_.insert_before(after == nullptr ? waiters_.front() : waiters_.next(*after), thread);
    }

    sync::SpinLock<sync::LockRank::WaitQueue> lock_;
    List<Thread, &Thread::wait_link> waiters_ GUARDED_BY(lock_);
    Mutex* const mutex_ = nullptr;
};

// The priority of `thread` changed: where it waits in a queue, it goes behind its new equals there, and where that is
// a mutex's, what its owner inherits is taken anew. Context: masked, no lock held; `thread` stands still, or is the
// running one on its way to `block`.
void requeue_waiter(Thread& thread, const arch::IrqsMasked& masked) noexcept;

// What a blocking call returns for how its wait ended.
constexpr Status to_status(WaitResult result) {
    switch (result) {
        case WaitResult::Timeout: return fail(Error::Timeout);
        case WaitResult::Deleted: return fail(Error::Deleted);
        case WaitResult::OwnerDead: return fail(Error::OwnerDead);
        case WaitResult::None:
        case WaitResult::Waiting:
        case WaitResult::Woken: return {};
    }
    return {};
}

}  // namespace quartet::kernel
