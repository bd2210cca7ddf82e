// SPDX-License-Identifier: MIT
//
// What teaches the lock graph the order of mutexes: each has a number, each thread knows the numbers of those that it
// owns. A number is given once and never again, so nothing that outlives its mutex can be taken for another's. Nothing
// of it exists without QUARTET_CHECKS.

#pragma once

#include <base/assert.hpp>
#include <base/types.hpp>
#include <sync/lock_graph.hpp>

#include <span>
#include <type_traits>

namespace quartet::sync {

// How a lock was asked for: who gives up after some time closes no ring.
enum class Patience : bool { Limited, Endless };

// The mutexes that a thread owns, as numbers: a mutex may be destroyed in its owner's hands. The thread's own.
struct CheckedHeldMutexes {
    // Of more the later ones are not learned from.
    static constexpr u32 limit = 12;
    struct Held {
        u32 number = 0;
        LockNode node = 0;
        const void* address = nullptr;  // for reports
    };
    Held held[limit];
    u32 count = 0;

    // A new thread has the record.
    void clear() noexcept { count = 0; }
    // For reports. Context: the thread itself, or after a fault.
    std::span<const Held> span() const noexcept { return {held, count < limit ? count : limit}; }
};

struct UncheckedHeldMutexes {
    struct Held {
        const void* address;
    };
    constexpr void clear() noexcept {}
    constexpr std::span<const Held> span() const noexcept { return {}; }
};

// One a mutex. Context: the thread that owns it.
class CheckedMutexOrder {
public:
    constexpr CheckedMutexOrder() = default;
    // One that is destroyed in its owner's hands leaves its node behind: that one's notes name it.
    ~CheckedMutexOrder() {
        if (!owned_) lock_graph.forget(node_);
    }
    CheckedMutexOrder(const CheckedMutexOrder&) = delete;
    CheckedMutexOrder& operator=(const CheckedMutexOrder&) = delete;

    // The caller owns it from now on. After the lock, not before: a call that would close a ring of waiting threads is
    // refused, and then there is no order to learn from. Ends in `check_failed` where the other order was seen.
    void taken(CheckedHeldMutexes& mine, Patience patience) noexcept(false);
    // Before it is given back: afterwards it may be gone. Context: its owner.
    void released(CheckedHeldMutexes& mine) noexcept;

private:
    u32 number_ = 0;
    LockNode node_ = 0;
    bool owned_ = false;
};

class UncheckedMutexOrder {
public:
    constexpr void taken(UncheckedHeldMutexes&, Patience) noexcept {}
    constexpr void released(UncheckedHeldMutexes&) noexcept {}
};

using HeldMutexes = std::conditional_t<checks_enabled, CheckedHeldMutexes, UncheckedHeldMutexes>;
using MutexOrder = std::conditional_t<checks_enabled, CheckedMutexOrder, UncheckedMutexOrder>;

}  // namespace quartet::sync
