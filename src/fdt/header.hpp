// SPDX-License-Identifier: MIT
//
// The header of a flattened device tree (Devicetree Specification 0.4, section 5.2) and the checks
// on it. Early boot maps one page, asks `header_size` how much more to map, and opens the tree then.

#pragma once

#include <base/types.hpp>
#include <fdt/bytes.hpp>
#include <fdt/fault.hpp>

#include <expected>

namespace quartet::fdt {

inline constexpr u32 magic = 0xD00D'FEED;
inline constexpr u32 header_bytes = 40;
inline constexpr u32 supported_version = 17;
// Linux' limit too; it bounds what early boot maps and the time that a check can take.
inline constexpr u32 max_tree_bytes = 2 * 1024 * 1024;

struct Header {
    u32 total_size;
    u32 struct_offset;
    u32 struct_size;
    u32 strings_offset;
    u32 strings_size;
    u32 reserve_offset;
};

// Bytes that the tree claims to have, from its first 40 bytes or more: magic, versions and the bounds
// of the total size are checked, nothing else. Cost: about 40 instructions. Context: any, reads bytes only.
std::expected<u32, Fault> header_size(Bytes first);

// The header with each block inside `bytes`, aligned as the specification demands, none over another.
// The reserve map's end is found by its terminator. Cost: linear in the reserve map.
std::expected<Header, Fault> read_header(Bytes bytes);

}  // namespace quartet::fdt
