// SPDX-License-Identifier: MIT
//
// The host's word of two halves: the store of the lower one is a compare-exchange of the whole, and the wait for it a
// poll, each round a point at which it lets others go on.

#pragma once

#include <arch/atomic.hpp>

#include <thread>

namespace quartet::arch {

class HalvedWord : public Atomic<u32> {
public:
    // No point: of a value that was loaded.
    static bool halves_equal(u32 word) noexcept { return word >> 16 == (word & 0xffff); }

    void store_lower(u16 value, Order order) noexcept {
        u32 word = load(Order::Relaxed);
        while (!compare_exchange_weak(word, (word & 0xffff'0000) | value, order, Order::Relaxed)) {}
    }

    void wait_until_lower(u16 value) const noexcept {
        while (static_cast<u16>(load(Order::Acquire)) != value) {
            sim_spin();
            std::this_thread::yield();  // the holder may wait for this processor
        }
    }
};

}  // namespace quartet::arch
