// SPDX-License-Identifier: MIT
//
// A word that is changed as a whole by exclusive pairs, and whose lower half has one writer at a time, who stores
// it without a pair: what a ticket lock is made of.
//
// Accesses of two sizes meet here. An aligned load, store or exclusive pair of at most 64 bits is single-copy
// atomic (Arm ARM, B2.2.1), so a load of the word has the lower half from before a store of it or from after it, and never a
// mixture. Acquire and release order by the access and not by its size (B2.3): a load-acquire of the word that takes its lower half
// from a store-release of that half comes after it, and what follows comes after both. And such a store takes the
// word's monitor away from every other core, as both halves lie in one granule, so no pair writes an old half back.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>

#include <bit>

namespace quartet::arch {

class HalvedWord : public Atomic<u32> {
    static_assert(std::endian::native == std::endian::little, "the lower half is the first one");

public:
    // Cost: 1 instruction, which leaves what a cbnz can look at; the compiler's own choice is a rotation and a comparison.
    [[gnu::always_inline]] static bool halves_equal(u32 word) noexcept {
        u32 difference;
        asm("eor %w0, %w1, %w1, ror #16" : "=r"(difference) : "r"(word));
        return difference == 0;
    }

    [[gnu::always_inline]] void store_lower(u16 value, Order order) noexcept {
        __atomic_store_n(reinterpret_cast<u16*>(address()), value, static_cast<int>(order));
    }

    // Returns once the lower half equals `value`, with acquire order: pairs with the release store of it. Where that takes
    // longer than sync::longest_spin_ms it does not return: a brk ends the run (spin_wait.S).
    // By a call of its own kind, which keeps all registers but five: who takes a free lock in a leaf function needs no frame.
    void wait_until_lower(u16 value) const noexcept {
        register const u32* word asm("x16") = address();
        register u32 wanted asm("w17") = value;
        asm volatile("mov x15, x30\n bl quartet_wait_for_half\n mov x30, x15"
                     :
                     : "r"(word), "r"(wanted)
                     : "x13", "x14", "x15", "cc", "memory");
    }
};

}  // namespace quartet::arch
