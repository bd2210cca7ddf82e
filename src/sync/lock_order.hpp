// SPDX-License-Identifier: MIT
//
// The order check behind every spin lock: nothing without QUARTET_CHECKS; with it, each core keeps the locks
// that it holds with the place where it took them, and a broken rule names both places. Ranks find an
// inversion the first time that one side of it happens, without the dead-lock (LCK06); what was taken under what, and
// what handlers took or could have interrupted (LCK05), is learned by the graph (lock_graph.hpp), with backtraces.

#pragma once

#include <base/assert.hpp>
#include <base/source_place.hpp>
#include <base/types.hpp>
#include <base/writer.hpp>
#include <sync/lock_graph.hpp>
#include <sync/lock_rank.hpp>

#include <optional>
#include <type_traits>

namespace quartet::sync {

enum class SameRank : bool { Forbidden, Allowed };

// One a lock. Context: masked.
class CheckedLockOrder {
public:
    // `made_at`: what tells the class of the lock.
    constexpr explicit CheckedLockOrder(Place made_at = Place::current()) : made_at_(made_at) {}

    // Ends in `check_failed` where this core holds the lock already (LCK04) or one of the same or a lower rank.
    // Or where the graph closes a ring: lock_graph.hpp.
    void before_take(LockRank rank, SameRank same, const Place& where) noexcept(false);
    // The same for who only tries: that has no order, but he may hold it with interrupts open (LCK05).
    void before_try(LockRank rank, const Place& where) noexcept(false);
    // Ends in `check_failed` where this core holds more locks than the order allows.
    void after_take(LockRank rank, const Place& where) noexcept(false);
    // Ends in `check_failed`: the lock did not come free in time. Names its rank, who holds it and where that one took
    // it; what the other cores do at this moment is in the report that follows (LCK08).
    [[noreturn]] void not_to_be_had(LockRank rank, const Place& where) noexcept(false);
    // Ends in `check_failed` where this core does not hold it.
    void before_release(const Place& where) noexcept(false);

private:
    LockNode node(LockRank rank) const noexcept;
    void learn(LockRank rank, const Place& where, uptr frame) const noexcept(false);

    Place made_at_;
    mutable arch::Atomic<LockNode> node_{0};
    Place taken_at_{};  // where it was taken last
    u32 taken_by_ = 0;  // and by which core
};

class UncheckedLockOrder {
public:
    constexpr explicit UncheckedLockOrder(Place) {}
    constexpr void before_try(LockRank, const Place&) noexcept {}
    constexpr void before_take(LockRank, SameRank, const Place&) noexcept {}
    constexpr void after_take(LockRank, const Place&) noexcept {}
    constexpr void not_to_be_had(LockRank, const Place&) noexcept {}
    constexpr void before_release(const Place&) noexcept {}
};

using LockOrder = std::conditional_t<checks_enabled, CheckedLockOrder, UncheckedLockOrder>;

// How many spin locks this core holds. Without QUARTET_CHECKS: 0. Context: masked.
u32 locks_held() noexcept;

struct HeldLock {
    LockRank rank;
    Place where;
};
// The spin lock that `core` took as number `at` of those that it holds. None: it holds no more, or nobody counts them.
// Context: any; what it says of a core that runs may be torn: it is for reports.
std::optional<HeldLock> held_lock(u32 core, u32 at) noexcept;

// Ends in `check_failed` where this core holds a spin lock: who waits must hold none (LCK07).
// Context: masked. Cost: none without QUARTET_CHECKS.
void check_no_lock_held() noexcept(false);

}  // namespace quartet::sync
