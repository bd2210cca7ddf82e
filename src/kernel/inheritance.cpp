// SPDX-License-Identifier: MIT
//
// Each mutex that somebody waits for is in the list of its owner, with the level that its first waiter lends. That
// list is guarded by the owner's run-queue lock, and so is the effective priority that follows from it: the
// maximum is taken anew whenever one of them changes, so nothing has to be remembered, and nothing is restored to
// a value that is no longer right.

#include <kernel/balance.hpp>
#include <kernel/inheritance.hpp>

namespace quartet::kernel {

Level inherited_level(const Thread& thread) noexcept {
    Level highest = 0;
    for (const Mutex* mutex = thread.contended; mutex != nullptr; mutex = mutex->next_contended_)
        if (mutex->inherited_ > highest) highest = mutex->inherited_;
    return highest;
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
    Core& core = lock.core();
    bool raised = priority > thread.priority;
    core.queue.remove(thread);
    thread.priority = priority;
    if (core.current == &thread && (raised || where == AmongEquals::First)) core.queue.add_front(thread);
    else core.queue.add(thread);
    return settle(core);
}

void lend_priority(Thread& owner, Mutex& mutex, Level level, const arch::IrqsMasked& masked) noexcept {
    QueueLock lock{owner, masked};
    if (mutex.inherited_ == 0 && level != 0) {
        mutex.next_contended_ = owner.contended;
        owner.contended = &mutex;
    } else if (mutex.inherited_ != 0 && level == 0) {
        for (Mutex** at = &owner.contended; *at != nullptr; at = &(*at)->next_contended_) {
            if (*at != &mutex) continue;
            *at = mutex.next_contended_;
            break;
        }
        mutex.next_contended_ = nullptr;
    }
    mutex.inherited_ = level;
    Core& core = lock.core();
    bool due = apply_priority(owner, lock, AmongEquals::First);
    lock.release();
    if (due) kick(core, masked);
}

}  // namespace quartet::kernel
