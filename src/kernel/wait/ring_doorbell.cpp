// SPDX-License-Identifier: MIT

#include <kernel/wait/ring_doorbell.hpp>

namespace quartet::kernel {

using Order = arch::Order;

Status RingDoorbell::wake_reader() noexcept {
    arch::IrqsMasked masked;
    Thread* reader = nullptr;
    {
        sync::LockGuard guard{queue_.lock(), masked};
        if (state_.load(Order::Relaxed) == State::Closed) return fail(Error::Deleted);
        // There is one reader: where it cannot be claimed, its time is over, and it looks once more.
        reader = queue_.claim_first_locked(WaitResult::Woken);
        state_.store(State::Quiet, Order::Relaxed);
    }
    // After the lock: the reader may destroy the ring.
    if (reader != nullptr) wake_and_run(*reader, masked);
    return {};
}

Status RingDoorbell::wait(ThreadContext& self, Duration timeout, const Look& look) noexcept {
    Thread& thread = self.thread();
    Instant deadline = deadline_of(timeout);
    for (;;) {
        arch::IrqsMasked masked;
        check_may_block(masked);
        {
            sync::LockGuard guard{queue_.lock(), masked};
            if (state_.load(Order::Relaxed) == State::Closed) return fail(Error::Deleted);
            if (!queue_.empty_locked()) return fail(Error::Busy);
            state_.store(State::Waiting, Order::Relaxed);
            arch::full_fence();  // pairs with the one in `ring`
            const bool there = look.there(look.ring);
            if (there || timeout == Duration::zero()) {
                state_.store(State::Quiet, Order::Relaxed);
                return there ? Status{} : fail(Error::WouldBlock);
            }
            queue_.join_locked(thread);
        }
        WaitResult result = WaitQueue::wait(thread, deadline, masked);
        if (ended_early(result)) {
            sync::LockGuard guard{queue_.lock(), masked};
            queue_.leave_locked(thread);
            if (state_.load(Order::Relaxed) == State::Closed) return fail(Error::Deleted);
            state_.store(State::Quiet, Order::Relaxed);
            // Something may have come at the same moment.
            if (look.there(look.ring)) return {};
        }
        if (Status status = to_status(result); !status) return status;
        // A writer that was about to wake an earlier wait may have ended this one, with nothing new in the ring.
        if (look.there(look.ring)) return {};
    }
}

void RingDoorbell::close() noexcept {
    queue_.end_all(WaitResult::Deleted, [&] {
        // Relaxed: a writer that does not see it yet put before the close.
        state_.store(State::Closed, Order::Relaxed);
    });
}

}  // namespace quartet::kernel
