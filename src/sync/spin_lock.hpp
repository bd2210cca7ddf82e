// SPDX-License-Identifier: MIT
//
// The spin lock of the kernel. Its rank is part of its type, and the guards are the only way in:
// `IrqLockGuard` masks interrupts for its life, `LockGuard` asks for the proof that they are masked.
// There is no guard that leaves interrupts open: a holder that is preempted would make three cores spin.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/assert.hpp>
#include <base/thread_safety.hpp>
#include <base/unsafe.hpp>
#include <sync/lock_order.hpp>
#include <sync/lock_rank.hpp>
#include <sync/ticket_lock.hpp>

#include <cstddef>

namespace quartet::sync {

template <LockRank Rank>
class LOCKABLE("spin lock") SpinLock {
public:
    // `made_at` tells the class of the lock where checks are on. Not explicit, because members are begun by {}.
    constexpr SpinLock(Place made_at = Place::current()) : order_(made_at) {}
    SpinLock(const SpinLock&) = delete;
    SpinLock& operator=(const SpinLock&) = delete;

    bool taken() const noexcept { return lock_.taken(); }

    // Where in it the ticket that is served lies, which context.S advances.
    static constexpr usize serving_offset() { return offsetof(SpinLock, lock_) + TicketLock<>::serving_offset(); }

    // For the run queue alone: one thread takes it, and the one that runs after the switch releases it.
    // Safety: interrupts are masked from the one to the other.
    [[gnu::always_inline]] void take_across_switch(Unsafe, Place where = Place::current()) UNCHECKED_LOCKING {
        take(where);
    }
    [[gnu::always_inline]] void release_across_switch(Unsafe, Place where = Place::current()) UNCHECKED_LOCKING {
        release(where);
    }

    // For who reports a fault: whoever held the lock stands still for good, so it is free again, and a `TryLockGuard`
    // has it. Safety: after a fault the other cores are stopped and this one goes back to nothing that it was taken
    // from, so nobody holds it.
    void open_after_fault(Unsafe) noexcept { lock_.abandon(); }

private:
    template <LockRank R>
    friend class LockGuard;
    template <LockRank R>
    friend class IrqLockGuard;
    template <LockRank R>
    friend class TryLockGuard;
    template <LockRank R>
    friend class LockPair;

    // The order check may throw on the host, so none of these is noexcept there.
    [[gnu::always_inline]] void take(const Place& where, SameRank same = SameRank::Forbidden)
        TAKES_LOCK() UNCHECKED_LOCKING {
        order_.before_take(Rank, same, where);
        if constexpr (checks_enabled) {
            if (!lock_.take_within(longest_spin_ms)) order_.not_to_be_had(Rank, where);
        } else {
            lock_.take();
        }
        order_.after_take(Rank, where);
    }
    [[gnu::always_inline]] bool try_take(const Place& where) TRIES_LOCK(true) UNCHECKED_LOCKING {
        order_.before_try(Rank, where);
        if (!lock_.try_take()) return false;
        order_.after_take(Rank, where);
        return true;
    }
    [[gnu::always_inline]] void release(const Place& where) RELEASES_LOCK() UNCHECKED_LOCKING {
        order_.before_release(where);
        lock_.release();
    }

    TicketLock<> lock_;
    [[no_unique_address]] LockOrder order_;
};

// Context: any, interrupts masked by the caller, who shows it.
template <LockRank Rank>
class SCOPED_GUARD [[nodiscard]] LockGuard {
public:
    [[gnu::always_inline]] LockGuard(SpinLock<Rank>& lock, const arch::IrqsMasked&, Place where = Place::current())
        TAKES_LOCK(lock)
        : lock_(lock) {
        lock_.take(where);
    }
    [[gnu::always_inline]] ~LockGuard() RELEASES_LOCK() { lock_.release(Place::current()); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

private:
    SpinLock<Rank>& lock_;
};

// Context: any. Interrupts are masked for the guard's life, and restored to what they were.
template <LockRank Rank>
class SCOPED_GUARD [[nodiscard]] IrqLockGuard {
public:
    [[gnu::always_inline]] explicit IrqLockGuard(SpinLock<Rank>& lock, Place where = Place::current()) TAKES_LOCK(lock)
        : lock_(lock) {
        lock_.take(where);
    }
    [[gnu::always_inline]] ~IrqLockGuard() RELEASES_LOCK() { lock_.release(Place::current()); }
    IrqLockGuard(const IrqLockGuard&) = delete;
    IrqLockGuard& operator=(const IrqLockGuard&) = delete;

    const arch::IrqsMasked& masked() const { return masked_; }

private:
    arch::IrqsMasked masked_;  // first: masked before the lock is taken, open after it is released
    SpinLock<Rank>& lock_;
};

// For those who must not wait. `if (TryLockGuard guard{lock, masked}; guard.taken())`.
template <LockRank Rank>
class SCOPED_GUARD [[nodiscard]] TryLockGuard {
public:
    TryLockGuard(SpinLock<Rank>& lock, const arch::IrqsMasked&, Place where = Place::current())
        EXCLUDES_LOCK(lock) UNCHECKED_LOCKING : lock_(lock),
                                                taken_(lock_.try_take(where)) {}
    ~TryLockGuard() RELEASES_LOCK() UNCHECKED_LOCKING {
        if (taken_) lock_.release(Place::current());
    }
    TryLockGuard(const TryLockGuard&) = delete;
    TryLockGuard& operator=(const TryLockGuard&) = delete;

    // To be asked once: where the answer is yes, the analysis takes the lock as held from here to the guard's end.
    bool taken() const TRIES_LOCK(true) UNCHECKED_LOCKING { return taken_; }

private:
    SpinLock<Rank>& lock_;
    bool taken_;
};

}  // namespace quartet::sync
