// SPDX-License-Identifier: MIT
//
// A mutex for threads. Its word is 0, or the owner's generation handle with a bit that says that there is
// more to know (others wait, or it is locked more than once): the free cases are one exclusive pair each.
// The owner inherits the highest priority that waits for it; unlocking hands the mutex to the first waiter.

#pragma once

#include <arch/atomic.hpp>
#include <base/result.hpp>
#include <base/thread_safety.hpp>
#include <kernel/thread_context.hpp>
#include <kernel/time.hpp>
#include <kernel/wait_queue.hpp>

namespace quartet::kernel {

class LOCKABLE("mutex") Mutex {
    using Order = arch::Order;

public:
    constexpr Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    // Waits until it is free. Who owns it already owns it once more, up to 255 times.
    // Errors: Deleted, Timeout, Busy (256 times). Context: thread. Cost: 12 instructions where it is free.
    [[gnu::always_inline]] Status lock(ThreadContext& self) noexcept {
        u64 free = 0;
        // Acquire pairs with the release in `unlock`.
        if (word_.compare_exchange(free, self.thread().owner_word, Order::Acquire, Order::Relaxed)) [[likely]]
            return {};
        return lock_slowly(self, Duration::forever());
    }
    [[gnu::always_inline]] Status lock_for(ThreadContext& self, Duration timeout) noexcept {
        u64 free = 0;
        if (word_.compare_exchange(free, self.thread().owner_word, Order::Acquire, Order::Relaxed)) [[likely]]
            return {};
        return lock_slowly(self, timeout);
    }

    // Errors: WouldBlock.
    Status try_lock(ThreadContext& self) noexcept { return lock_for(self, Duration::zero()); }

    // Errors: NotOwner. Context: thread. Cost: 10 instructions where nobody waits.
    [[gnu::always_inline]] Status unlock(ThreadContext& self) noexcept {
        u64 mine = self.thread().owner_word;
        // Release pairs with the acquire in `lock`.
        if (word_.compare_exchange(mine, 0, Order::Release, Order::Relaxed)) [[likely]]
            return {};
        return unlock_slowly(self);
    }

    bool owned_by(const Thread& thread) const noexcept {
        // Relaxed: only the thread itself makes the answer true or false for itself.
        return (word_.load(Order::Relaxed) & ~more) == thread.owner_word;
    }

    // Every waiter returns with Deleted, and so does every lock from now on. The owner may still unlock.
    void close() noexcept;

    // The word of an owner: its record's address, with part of its generation above.
    static u64 owner_word(const Thread& thread, u32 generation) noexcept;

private:
    friend class Condition;
    friend Level inherited_level(const Thread& thread) noexcept;
    friend void lend_priority(Thread& owner, Mutex& mutex, Level level, const arch::IrqsMasked& masked) noexcept;

    static constexpr u64 more = 1;
    static constexpr u64 closed = 2;  // as the whole word: nobody's

    static Thread* owner_of(u64 word) noexcept;

    Status lock_slowly(ThreadContext& self, Duration timeout) noexcept;
    Status unlock_slowly(ThreadContext& self) noexcept;
    // Makes the first waiter the owner and returns it, to be woken; null where nobody waits.
    Thread* hand_over_locked(Thread& self, const arch::IrqsMasked& masked) noexcept REQUIRES_LOCK(queue_.lock());
    // What the owner inherits through this mutex, after the list of waiters changed.
    void inherit_locked(Thread& owner, const arch::IrqsMasked& masked) noexcept REQUIRES_LOCK(queue_.lock());

    arch::Atomic<u64> word_{0};
    u8 depth_ = 0;           // how often more than once the owner has it; only the owner touches it
    bool closing_ = false;   // guarded by the queue's lock
    // Guarded by the run-queue lock of the owner's core: see inheritance.cpp.
    bool linked_ = false;
    Level inherited_ = 0;    // what the first waiter lends to the owner
    Mutex* next_contended_ = nullptr;
    WaitQueue queue_;
};

// Context: thread. A lock that cannot be had (the mutex was closed) is a bug of whoever closed it.
class SCOPED_GUARD [[nodiscard]] MutexGuard {
public:
    MutexGuard(Mutex& mutex, ThreadContext& self) noexcept TAKES_LOCK(mutex) : mutex_(mutex), self_(self) {
        check(mutex_.lock(self_).has_value(), "a mutex is locked after it was closed");
    }
    ~MutexGuard() RELEASES_LOCK() { check(mutex_.unlock(self_).has_value(), "a mutex is unlocked by its owner"); }
    MutexGuard(const MutexGuard&) = delete;
    MutexGuard& operator=(const MutexGuard&) = delete;

private:
    Mutex& mutex_;
    ThreadContext& self_;
};

}  // namespace quartet::kernel
