// SPDX-License-Identifier: MIT
//
// The cases in which somebody waits, or the mutex is locked more than once. A word with an owner and the `more`
// bit changes under the queue's lock alone, or by its owner: the free cases of the header do not fit it.

#include <kernel/wait/inheritance.hpp>
#include <kernel/wait/mutex.hpp>

namespace quartet::kernel {

namespace {

// The record's address has 48 bits that matter and 6 that are 0; 16 bits of the generation stand above.
constexpr u32 address_bits = 48;
constexpr u64 address_mask = ((u64{1} << address_bits) - 1) & ~u64{63};

}  // namespace

u64 Mutex::owner_word(const Thread& thread, u32 generation) noexcept {
    return (u64{generation} << address_bits) | (__builtin_bit_cast(u64, &thread) & address_mask);
}

Thread* Mutex::owner_of(u64 word) noexcept {
    // Bit 47 is the sign of a canonical address.
    i64 shifted = static_cast<i64>(word << (64 - address_bits));
    return __builtin_bit_cast(Thread*, static_cast<u64>(shifted >> (64 - address_bits)) & ~u64{63});
}

Status Mutex::lock_slowly(ThreadContext& self, Duration timeout) noexcept {
    Thread& thread = self.thread();
    const u64 mine = word_of(thread);
    // Relaxed: only this thread makes itself the owner.
    u64 word = word_.load(Order::Relaxed);
    if ((word & ~more) == mine) {
        if (depth_ == 255) return fail(Error::Busy);
        depth_ = static_cast<u8>(depth_ + 1);
        word_.fetch_or(more, Order::Relaxed);
        return {};
    }

    Instant deadline = deadline_of(timeout);
    arch::IrqsMasked masked;
    check_may_block(masked);
    {
        sync::LockGuard guard{queue_.lock(), masked};
        for (word = word_.load(Order::Relaxed);;) {
            if (word == closed || closing_) return fail(Error::Deleted);
            // Where others wait, the owner's end is about to give it to the first of them.
            if (word != 0 && inherited() == 0 && owner_ended(word)) {
                // Without the `more` bit the owner needs no lock to give it back: it may have, after the look at the word, and
                // ended since. Where the word is still the same it did not. Relaxed: see take_over_locked.
                if (!word_.compare_exchange(word, mine, Order::Relaxed, Order::Relaxed)) continue;
                take_over_locked(thread);
                return fail(Error::OwnerDead);
            }
            if (word != 0 && timeout == Duration::zero()) return fail(Error::WouldBlock);
            // Acquire pairs with the release in `unlock`, where it was freed meanwhile.
            u64 wanted = word == 0 ? mine : word | more;
            if (!word_.compare_exchange(word, wanted, Order::Acquire, Order::Relaxed)) continue;
            if (wanted == mine) return {};
            break;
        }
        queue_.join_locked(thread);
        if (!inherit_locked(word, masked)) {
            // It ended after the look above.
            queue_.leave_locked(thread);
            thread.wait_result.store(WaitResult::None, Order::Relaxed);
            take_over_locked(thread);
            return fail(Error::OwnerDead);
        }
    }
    WaitResult result = WaitQueue::wait(thread, deadline, masked);
    if (ended_early(result)) {
        sync::LockGuard guard{queue_.lock(), masked};
        queue_.leave_locked(thread);
        lend_anew_locked(masked);
    }
    // Woken: unlock made this thread the owner. OwnerDead: the owner's end did.
    return to_status(result);
}

Status Mutex::unlock_slowly(ThreadContext& self) noexcept {
    Thread& thread = self.thread();
    if (!owned_by(thread)) return fail(Error::NotOwner);
    for (;;) {
        arch::IrqsMasked masked;
        Thread* next = nullptr;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            if (depth_ != 0) {
                depth_ = static_cast<u8>(depth_ - 1);
                // Nobody else changes the word of an owner without this lock.
                if (depth_ == 0 && queue_.empty_locked() && !closing_) word_.store(word_of(thread), Order::Relaxed);
                return {};
            }
            next = queue_.claim_first_locked(WaitResult::Woken);
            if (next == nullptr && !queue_.empty_locked()) continue;
            if (inherited() != 0) static_cast<void>(lend_priority(word_of(thread), *this, 0, masked));
            hand_over_locked(next, 0, masked);
        }
        // After the lock: the new owner may unlock and destroy the mutex.
        if (next != nullptr) wake_and_run(*next, masked);
        else finish_wakes(masked);
        return {};
    }
}

void Mutex::hand_over_locked(Thread* next, u64 left, const arch::IrqsMasked& masked) noexcept {
    if (next == nullptr) {
        // Release pairs with the acquire in `lock`.
        word_.store(closing_ ? closed : left, Order::Release);
        return;
    }
    u64 word = queue_.empty_locked() ? word_of(*next) : word_of(*next) | more;
    word_.store(word, Order::Release);
    static_cast<void>(inherit_locked(word, masked));  // the new owner waits to be woken: it has not ended
}

bool Mutex::inherit_locked(u64 word, const arch::IrqsMasked& masked) noexcept {
    const Thread* first = queue_.first_locked();
    Level level = first != nullptr ? level_of(first->wait_link.priority) : Level{0};
    return level == inherited() || lend_priority(word, *this, level, masked);
}

void Mutex::lend_anew_locked(const arch::IrqsMasked& masked) noexcept {
    u64 word = word_.load(Order::Relaxed);
    // An owner that has ended is on its way here, or there is nobody left to find.
    if (word != 0 && word != closed && !closing_) static_cast<void>(inherit_locked(word, masked));
}

void Mutex::take_over_locked(Thread& thread) noexcept {
    depth_ = 0;
    // Relaxed: nobody but a holder of this lock changes the word of an owner that has ended; see `owner_ended` for what
    // that one wrote.
    word_.store(word_of(thread), Order::Relaxed);
}

void Mutex::close() noexcept {
    Thread* first = nullptr;
    {
        sync::IrqLockGuard guard{queue_.lock()};
        closing_ = true;
        for (u64 word = word_.load(Order::Relaxed);;) {
            if (word == closed) break;
            // Free: closed at once. Owned: the bit sends the owner's unlock here.
            u64 wanted = word == 0 ? closed : word | more;
            if (!word_.compare_exchange(word, wanted, Order::AcqRel, Order::Relaxed)) continue;
            if (word != 0 && inherited() != 0) static_cast<void>(lend_priority(word, *this, 0, guard.masked()));
            break;
        }
        first = queue_.part_all_locked(WaitResult::Deleted);
    }
    queue_.wake_parted(first);
}

}  // namespace quartet::kernel
