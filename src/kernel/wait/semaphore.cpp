// SPDX-License-Identifier: MIT
//
// The cases in which somebody waits, or has to. While the word is negative it changes under the queue's lock
// alone, because the exclusive pairs of the free cases refuse a negative word.

#include <kernel/wait/semaphore.hpp>

namespace quartet::kernel {

using Order = arch::Order;

WaitResult Semaphore::take_slowly(ThreadContext& self, Duration timeout) noexcept {
    Thread& thread = self.thread();
    Instant deadline = deadline_of(timeout);
    arch::IrqsMasked masked;
    check_may_block(masked);
    {
        sync::LockGuard guard{queue_.lock(), masked};
        // The usual case: nothing there, and nobody waits yet. Relaxed: nothing is taken.
        i32 word = 0;
        while (!word_.compare_exchange(word, waited_for, Order::Relaxed, Order::Relaxed)) {
            if (word == closed) return WaitResult::Deleted;
            if (word == waited_for) break;
            // Somebody gives or takes beside us without the lock, until the word says that we wait. Acquire
            // pairs with the release in give_below.
            if (word > 0 && word_.compare_exchange(word, word - 1, Order::Acquire, Order::Relaxed))
                return WaitResult::Woken;
            word = 0;
        }
        queue_.join_locked(thread);
    }
    WaitResult result = WaitQueue::wait(thread, deadline, masked);
    if (ended_early(result)) [[unlikely]] {
        sync::LockGuard guard{queue_.lock(), masked};
        queue_.leave_locked(thread);
        if (queue_.empty_locked() && word_.load(Order::Relaxed) == waited_for) word_.store(0, Order::Relaxed);
    }
    return result;
}

Semaphore::Given Semaphore::give_slowly() noexcept {
    for (;;) {
        arch::IrqsMasked masked;
        Thread* thread = nullptr;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            i32 word = word_.load(Order::Relaxed);
            if (word != waited_for) [[unlikely]] {
                if (word == closed) return Given::Closed;
                // It changed since the free case failed, or it is at the ceiling.
                if (arch::give_below(word_, ceiling_)) return Given::Yes;
                // The word is written all the same. Release pairs with the acquire in take_if_positive: who takes one of
                // those that are there sees what was written before this give. By a look alone, which may come before the
                // stores ahead of it, the last one could be taken meanwhile by who then finds nothing of what this is about.
                i32 full = ceiling_;
                if (word_.compare_exchange(full, ceiling_, Order::Release, Order::Relaxed)) return Given::Full;
                continue;
            }
            // Whoever is given one does not come by the word; it is handed over.
            thread = queue_.claim_first_locked(WaitResult::Woken);
            if (thread == nullptr) [[unlikely]] {
                if (!queue_.empty_locked()) continue;
                // All had ended their waits by themselves. Release pairs with the acquire in take_if_positive: this give
                // is seen by who takes that one.
                word_.store(1, Order::Release);
                return Given::Yes;
            }
            // Relaxed: nothing is to be taken; a give that follows has its own release.
            if (queue_.empty_locked()) word_.store(0, Order::Relaxed);
        }
        // After the lock: the woken may destroy the semaphore.
        wake_and_run(*thread, masked);
        return Given::Yes;
    }
}

void Semaphore::close() noexcept {
    queue_.end_all(WaitResult::Deleted, [&] { word_.exchange(closed, Order::AcqRel); });
}

}  // namespace quartet::kernel
