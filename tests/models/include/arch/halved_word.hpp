// SPDX-License-Identifier: MIT
//
// The models' word of two halves: relacy has no accesses of two sizes, so the store of the lower half is a compare-exchange
// (docs on the machine's why that is the same: src/arch/aarch64/include/arch/halved_word.hpp).

#pragma once

#include <arch/atomic.hpp>

namespace quartet::arch {

class HalvedWord : public Atomic<u32> {
public:
    static bool halves_equal(u32 word) noexcept { return word >> 16 == (word & 0xffff); }

    void store_lower(u16 value, model::OrderAt order) noexcept {
        u32 word = load(Order::Relaxed);
        while (!compare_exchange_weak(word, (word & 0xffff'0000) | value, order, Order::Relaxed)) {}
    }

    void wait_until_lower(u16 value) const noexcept {
        while (static_cast<u16>(this->load(Order::Acquire)) != value) model::yield();
    }
};

}  // namespace quartet::arch
