// SPDX-License-Identifier: MIT
//
// Threads that wait for one object: by priority, and among equals in order of arrival. Mutex, semaphore
// and condition variable are each one of these and a word.
//
// A wait ends by one compare-exchange of `Thread::wait_result` from Waiting: a waker, the timer and a close
// race for it, and exactly one wins. Only the waker and the waiter itself touch the list, so the timer's
// interrupt needs no object's lock.

#pragma once

#include <arch/glance.hpp>
#include <arch/irq_mask.hpp>
#include <base/priority_list.hpp>
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
    // Of what it is a part.
    constexpr explicit WaitQueue(WaitKind kind) : kind_(kind) {}
    // The first of those who wait here lends to the owner of `mutex`.
    constexpr explicit WaitQueue(Mutex& mutex) : kind_(WaitKind::Mutex), mutex_(&mutex) {}
    // A destructor that finds waiters would leave them waiting for freed memory: a panic in every build.
    ~WaitQueue() {
        // Whoever gave the object away holds the lock for some instructions more, perhaps on another core.
        sync::IrqLockGuard guard{lock_};
        check(waiters_.empty() && parted_.empty(), "an object that threads wait for is destroyed; close it before");
    }
    WaitQueue(const WaitQueue&) = delete;
    WaitQueue& operator=(const WaitQueue&) = delete;

    WaitKind kind() const noexcept { return kind_; }

    sync::SpinLock<sync::LockRank::WaitQueue>& lock() RETURNS_LOCK(lock_) { return lock_; }

    bool empty_locked() const REQUIRES_LOCK(lock_) { return waiters_.empty(); }
    Thread* first_locked() const REQUIRES_LOCK(lock_) { return waiters_.front(); }

    // Announces that `self` waits, as the first half of a wait: whoever has the lock from now on may end it.
    [[gnu::always_inline]] void join_locked(Thread& self) noexcept REQUIRES_LOCK(lock_) {
        // Relaxed: whoever ends the wait finds us through the lock that the caller holds, or by the timer that
        // is armed later.
        self.wait_result.store(WaitResult::Waiting, arch::Order::Relaxed);
        self.waits_for = this;
        constexpr Unsafe why{"changed under the run-queue lock; who blocks after that puts itself where it belongs"};
        waiters_.insert(self, arch::glance(why, self.priority));
    }
    // The same where others may join after `part_all_locked`: what is left behind by it stays told from what comes. The
    // thread's `wait_round` is 0 again before it waits elsewhere.
    void join_round_locked(Thread& self) noexcept REQUIRES_LOCK(lock_) {
        self.wait_round = round_;
        join_locked(self);
    }

    // The second half, with the lock released: returns how the wait ended. After Timeout and Aborted (`ended_early`) the
    // thread is still in the list, and the caller takes it out by `leave_locked`; after any other result nothing here is touched
    // again, so that who woke it may destroy the object.
    [[gnu::always_inline]] static WaitResult wait(Thread& self, Instant deadline,
                                                  const arch::IrqsMasked& masked) noexcept {
        if (deadline != Instant::never()) [[unlikely]]
            return wait_until(self, deadline, masked);
        block_thread(self, ThreadState::Blocked, masked);
        // Acquire pairs with the release in claim_wait.
        return self.wait_result.load(arch::Order::Acquire);
    }

    // `wait`, after which the thread is in the list no longer, however it ended.
    WaitResult wait_and_leave(Thread& self, Instant deadline, const arch::IrqsMasked& masked) noexcept
        EXCLUDES_LOCK(lock_);

    // After an early end, unless a waker that lost the race took it out already.
    void leave_locked(Thread& self) noexcept REQUIRES_LOCK(lock_);

    // The first one, taken out and its wait ended with `result`; the caller wakes it. Null where nobody waits; or, perhaps
    // with the list not empty, where the first had timed out and had not come to leave: it is out of the list now, and
    // the caller releases the lock, lets interrupts in and asks again. In a handler they stay masked, and the
    // cost grows with those who timed out at once.
    [[gnu::always_inline]] Thread* claim_first_locked(WaitResult result) noexcept REQUIRES_LOCK(lock_) {
        Thread* thread = waiters_.pop_front();
        if (thread == nullptr) return nullptr;
        thread->waits_for = nullptr;
        // One that timed out meanwhile is out of the list now and finds that so.
        return claim_wait(*thread, result) ? thread : nullptr;
    }

    // The same for one that the caller chose. False: somebody else ended its wait; it is taken out all the same.
    bool claim_locked(Thread& thread, WaitResult result) noexcept REQUIRES_LOCK(lock_) {
        Waiters::remove(thread);
        thread.waits_for = nullptr;
        return claim_wait(thread, result);
    }

    // A walk over those who wait, in order, that goes on where it was after the lock was released: who leaves meanwhile
    // is passed over, and where a priority changes it begins again. Whoever takes somebody out during a
    // walk takes the one that it is at.
    void begin_walk_locked() noexcept REQUIRES_LOCK(lock_) { walk_ = waiters_.front(); }
    void end_walk_locked() noexcept REQUIRES_LOCK(lock_) { walk_ = nullptr; }
    bool walking_locked() const noexcept REQUIRES_LOCK(lock_) { return walk_ != nullptr; }
    // The next one, who may be claimed; null at the end.
    Thread* walk_on_locked() noexcept REQUIRES_LOCK(lock_) {
        Thread* thread = walk_;
        if (thread != nullptr) walk_ = Waiters::next(*thread);
        return thread;
    }

    // Everybody's wait is about to end with `result`, by `wake_parted` after the lock: whoever joins from now on, be it
    // before the last of them is woken, is not one of them. They keep the order and the priorities that
    // they have now. Deleted is for good: it is also told to those of a broadcast that were not woken yet.
    // Returns the first of them, claimed and not woken yet: `wake_parted` takes him; null where nobody waits.
    // Cost: at most 2 walks over as many waiters as there are distinct priorities, and over those at the front who
    // timed out at once.
    [[nodiscard]] Thread* part_all_locked(WaitResult result) noexcept REQUIRES_LOCK(lock_);

    // Wakes those that were parted, a few at a time. The first step belongs to the masked stretch in which they were parted:
    // nobody comes between the claim of the most important one and his wake. In between two steps the lock is free,
    // interrupts are open if the caller had them open, and threads above the caller run. So no masked stretch grows
    // with the waiters, and from the second step on the caller is delayed like one who wakes them one by one: where it is the
    // less important one and who waits must not be held up by others, it wants PreemptionDisabled around the call, and
    // then the time without another thread does grow.
    //
    // Lifetime: each step keeps one thread back that it has claimed and not woken. Nobody else can end that wait, so as
    // long as the object exists until all who waited have returned, it exists for the next step; once the last one
    // is woken, nothing here touches it any more, and the last to return may destroy it. Who timed out has still to
    // leave: that the list is empty, and that a close has returned, does not say that he has.
    // Context: any, no lock held. Where interrupts were masked before, or in a handler, the steps follow each other without
    // a gap, and the stretch grows with the waiters: a handler that has to be short wakes a thread that does this.
    void wake_parted(Thread* first, const arch::IrqsMasked& masked) noexcept EXCLUDES_LOCK(lock_);

    // `act()` changes the object, under the lock, and everybody's wait ends with `result`. The caller holds no lock.
    // Context and cost: as wake_parted.
    template <typename Act>
    void end_all(WaitResult result, Act&& act) noexcept EXCLUDES_LOCK(lock_) {
        arch::IrqsMasked masked;
        Thread* first = nullptr;
        {
            sync::LockGuard guard{lock_, masked};
            act();
            first = part_all_locked(result);
        }
        wake_parted(first, masked);
    }

    // How many waiters are looked at in one masked stretch.
    static constexpr u32 most_looks = 8;

private:
    using Waiters = PriorityList<Thread, &Thread::wait_link>;

    friend Thread* requeue_waiter(Thread& thread, const arch::IrqsMasked& masked) noexcept;

    static WaitResult wait_until(Thread& self, Instant deadline, const arch::IrqsMasked& masked) noexcept;

    // The first of those who were parted, if nobody has ended his wait; null else.
    Thread* claim_parted_locked() noexcept REQUIRES_LOCK(lock_);
    // One step: wakes `kept` and some who come after him. Returns who is kept for the next step; null: it was the last.
    Thread* wake_some(Thread* kept, const arch::IrqsMasked& masked) noexcept EXCLUDES_LOCK(lock_);

    sync::SpinLock<sync::LockRank::WaitQueue> lock_;
    u32 round_ GUARDED_BY(lock_) = 0;  // how often everybody was parted: tells who waits in which list
    Waiters waiters_ GUARDED_BY(lock_);
    Waiters parted_ GUARDED_BY(lock_);  // claimed by nobody yet
    Thread* walk_ GUARDED_BY(lock_) = nullptr;  // whom the walk looks at next
    WaitResult parted_result_ GUARDED_BY(lock_) = WaitResult::Woken;
    const WaitKind kind_;
    Mutex* const mutex_ = nullptr;
};

// The priority of `thread` changed: where it waits in a queue, it goes behind its new equals there, and where that is
// a mutex's, what its owner inherits is taken anew; the owner is returned where he may be waiting as well. Context: masked,
// no lock held. A thread that is on its way to `block`, and not for a mutex, does this itself.
[[nodiscard]] Thread* requeue_waiter(Thread& thread, const arch::IrqsMasked& masked) noexcept;

// Where `thread`, whose run-queue lock is held, waits, or null; it exists as long as that lock is held (wait_queue.cpp says why).
WaitQueue* queue_of(const Thread& thread) noexcept;

// Whether who ended a wait took the thread out of the list. Else, as after a timeout, it is there until it leaves.
constexpr bool taken_out(WaitResult result) {
    return result == WaitResult::Woken || result == WaitResult::Deleted || result == WaitResult::OwnerDead;
}

// The wait was ended by none who woke: the thread itself has to leave the object that it waited for.
constexpr bool ended_early(WaitResult result) { return result == WaitResult::Timeout || result == WaitResult::Aborted; }

// The thread was asked to stop, or to end: it ends in here in that case.
Status aborted() noexcept;

// What a blocking call returns for how its wait ended: the last thing that it does, with no lock held, because a thread
// that was asked to end goes no further. Interrupts may be masked.
constexpr Status to_status(WaitResult result) {
    switch (result) {
        case WaitResult::Timeout: return fail(Error::Timeout);
        case WaitResult::Deleted: return fail(Error::Deleted);
        case WaitResult::OwnerDead: return fail(Error::OwnerDead);
        case WaitResult::Aborted: return aborted();
        case WaitResult::None:
        case WaitResult::Waiting:
        case WaitResult::Woken: return {};
    }
    return {};
}

}  // namespace quartet::kernel
