// SPDX-License-Identifier: MIT
//
// The host's counting with a condition: the compare-exchange form of the machine's exclusive pairs.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>

namespace quartet::arch {

inline bool take_if_positive(Atomic<i32>& count) noexcept {
    i32 value = count.load(Order::Relaxed);
    while (value > 0) {
        // Acquire pairs with the release in `give_below`.
        if (count.compare_exchange_weak(value, value - 1, Order::Acquire, Order::Relaxed)) return true;
    }
    return false;
}

inline bool give_below(Atomic<i32>& count, i32 limit) noexcept {
    i32 value = count.load(Order::Relaxed);
    while (value >= 0 && value < limit) {
        // Release pairs with the acquire in `take_if_positive`.
        if (count.compare_exchange_weak(value, value + 1, Order::Release, Order::Relaxed)) return true;
    }
    return false;
}

}  // namespace quartet::arch
