// SPDX-License-Identifier: MIT

#include <arch/handler.hpp>
#include <arch/cpu.hpp>
#include <kernel/wait/mutex.hpp>
#include <kernel/sched/thread_lock.hpp>
#include <kernel/time/tick.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

using Order = arch::Order;

void check_may_block_now(const arch::IrqsMasked& masked) noexcept {
    check(!arch::in_handler(), "a handler must not block");
    check(masked.was_open(), "a thread must not block with interrupts masked");
    check(current_thread().preempt_disabled == 0, "a thread must not block with preemption disabled");
    sync::check_no_lock_held();
}

WaitResult WaitQueue::wait_until(Thread& self, Instant deadline, const arch::IrqsMasked& masked) noexcept {
    arm_timer(self.timer, deadline, masked);
    block_thread(self, ThreadState::Blocked, masked);
    cancel_timer(self.timer, masked);
    // Acquire pairs with the release in claim_wait.
    return self.wait_result.load(Order::Acquire);
}

void WaitQueue::leave_locked(Thread& self) noexcept {
    if (waiters_.contains(self)) waiters_.remove(self);
    self.waits_for = nullptr;
}

// Blocked under its run-queue lock, a thread stays blocked, and so what it waits for exists: nobody's wait is over before
// `wake`, which needs that lock. The same holds for the running thread that has announced its wait and was not woken
// yet. From when the queue's lock is held and the thread is in the list, that lock keeps the queue: who would destroy it
// has to find it empty before. The queue's lock has a higher rank, hence only the try: who holds it may be waiting for the run-queue lock that is held here.
void requeue_waiter(Thread& thread, const arch::IrqsMasked& masked) noexcept UNCHECKED_LOCKING {
    for (;; arch::relax()) {
        QueueLock lock{thread, masked};
        WaitQueue* queue = static_cast<WaitQueue*>(thread.waits_for);
        bool blocking = &thread == &current_thread() && (thread.before_block & wake_came) == 0;
        if ((thread.state != ThreadState::Blocked && !blocking) || queue == nullptr) return;
        if (thread.wait_priority == thread.priority) return;
        sync::TryLockGuard guard{queue->lock_, masked};
        if (!guard.taken()) continue;
        // It may have been taken out by a waker that has not come to `wake` yet.
        if (thread.waits_for != queue) return;
        queue->waiters_.remove(thread);
        queue->insert_locked(thread);
        lock.release();  // the owner's is of the same rank
        if (queue->mutex_ != nullptr) queue->mutex_->lend_anew_locked(masked);
        return;
    }
}

u32 WaitQueue::wake_all_locked(WaitResult result, const arch::IrqsMasked& masked) noexcept {
    u32 count = 0;
    while (Thread* thread = claim_first_locked(result)) {
        scheduler_ops().wake(*thread, masked);
        count += 1;
    }
    return count;
}

}  // namespace quartet::kernel
