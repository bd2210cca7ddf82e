// SPDX-License-Identifier: MIT
//
// A thread in one word: its record's address, of which 48 bits matter and the lowest 6 are 0, with 16 bits of the record's
// generation above. A mutex holds its owner so, and a caller in C knows a thread by it. Of 65,536 threads that had one
// record after each other, the word tells each from all others.

#pragma once

#include <base/types.hpp>
#include <kernel/thread/thread.hpp>

namespace quartet::kernel {

namespace thread_word_detail {

inline constexpr u32 address_bits = 48;
inline constexpr u64 address_mask = ((u64{1} << address_bits) - 1) & ~u64{63};
static_assert(alignof(Thread) == 64);

}  // namespace thread_word_detail

inline u64 thread_word(const Thread& thread, u32 generation) noexcept {
    using namespace thread_word_detail;
    return (u64{generation} << address_bits) | (__builtin_bit_cast(u64, &thread) & address_mask);
}

// The record; records are never freed, so it may be looked at even where its thread is gone.
inline Thread* thread_of_word(u64 word) noexcept {
    using namespace thread_word_detail;
    // Bit 47 is the sign of a canonical address.
    i64 shifted = static_cast<i64>(word << (64 - address_bits));
    return __builtin_bit_cast(Thread*, static_cast<u64>(shifted >> (64 - address_bits)) & ~u64{63});
}

}  // namespace quartet::kernel
