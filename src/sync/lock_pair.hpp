// SPDX-License-Identifier: MIT
//
// Two locks of one rank. Their owners number them, and the lower number is taken first, so that two
// cores that want the same pair cannot each hold one half.

#pragma once

#include <sync/spin_lock.hpp>

namespace quartet::sync {

// Context: any, interrupts masked by the caller, who shows it. The two are not the same lock.
template <LockRank Rank>
class [[nodiscard]] LockPair {
public:
    struct Numbered {
        SpinLock<Rank>& lock;
        u32 number;
    };

    LockPair(Numbered a, Numbered b, const arch::IrqsMasked&, Place where = Place::current()) UNCHECKED_LOCKING
        : first_(a.number < b.number ? a.lock : b.lock),
          second_(a.number < b.number ? b.lock : a.lock) {
        check(a.number != b.number, "a pair of locks is two locks");
        first_.take(where);
        second_.take(where, SameRank::Allowed);
    }
    ~LockPair() UNCHECKED_LOCKING {
        second_.release(Place::current());
        first_.release(Place::current());
    }
    LockPair(const LockPair&) = delete;
    LockPair& operator=(const LockPair&) = delete;

private:
    SpinLock<Rank>& first_;
    SpinLock<Rank>& second_;
};

}  // namespace quartet::sync
