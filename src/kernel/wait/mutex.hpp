// SPDX-License-Identifier: MIT
//
// A mutex for threads. Its word is 0, or the owner's generation handle with a bit that says that there is
// more to know (others wait, or it is closed): the free cases are one exclusive pair each.
// The owner inherits the highest priority that waits for it, and where it waits for a mutex itself, so does the owner of
// that one; unlocking hands the mutex to the first waiter. A ring of threads each of which waits for the next
// without a time limit is refused at the call that would close it.
//
// A thread may end while it owns one. What the mutex guards is then perhaps half changed, so whoever gets the mutex
// next, the first waiter or the next taker, is told by Error::OwnerDead, once: it owns the mutex, mends the state, and
// unlocks as usual.

#pragma once

#include <arch/atomic.hpp>
#include <base/result.hpp>
#include <base/thread_safety.hpp>
#include <kernel/thread/safe_point.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/wait_queue.hpp>
#include <sync/mutex_order.hpp>

namespace quartet::kernel {

// What an owner does that was lent something.
enum class Lent : u8 {
    OwnerEnded,  // it does not find the mutex among those that it has to give away: nothing was done
    OwnerRuns,  // or would like to: the chain ends there
    OwnerMayWait,  // and lends on what it has
};

class LOCKABLE("mutex") Mutex {
    using Order = arch::Order;

public:
    constexpr Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    // Waits until it is free. Errors: Deleted; Timeout; Deadlock (the owner, or whom it waits for, waits for the caller, or is
    // the caller, and none of them gives up by himself; the log names them); OwnerDead (it is locked now, see above).
    // Context: thread. Cost: 12 instructions where it is free.
    [[gnu::always_inline]] Status lock(ThreadContext& self) noexcept {
        return lock_if_free(self) ? Status{} : lock_waiting(self, Duration::forever());
    }
    [[gnu::always_inline]] Status lock_for(ThreadContext& self, Duration timeout) noexcept {
        return lock_if_free(self, patience_of(timeout)) ? Status{} : lock_waiting(self, timeout);
    }

    // Whether it was free, and is the caller's now: the first step of every lock. `patience`: whether he would have waited
    // for good. Context: thread.
    [[gnu::always_inline]] bool lock_if_free(ThreadContext& self,
                                             sync::Patience patience = sync::Patience::Endless) noexcept {
        u64 free = 0;
        // Acquire pairs with the release in `unlock`.
        if (!word_.compare_exchange(free, word_of(self.thread()), Order::Acquire, Order::Relaxed)) return false;
        order_.taken(self.thread().held_mutexes, patience);
        return true;
    }
    static constexpr sync::Patience patience_of(Duration timeout) noexcept {
        return timeout == Duration::forever() ? sync::Patience::Endless : sync::Patience::Limited;
    }

    // Errors: WouldBlock, Deleted, OwnerDead.
    Status try_lock(ThreadContext& self) noexcept { return lock_for(self, Duration::zero()); }

    // Errors: NotOwner. Context: thread. Cost: 10 instructions where nobody waits.
    [[gnu::always_inline]] Status unlock(ThreadContext& self) noexcept {
        u64 mine = word_of(self.thread());
        if (checks_enabled && owned_by(self.thread())) order_.released(self.thread().held_mutexes);
        // Release pairs with the acquire in `lock`.
        if (word_.compare_exchange(mine, 0, Order::Release, Order::Relaxed)) [[likely]]
            return {};
        return unlock_slowly(self);
    }

    bool owned_by(const Thread& thread) const noexcept {
        // Relaxed: only the thread itself makes the answer true or false for itself.
        return (word_.load(Order::Relaxed) & ~more) == word_of(thread);
    }

    // Who owned it a moment ago; null: nobody. For reports. Context: any; what it points at may have ended.
    const Thread* owner_seen() const noexcept {
        const u64 word = word_.load(Order::Relaxed) & ~(more | closed);
        return word == 0 ? nullptr : owner_of(word);
    }

    // Every waiter returns with Deleted, and so does every lock from now on. The owner may still unlock.
    // Context and cost: as WaitQueue::wake_parted. A thread rather than a handler.
    void close() noexcept;

private:
    friend class LockChain;
    friend WaitQueue* queue_of(const Thread& thread) noexcept;
    friend Thread* requeue_waiter(Thread& thread, const arch::IrqsMasked& masked) noexcept;
    friend Lent lend_priority(u64 word, Mutex& mutex, Level level, const arch::IrqsMasked& masked) noexcept;
    friend void abandon_mutexes(Thread& self) noexcept;

    static constexpr u64 more = 1;
    static constexpr u64 closed = 2;  // as the whole word: nobody's

    static Thread* owner_of(u64 word) noexcept;
    // Whether the thread that `word` names has ended. A no is a moment old where its run-queue lock is not held.
    static bool owner_ended(u64 word) noexcept {
        // Acquire pairs with the release of the end, and of the next spawn of that record: what the owner wrote is seen.
        return owner_of(word)->owner_word.load(Order::Acquire) != (word & ~more);
    }
    // Relaxed: the thread itself asks, or its waker before it wakes it.
    static u64 word_of(const Thread& thread) noexcept { return thread.owner_word.load(Order::Relaxed); }

    // What the first waiter lends to the owner. The queue's lock is held, or the owner's run-queue lock.
    Level inherited() const noexcept { return lending_.link.priority; }

    [[gnu::always_inline]] Status lock_waiting(ThreadContext& self, Duration timeout) noexcept {
        if constexpr (checks_enabled) {
            Status locked = lock_slowly(self, timeout);
            if (locked.has_value() || locked.error() == Error::OwnerDead)
                order_.taken(self.thread().held_mutexes, patience_of(timeout));
            return locked;
        } else {
            return lock_slowly(self, timeout);
        }
    }
    Status lock_slowly(ThreadContext& self, Duration timeout) noexcept;
    Status unlock_slowly(ThreadContext& self) noexcept;
    // Makes `next`, whose wait was claimed, the owner; where that is nobody, and nobody waits, the word is `left` then.
    void hand_over_locked(Thread* next, u64 left, const arch::IrqsMasked& masked) noexcept REQUIRES_LOCK(queue_.lock());
    // What the owner that `word` names inherits through this mutex, after the list of waiters changed. `queue` is this
    // mutex's own, by the name under which the caller has locked it.
    Lent inherit_locked(WaitQueue& queue, u64 word, const arch::IrqsMasked& masked) noexcept
        REQUIRES_LOCK(queue.lock());
    // The same, after a waiter went or changed its place, where nobody needs to know whether the owner has ended. The owner
    // is returned where what it lends itself may have to follow (follow_priority).
    Thread* lend_anew_locked(WaitQueue& queue, const arch::IrqsMasked& masked) noexcept REQUIRES_LOCK(queue.lock());
    // Announces that `thread` waits.
    void join_locked(Thread& thread, Instant deadline, const arch::IrqsMasked& masked) noexcept
        REQUIRES_LOCK(queue_.lock());
    // Its wait was ended by nobody who took it out of the list: by the timer, say.
    void leave(Thread& thread) noexcept;

    arch::Atomic<u64> word_{0};
    bool closing_ = false;  // guarded by the queue's lock
    [[no_unique_address]] sync::MutexOrder order_;
    Lending lending_{*this};  // see inheritance.cpp
    WaitQueue queue_{*this};
};

// Context: thread. A lock that cannot be had is a bug of whoever closed the mutex; one whose owner ended, of the owner:
// who is ready to mend what it left asks `lock`. While it lives the thread is not terminated, and its waits last.
class SCOPED_GUARD [[nodiscard]] MutexGuard {
public:
    MutexGuard(Mutex& mutex, ThreadContext& self) noexcept TAKES_LOCK(mutex) : kept_(self), mutex_(mutex), self_(self) {
        check(mutex_.lock(self_).has_value(), "a mutex was closed, or its owner ended");
    }
    ~MutexGuard() RELEASES_LOCK() { check(mutex_.unlock(self_).has_value(), "a mutex is unlocked by its owner"); }
    MutexGuard(const MutexGuard&) = delete;
    MutexGuard& operator=(const MutexGuard&) = delete;

private:
    WaitsKept kept_;
    Mutex& mutex_;
    ThreadContext& self_;
};

}  // namespace quartet::kernel
