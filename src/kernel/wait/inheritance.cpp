// SPDX-License-Identifier: MIT
//
// Each mutex that somebody waits for is in the list of its owner, by the level that its first waiter lends. That
// list is guarded by the owner's run-queue lock, and so is the effective priority that follows from it: the
// list's first is looked at anew whenever one of them changes, so nothing has to be remembered, and nothing is restored
// to a value that is no longer right.

#include <kernel/sched/balance.hpp>
#include <kernel/wait/inheritance.hpp>

namespace quartet::kernel {

namespace {

// The locks of the mutex and of its owner's core are held.
void take_back(Lending& lending) noexcept {
    Lendings::remove(lending);
    lending.link.priority = 0;
}

}  // namespace

Level inherited_level(const Thread& thread) noexcept {
    const Lending* highest = thread.contended.front();
    return highest != nullptr ? highest->link.priority : Level{0};
}

bool apply_priority(Thread& thread, QueueLock& lock, AmongEquals where) noexcept {
    Level inherited = inherited_level(thread);
    u8 priority = thread.base_priority;
    if (inherited > level_of(priority)) priority = static_cast<u8>(inherited - 1);
    if (priority == thread.priority) return false;
    if (!RunQueue::queued(thread)) {
        thread.priority = priority;
        return false;
    }
    thread.before_block |= priority_changed;
    Core& core = lock.core();
    bool raised = priority > thread.priority;
    core.queue.remove(thread);
    thread.priority = priority;
    if (core.current == &thread && (raised || where == AmongEquals::First)) core.queue.add_front(thread);
    else core.queue.add(thread);
    return settle(core);
}

bool lend_priority(u64 word, Mutex& mutex, Level level, const arch::IrqsMasked& masked) noexcept {
    Thread& owner = *Mutex::owner_of(word);
    QueueLock lock{owner, masked};
    // Either the end of the owner comes first and is seen here, or it finds the mutex in the list.
    if (mutex.inherited() == 0 && Mutex::owner_ended(word)) return false;
    if (mutex.inherited() != 0) take_back(mutex.lending_);
    if (level != 0) owner.contended.insert(mutex.lending_, level);
    Core& core = lock.core();
    bool due = apply_priority(owner, lock, AmongEquals::First);
    lock.release();
    if (due) kick(core, masked);
    return true;
}

// A mutex in the list cannot be destroyed: somebody waits for it, and to own it he has to take it out of the list, under
// the run-queue lock. That lock is below the mutex's own, hence only the try, as in requeue_waiter.
void abandon_mutexes(Thread& self) noexcept UNCHECKED_LOCKING {
    const u64 word = Mutex::word_of(self);
    {
        arch::IrqsMasked masked;
        QueueLock lock{self, masked};
        self.owner_word.store(0, arch::Order::Release);  // pairs with the acquire in Mutex::owner_ended
        if (self.contended.empty()) return;  // from here on nobody adds one
    }
    for (;; arch::relax()) {
        arch::IrqsMasked masked;
        Thread* next = nullptr;
        {
            QueueLock lock{self, masked};
            if (self.contended.empty()) return;
            Mutex& mutex = self.contended.front()->mutex;
            sync::TryLockGuard guard{mutex.queue_.lock(), masked};
            if (!guard.taken()) continue;
            next = mutex.queue_.claim_first_locked(WaitResult::OwnerDead);
            if (next == nullptr && !mutex.queue_.empty_locked()) continue;
            take_back(mutex.lending_);
            lock.release();
            mutex.depth_ = 0;
            mutex.hand_over_locked(next, word, masked);
        }
        if (next != nullptr) wake_and_run(*next, masked);
    }
}

}  // namespace quartet::kernel
