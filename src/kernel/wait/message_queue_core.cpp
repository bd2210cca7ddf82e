// SPDX-License-Identifier: MIT
//
// The cases in which somebody waits, or has to.

#include <kernel/wait/message_queue_core.hpp>

namespace quartet::kernel {

Result<usize> MessageQueueCore::room_for(usize item_size, usize capacity) noexcept {
    usize room = 0;
    if (item_size == 0 || capacity == 0 || __builtin_mul_overflow(item_size, capacity, &room))
        return fail(Error::Invalid);
    return room;
}

MessageQueueCore::Attempt MessageQueueCore::attempt_locked(Side side, const Request& request) noexcept {
    if (closed_) return {fail(Error::Deleted)};
    if (count_ == (side == Side::Send ? capacity_ : 0)) return {fail(Error::WouldBlock)};
    // Whoever is in the list here is at the other end, and waits, or did until its time was over.
    Thread* other = queue_.claim_first_locked(WaitResult::Woken);
    if (other == nullptr && !queue_.empty_locked()) return {.again = true};
    const Request* theirs = other != nullptr ? static_cast<const Request*>(other->wait_request) : nullptr;
    if (side == Side::Send) {
        if (theirs != nullptr) __builtin_memcpy(theirs->item, request.item, item_size_);
        else put_locked(request.item, item_size_, request.end);
    } else {
        take_locked(request.item, item_size_);
        if (theirs != nullptr) put_locked(theirs->item, item_size_, theirs->end);
    }
    return {.woken = other};
}

Status MessageQueueCore::try_slowly(Side side, Request request) noexcept {
    for (;;) {
        arch::IrqsMasked masked;
        Attempt attempt;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            attempt = attempt_locked(side, request);
        }
        if (attempt.again) continue;
        // After the lock: the woken may destroy the queue.
        if (attempt.woken != nullptr) wake_and_run(*attempt.woken, masked);
        return attempt.status;
    }
}

Status MessageQueueCore::do_slowly(ThreadContext& self, Side side, Request request, Duration timeout) noexcept {
    Thread& thread = self.thread();
    Instant deadline = deadline_of(timeout);
    for (;;) {
        arch::IrqsMasked masked;
        if (timeout != Duration::zero()) check_may_block(masked);
        Attempt attempt;
        bool joined = false;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            attempt = attempt_locked(side, request);
            if (attempt.status == Status{fail(Error::WouldBlock)} && timeout != Duration::zero()) {
                thread.wait_request = &request;
                queue_.join_locked(thread);
                joined = true;
            }
        }
        if (attempt.again) continue;
        if (attempt.woken != nullptr) wake_and_run(*attempt.woken, masked);
        if (!joined) return attempt.status;
        // Whoever wakes this thread has copied its item.
        WaitResult result = queue_.wait_and_leave(thread, deadline, masked);
        return to_status(result);
    }
}

void MessageQueueCore::close() noexcept {
    queue_.end_all(WaitResult::Deleted, [&] {
        closed_ = true;
        count_ = 0;
    });
}

usize MessageQueueCore::size() noexcept {
    sync::IrqLockGuard guard{queue_.lock()};
    return count_;
}

}  // namespace quartet::kernel
