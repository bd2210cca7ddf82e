// SPDX-License-Identifier: MIT
//
// FNV-1a, 32 bits: small, and no table. Each step is a bijection of the sum and of the byte, so one byte that changed
// changes the sum for sure; more than that, all but once in 2^32.

#pragma once

#include <base/types.hpp>

#include <cstddef>
#include <span>

namespace quartet {

inline constexpr u32 checksum_begin = 0x811c'9dc5;

// Of what `sum` is the sum of, and then `bytes`. Context: any. Cost: 5 instructions a byte.
constexpr u32 checksum(std::span<const std::byte> bytes, u32 sum = checksum_begin) {
    for (std::byte byte : bytes) sum = (sum ^ static_cast<u32>(byte)) * 0x0100'0193;
    return sum;
}

}  // namespace quartet
