// SPDX-License-Identifier: MIT
//
// The device tree that whoever started us left in memory: looked for where x0 points, then at
// physical address 0, and mapped read-only into its window.

#pragma once

#include <base/address.hpp>
#include <fdt/tree.hpp>

#include <optional>
#include <span>

namespace quartet::boot {

enum class TreeSource : u8 { X0, AddressZero, BuiltIn };
constexpr std::string_view words(TreeSource source) {
    switch (source) {
        case TreeSource::X0: return "x0";
        case TreeSource::AddressZero: return "address 0";
        case TreeSource::BuiltIn: return "built-in";
    }
    return "unknown";
}

struct GivenTree {
    TreeSource source;
    PhysAddr at;
    std::span<const std::byte> bytes;  // in the tree window
};

// What was found, or why nothing could be used.
struct TreeSearch {
    std::optional<GivenTree> tree;
    // Set where x0 pointed at something that began like a tree and was refused, or the tree at 0 was.
    std::optional<fdt::Fault> refused;
    // x0 was something, but no place where a tree could lie.
    bool x0_not_followed = false;
};

// Context: boot, MMU on. x0 is followed only where it is a multiple of 8, lies in the RAM that every
// board of this kind has or in the image's GiB, and is clear of the image; then one page is mapped and its header checked
// before the rest is.
TreeSearch find_given_tree(u64 x0);

}  // namespace quartet::boot
