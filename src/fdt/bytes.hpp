// SPDX-License-Identifier: MIT
//
// Big-endian numbers out of a span. Total functions: what lies outside reads as 0, so no caller
// can be led out of the blob, whatever it computed. Loads are of bytes (the compilers join them
// where the machine allows), so the alignment of the blob never matters.

#pragma once

#include <base/types.hpp>

#include <cstddef>
#include <span>

namespace quartet::fdt {

using Bytes = std::span<const std::byte>;

// A text of `size` bytes at the start of `bytes`, which has at least that many.
inline const char* text_at(Bytes bytes) { return reinterpret_cast<const char*>(bytes.data()); }

constexpr u32 be32(Bytes bytes, u64 offset) {
    if (bytes.size() < 4 || offset > bytes.size() - 4) return 0;
    const std::byte* from = bytes.data() + offset;
    return (std::to_integer<u32>(from[0]) << 24) | (std::to_integer<u32>(from[1]) << 16) |
           (std::to_integer<u32>(from[2]) << 8) | std::to_integer<u32>(from[3]);
}

constexpr u64 be64(Bytes bytes, u64 offset) {
    if (bytes.size() < 8 || offset > bytes.size() - 8) return 0;
    return (u64{be32(bytes, offset)} << 32) | be32(bytes, offset + 4);
}

}  // namespace quartet::fdt
