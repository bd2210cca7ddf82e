// SPDX-License-Identifier: MIT

#include <kernel/wait/latch.hpp>

namespace quartet::kernel {

Status Latch::look_locked() noexcept {
    if (closed_) return fail(Error::Deleted);
    if (count_ != 0) return fail(Error::WouldBlock);
    return {};
}

Status Latch::count_down(u32 by) noexcept {
    Thread* first = nullptr;
    arch::IrqsMasked masked;
    {
        sync::LockGuard guard{queue_.lock(), masked};
        if (closed_) return fail(Error::Deleted);
        if (by > count_) return fail(Error::Invalid);
        count_ -= by;
        if (count_ != 0 || queue_.empty_locked()) return {};
        first = queue_.part_all_locked(WaitResult::Woken);
    }
    queue_.wake_parted(first, masked);
    return {};
}

Status Latch::try_wait() noexcept {
    sync::IrqLockGuard guard{queue_.lock()};
    return look_locked();
}

Status Latch::wait_for(ThreadContext& self, Duration timeout) noexcept {
    Thread& thread = self.thread();
    Instant deadline = deadline_of(timeout);
    arch::IrqsMasked masked;
    check_may_block(masked);
    {
        sync::LockGuard guard{queue_.lock(), masked};
        Status now = look_locked();
        if (now || now.error() != Error::WouldBlock || timeout == Duration::zero()) return now;
        queue_.join_locked(thread);
    }
    WaitResult result = WaitQueue::wait(thread, deadline, masked);
    if (ended_early(result)) {
        sync::LockGuard guard{queue_.lock(), masked};
        queue_.leave_locked(thread);
        // It may have opened at the same moment.
        if (look_locked()) return {};
    }
    return to_status(result);
}

void Latch::close() noexcept {
    queue_.end_all(WaitResult::Deleted, [&] { closed_ = true; });
}

}  // namespace quartet::kernel
