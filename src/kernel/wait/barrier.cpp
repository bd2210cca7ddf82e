// SPDX-License-Identifier: MIT

#include <kernel/wait/barrier.hpp>

namespace quartet::kernel {

Result<bool> Barrier::wait_for(ThreadContext& self, Duration timeout) noexcept {
    Thread& thread = self.thread();
    Instant deadline = deadline_of(timeout);
    {
        arch::IrqsMasked masked;
        Thread* first = nullptr;
        check_may_block(masked);
        u32 round = 0;
        bool last = false;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            if (closed_) return fail(Error::Deleted);
            round = round_;
            last = waiting_ + 1 == threads_;
            if (last) {
                waiting_ = 0;
                round_ += 1;
                // From here on whoever comes is of the next round.
                first = queue_.part_all_locked(WaitResult::Woken);
            } else if (timeout == Duration::zero()) {
                return fail(Error::WouldBlock);
            } else {
                waiting_ += 1;
                queue_.join_round_locked(thread);
            }
        }
        if (last) {
            queue_.wake_parted(first, masked);
            return true;
        }
        WaitResult result = WaitQueue::wait(thread, deadline, masked);
        thread.wait_round = 0;
        if (ended_early(result)) {
            sync::LockGuard guard{queue_.lock(), masked};
            queue_.leave_locked(thread);
            // The last one may have come at the same moment and counted this one: then the others went on.
            if (round_ != round) return false;
            waiting_ -= 1;
        }
        if (Status status = to_status(result); !status) return fail(status.error());
    }
    return false;
}

void Barrier::close() noexcept {
    queue_.end_all(WaitResult::Deleted, [&] { closed_ = true; });
}

}  // namespace quartet::kernel
