// SPDX-License-Identifier: MIT
//
// Waiting for a word to change, asleep: the load-exclusive arms this core's monitor, and the
// store that changes the word clears it, which is an event (Arm ARM, D1.16.1 and B2.9). So the
// writer needs neither sev nor dsb.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>

namespace quartet::arch {

// Returns once `word` equals `value`, with acquire order: pairs with the release store of it.
inline void wait_until_equal(const Atomic<u16>& word, u16 value) noexcept {
    u32 seen;
    asm volatile(
        "   sevl\n"
        "1: wfe\n"
        "   ldaxrh %w0, [%1]\n"
        "   cmp %w0, %w2\n"
        "   b.ne 1b"
        : "=&r"(seen)
        : "r"(word.address()), "r"(u32{value})
        : "cc", "memory");
}

}  // namespace quartet::arch
