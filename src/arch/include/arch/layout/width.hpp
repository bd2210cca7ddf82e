// SPDX-License-Identifier: MIT

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

// Of one access, in bits.
enum class Width : u8 { Bits8 = 8, Bits16 = 16, Bits32 = 32, Bits64 = 64 };

constexpr usize bytes_of(Width width) { return static_cast<usize>(width) / 8; }

}  // namespace quartet::arch
