// SPDX-License-Identifier: MIT

#include <arch/glance.hpp>
#include <arch/handler.hpp>
#include <arch/cpu.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/sched/thread_lock.hpp>
#include <kernel/thread/safe_point.hpp>
#include <kernel/time/armed_timers.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

using Order = arch::Order;

void check_may_block_now(const arch::IrqsMasked& masked) noexcept {
    check(!arch::in_handler(), "a handler must not block");
    check(masked.was_open(), "a thread must not block with interrupts masked");
    check(current_thread().preempt_disabled == 0, "a thread must not block with preemption disabled");
    sync::check_no_lock_held();
}

Status aborted() noexcept {
    ThreadContext self = ThreadContext::current(Unsafe{"who has waited is a thread"});
    u32 asked = self.thread().asked.load(Order::Relaxed);
    // Where it ends, the masked stretch of the wait, which began with interrupts open, is over.
    if ((asked & asked_to_end) != 0) arch::unmask_irqs(Unsafe{"nothing follows here but the end of the thread"});
    safe_point(self);
    return fail(Error::Aborted);
}

WaitResult WaitQueue::wait_until(Thread& self, Instant deadline, const arch::IrqsMasked& masked) noexcept {
    arm_timer(self.timer, deadline, masked);
    block_thread(self, ThreadState::Blocked, masked);
    cancel_timer(self.timer, masked);
    // Acquire pairs with the release in claim_wait.
    return self.wait_result.load(Order::Acquire);
}

WaitResult WaitQueue::wait_and_leave(Thread& self, Instant deadline, const arch::IrqsMasked& masked) noexcept {
    WaitResult result = wait(self, deadline, masked);
    if (ended_early(result)) {
        sync::LockGuard guard{lock_, masked};
        leave_locked(self);
    }
    return result;
}

void WaitQueue::leave_locked(Thread& self) noexcept {
    if (walk_ == &self) walk_ = Waiters::next(self);
    if (Waiters::listed(self)) Waiters::remove(self);
    self.waits_for = nullptr;
}

// Where `thread`, whose run-queue lock is held, waits, or null; it exists as long as that lock is held. Blocked under that
// lock, a thread stays blocked, and so what it waits for exists: nobody's wait is over before `wake`, which needs the
// lock. The same holds for the running thread that has announced its wait and was not woken yet, and for whoever has
// announced one for a mutex, which it does under the lock. And who gave up waiting for a mutex takes that lock again
// before it leaves the list.
WaitQueue* queue_of(const Thread& thread) noexcept {
    if (thread.blocked_on != nullptr) {
        // Relaxed: who took it out wakes it next, and for that needs the lock.
        return taken_out(thread.wait_result.load(Order::Relaxed)) ? nullptr : &thread.blocked_on->queue_;
    }
    bool blocking = &thread == &current_thread() && (thread.before_block & wake_came) == 0;
    // A record that is given back is written under its own lock, and a waker takes the thread out under the queue's.
    constexpr Unsafe why{"the one leaves no state that is asked for here, after the other requeue_waiter looks again"};
    const bool waits = arch::glance(why, thread.state) == ThreadState::Blocked || blocking;
    return waits ? static_cast<WaitQueue*>(arch::glance(why, thread.waits_for)) : nullptr;
}

// From when the queue's lock is held and the thread is in the list, that lock keeps the queue: who would destroy it has to
// find it empty before. The queue's lock has a higher rank, hence only the try: who holds it may be waiting for the run-queue
// lock that is held here.
Thread* requeue_waiter(Thread& thread, const arch::IrqsMasked& masked) noexcept {
    for (;; arch::relax()) {
        QueueLock lock{thread, masked};
        WaitQueue* queue = queue_of(thread);
        if (queue == nullptr || thread.wait_link.priority == thread.priority) return nullptr;
        sync::TryLockGuard guard{queue->lock_, masked};
        if (!guard.taken()) continue;
        // It may have been taken out by a waker that has not come to `wake` yet.
        // Or it is about to be, in the order of when everybody's wait was ended.
        if (thread.waits_for != queue || thread.wait_round != queue->round_) return nullptr;
        WaitQueue::Waiters::remove(thread);
        queue->waiters_.insert(thread, thread.priority);
        if (queue->walk_ != nullptr) queue->begin_walk_locked();
        lock.release();  // the owner's is of the same rank
        return queue->mutex_ != nullptr ? queue->mutex_->lend_anew_locked(*queue, masked) : nullptr;
    }
}

Thread* WaitQueue::part_all_locked(WaitResult result) noexcept {
    parted_.take_all(waiters_);
    walk_ = nullptr;
    // Who was to be woken and has not been when the object is closed learns that.
    if (parted_result_ != WaitResult::Deleted) parted_result_ = result;
    round_ += 1;
    Thread* first = nullptr;
    while (first == nullptr && !parted_.empty()) first = claim_parted_locked();
    return first;
}

Thread* WaitQueue::claim_parted_locked() noexcept {
    Thread* thread = parted_.pop_front();
    if (thread == nullptr) return nullptr;
    thread->waits_for = nullptr;
    return claim_wait(*thread, parted_result_) ? thread : nullptr;
}

Thread* WaitQueue::wake_some(Thread* kept, const arch::IrqsMasked& masked) noexcept {
    Thread* claimed[1 + most_looks] = {kept};
    u32 count = 1;
    bool more = false;
    {
        sync::LockGuard guard{lock_, masked};
        for (u32 looks = 0; looks < most_looks; ++looks) {
            if (Thread* thread = claim_parted_locked()) claimed[count++] = thread;
        }
        more = !parted_.empty();
    }
    // After the lock: when the last of them runs, this queue may exist no longer.
    if (more) --count;
    for (u32 n = 0; n < count; ++n) scheduler_ops().wake(*claimed[n], masked);
    return more ? claimed[count] : nullptr;
}

void WaitQueue::wake_parted(Thread* first, const arch::IrqsMasked& masked) noexcept {
    Thread* kept = first != nullptr ? wake_some(first, masked) : nullptr;
    finish_wakes(masked);
    while (kept != nullptr) {
        if (masked.was_open()) {
            arch::unmask_irqs(Unsafe{"the caller had them open, and no lock is held between two steps"});
            arch::mask_irqs(Unsafe{"`masked` restores what they were before"});
        }
        kept = wake_some(kept, masked);
        finish_wakes(masked);
    }
}

}  // namespace quartet::kernel
