// SPDX-License-Identifier: MIT
//
// The integer names that the whole kernel uses, and sizes in words.

#pragma once

#include <cstddef>
#include <cstdint>

namespace quartet {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using usize = std::size_t;
using uptr = std::uintptr_t;
static_assert(sizeof(usize) == 8 && sizeof(uptr) == 8, "Quartet is written for 64-bit machines");

inline constexpr usize operator""_KiB(unsigned long long n) { return usize{n} << 10; }
inline constexpr usize operator""_MiB(unsigned long long n) { return usize{n} << 20; }
inline constexpr usize operator""_GiB(unsigned long long n) { return usize{n} << 30; }

// The unit in which memory is mapped and handed out.
inline constexpr usize page_size = 4_KiB;

// Cores that the machine can have; per-core tables are arrays of this length.
inline constexpr u32 max_cores = 4;

// Not std::has_single_bit: without SIMD registers that one is a call into the compiler's library.
constexpr bool is_power_of_two(u64 value) { return value != 0 && (value & (value - 1)) == 0; }
constexpr bool is_aligned(u64 value, u64 power_of_two) { return (value & (power_of_two - 1)) == 0; }
constexpr u64 align_down(u64 value, u64 power_of_two) { return value & ~(power_of_two - 1); }

// Wraps to a small number where `value` lies within `power_of_two` of the end of the address
// space: callers that take strangers' numbers compare the result with `value`.
constexpr u64 align_up(u64 value, u64 power_of_two) { return align_down(value + power_of_two - 1, power_of_two); }

}  // namespace quartet
