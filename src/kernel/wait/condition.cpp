// SPDX-License-Identifier: MIT

#include <kernel/thread/safe_point.hpp>
#include <kernel/wait/condition.hpp>

namespace quartet::kernel {

Status Condition::wait_for(ThreadContext& self, Mutex& mutex, Duration timeout) noexcept {
    Thread& thread = self.thread();
    if (!mutex.owned_by(thread)) return fail(Error::NotOwner);
    Instant deadline = deadline_of(timeout);
    {
        arch::IrqsMasked masked;
        check_may_block(masked);
        sync::LockGuard guard{queue_.lock(), masked};
        if (closed_) return fail(Error::Deleted);
        if (!queue_.empty_locked() && mutex_ != &mutex) return fail(Error::Invalid);
        mutex_ = &mutex;
        queue_.join_round_locked(thread);
    }
    // Announced: a signal from here on ends the wait, even before this thread has stopped; `block` then
    // returns at once. Unlocking may run another thread; the announcement stays.
    check(mutex.unlock(self).has_value(), "the caller of a condition's wait owns the mutex");
    WaitResult result = WaitResult::None;
    {
        arch::IrqsMasked masked;
        result = WaitQueue::wait(thread, deadline, masked);
        if (ended_early(result)) {
            sync::LockGuard guard{queue_.lock(), masked};
            queue_.leave_locked(thread);
        }
        thread.wait_round = 0;
    }
    // Before the mutex would have another dead owner.
    if (result == WaitResult::Aborted) [[unlikely]]
        safe_point(self);
    Status locked = mutex.lock(self);
    if (!locked.has_value() && locked.error() == Error::Aborted) [[unlikely]] {
        WaitsKept kept{self};
        locked = mutex.lock(self);
    }
    if (!locked) return locked;
    return to_status(result);
}

void Condition::signal() noexcept {
    for (;;) {
        arch::IrqsMasked masked;
        Thread* thread = nullptr;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            thread = queue_.claim_first_locked(WaitResult::Woken);
            if (thread == nullptr && !queue_.empty_locked()) continue;
        }
        // After the lock: the woken may destroy the condition.
        if (thread != nullptr) wake_and_run(*thread, masked);
        return;
    }
}

void Condition::broadcast() noexcept {
    queue_.end_all(WaitResult::Woken, [] {});
}

void Condition::close() noexcept {
    queue_.end_all(WaitResult::Deleted, [&] { closed_ = true; });
}

}  // namespace quartet::kernel
