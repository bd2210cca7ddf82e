// SPDX-License-Identifier: MIT
//
// The counter as a count of instructions. Under `-icount shift=4` an instruction takes 16 ns and the
// counter runs at 62.5 MHz, so a difference of two reads is the number of instructions between them, one of the
// reads included. Elsewhere it is time, and `thousand_nops` tells the two apart.

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

// Without the isb of `counter`, which would be counted: an emulator reads the counter where it stands.
[[gnu::always_inline]] inline u64 instruction_count() noexcept {
    u64 value;
    asm volatile("mrs %0, cntvct_el0" : "=r"(value) : : "memory");
    return value;
}

// 1,001 where instructions are counted: a hundred rounds of eight nops and the loop's own two instructions.
[[gnu::noinline]] inline u64 thousand_nops() noexcept {
    u64 begin;
    u64 end = 100;
    asm volatile(
        "   mrs %0, cntvct_el0\n"
        "1:\n"
        "   .rept 8\n"
        "   nop\n"
        "   .endr\n"
        "   sub %1, %1, #1\n"
        "   cbnz %1, 1b\n"
        "   mrs %1, cntvct_el0"
        : "=&r"(begin), "+&r"(end)
        :
        : "memory");
    return end - begin;
}

}  // namespace quartet::arch
