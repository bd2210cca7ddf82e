// SPDX-License-Identifier: MIT
//
// The interrupts of a node: `interrupts` with the parent inherited from its ancestors, or
// `interrupts-extended`, which names a parent for each (Devicetree Specification 2.4).
// A specifier's meaning is its controller's business; only its cells are read here.

#pragma once

#include <base/types.hpp>
#include <fdt/trail.hpp>

#include <expected>
#include <optional>
#include <string_view>

namespace quartet::fdt {

enum class InterruptFault : u8 {
    None,          // the node has no interrupt of that index
    NoController,  // no interrupt parent, or a phandle that no node has
    BadCells,      // the controller's #interrupt-cells is missing or not 1 to 4
    BadLength,     // the property is not a whole number of specifiers
};

std::string_view words(InterruptFault fault);

struct InterruptSpecifier {
    Node controller;
    Cells cells;  // as many as the controller's #interrupt-cells
};

// Entries of interrupts-extended that are looked at; the look-up of a phandle is linear in the tree.
inline constexpr u32 max_extended_interrupts = 8;

// Interrupt `index` of the node. `likely` is tried first where a phandle has to be found: with the machine's
// interrupt controller given, no search takes place. Cost: linear in the properties of the node and its
// ancestors, and in the tree for each other phandle.
std::expected<InterruptSpecifier, InterruptFault> interrupt(const Trail& trail, u32 index,
                                                            std::optional<Node> likely = {});

}  // namespace quartet::fdt
