// SPDX-License-Identifier: MIT
//
// Counting with a condition, as one exclusive pair each: what a semaphore does when nobody waits. The
// host twin does the same by compare-exchange; all above is the same source.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>

namespace quartet::arch {

// One less, if it is above 0. Acquire: pairs with the release in `give_below` of whoever put the one there.
// Cost: 5 instructions.
[[gnu::always_inline]] inline bool take_if_positive(Atomic<i32>& count) noexcept {
    i32 value;
    u32 failed;
    asm volatile goto(
        "1: ldaxr %w[value], %[count]\n"
        "   subs %w[value], %w[value], #1\n"
        "   b.lt %l[refused]\n"
        "   stxr %w[failed], %w[value], %[count]\n"
        "   cbnz %w[failed], 1b"
        : [value] "=&r"(value), [failed] "=&r"(failed), [count] "+Q"(*count.address())
        :
        : "cc", "memory"
        : refused);
    return true;
refused:
    return false;
}

// One more, if it is neither negative nor at `limit`. Release: pairs with the acquire in
// `take_if_positive`. Cost: 6 instructions.
[[gnu::always_inline]] inline bool give_below(Atomic<i32>& count, i32 limit) noexcept {
    i32 value;
    u32 failed;
    // The unsigned comparison refuses negative values too.
    asm volatile goto(
        "1: ldxr %w[value], %[count]\n"
        "   cmp %w[value], %w[limit]\n"
        "   b.hs %l[refused]\n"
        "   add %w[value], %w[value], #1\n"
        "   stlxr %w[failed], %w[value], %[count]\n"
        "   cbnz %w[failed], 1b"
        : [value] "=&r"(value), [failed] "=&r"(failed), [count] "+Q"(*count.address())
        : [limit] "r"(limit)
        : "cc", "memory"
        : refused);
    return true;
refused:
    return false;
}

}  // namespace quartet::arch
