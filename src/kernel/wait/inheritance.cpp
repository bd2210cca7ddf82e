// SPDX-License-Identifier: MIT
//
// Each mutex that somebody waits for is in the list of its owner, by the level that its first waiter lends. That
// list is guarded by the owner's run-queue lock, and so is the effective priority that follows from it: the
// list's first is looked at anew whenever one of them changes, so nothing has to be remembered, and nothing is restored
// to a value that is no longer right.
//
// An owner may wait for a mutex itself. Three rules hold between any two steps, but where somebody is at work: a waiter
// stands in its queue by its priority; a mutex lends what its first waiter has; an owner's priority is its base or the
// best that is lent to it. Whoever changes a thread's priority goes on where that thread waits (follow_priority). Each
// step looks at the values of that moment and carries none along: two who meet on one chain cannot put back what the
// other one saw before. When the last of them is done, the rules hold everywhere, and where the chains form no ring that
// leaves one value for each thread. docs/adr/0013 says why, and what a ring does.

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
    return settle(core, lock.held());
}

Lent lend_priority(u64 word, Mutex& mutex, Level level, const arch::IrqsMasked& masked) noexcept {
    Thread& owner = *Mutex::owner_of(word);
    QueueLock lock{owner, masked};
    // Either the end of the owner comes first and is seen here, or it finds the mutex in the list.
    if (mutex.inherited() == 0 && Mutex::owner_ended(word)) return Lent::OwnerEnded;
    if (mutex.inherited() != 0) take_back(mutex.lending_);
    if (level != 0) owner.contended.insert(mutex.lending_, level);
    Core& core = lock.core();
    bool due = apply_priority(owner, lock, AmongEquals::First);
    // One that is ready and on its way into another queue than a mutex's looks at its priority once more when it stops.
    bool runs = RunQueue::queued(owner) && owner.blocked_on == nullptr;
    lock.release();
    if (due) kick(core, masked);
    return runs ? Lent::OwnerRuns : Lent::OwnerMayWait;
}

void follow_priority(Thread& first) noexcept {
    for (Thread* at = &first; at != nullptr;) {
        arch::IrqsMasked masked;
        at = requeue_waiter(*at, masked);
        finish_wakes(masked);
    }
}

// A mutex in the list cannot be destroyed: somebody waits for it, and to own it he has to take it out of the list, under
// the run-queue lock. That lock is below the mutex's own, hence only the try, as in requeue_waiter.
void abandon_mutexes(Thread& self) noexcept {
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
            mutex.hand_over_locked(next, word, masked);
        }
        if (next != nullptr) wake_and_run(*next, masked);
    }
}

}  // namespace quartet::kernel
