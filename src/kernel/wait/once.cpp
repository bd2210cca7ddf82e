// SPDX-License-Identifier: MIT

#include <kernel/wait/once.hpp>

namespace quartet::kernel {

using Order = arch::Order;

Result<bool> Once::begin(ThreadContext& self, Duration timeout) noexcept {
    Thread& thread = self.thread();
    // Relaxed: a running thread's own.
    const u64 mine = thread.owner_word.load(Order::Relaxed);
    bool next_to_try = false;
    Instant deadline = deadline_of(timeout);
    arch::IrqsMasked masked;
    check_may_block(masked);
    {
        sync::LockGuard guard{queue_.lock(), masked};
        switch (state_.load(Order::Relaxed)) {
            case State::Closed: return fail(Error::Deleted);
            case State::Done: return false;
            case State::Fresh:
                state_.store(State::Running, Order::Relaxed);
                maker_ = mine;
                return true;
            case State::Running: break;
        }
        if (maker_ == mine) return fail(Error::Deadlock);
        if (timeout == Duration::zero()) return fail(Error::WouldBlock);
        thread.wait_request = &next_to_try;
        queue_.join_locked(thread);
    }
    WaitResult result = queue_.wait_and_leave(thread, deadline, masked);
    if (Status status = to_status(result); !status) return fail(status.error());
    // Woken because it is made, or because this thread is the next to try.
    return next_to_try;
}

void Once::end(bool made) noexcept {
    for (;;) {
        arch::IrqsMasked masked;
        Thread* next = nullptr;
        Thread* first = nullptr;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            if (state_.load(Order::Relaxed) == State::Closed) return;
            if (made) {
                // Release pairs with the acquire in `done`.
                state_.store(State::Done, Order::Release);
                first = queue_.part_all_locked(WaitResult::Woken);
            } else {
                next = queue_.claim_first_locked(WaitResult::Woken);
                if (next == nullptr && !queue_.empty_locked()) continue;
                if (next == nullptr) {
                    state_.store(State::Fresh, Order::Relaxed);
                    return;
                }
                maker_ = next->owner_word.load(Order::Relaxed);
                *static_cast<bool*>(next->wait_request) = true;
            }
        }
        if (made) queue_.wake_parted(first, masked);
        else wake_and_run(*next, masked);
        return;
    }
}

void Once::close() noexcept {
    queue_.end_all(WaitResult::Deleted, [&] {
        // Relaxed: what was made is no longer to be used.
        state_.store(State::Closed, Order::Relaxed);
    });
}

}  // namespace quartet::kernel
