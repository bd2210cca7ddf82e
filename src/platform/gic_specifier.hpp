// SPDX-License-Identifier: MIT
//
// What the three cells of a GIC interrupt specifier mean (Linux binding interrupt-controller/arm,gic):
// kind (0 shared, 1 private), number within the kind, flags.

#pragma once

#include <base/types.hpp>
#include <fdt/property.hpp>
#include <kernel/iface/node_lines.hpp>

#include <expected>
#include <string_view>

namespace quartet::platform {

enum class SpecifierFault : u8 { CellCount, UnknownKind, SharedTooHigh, PrivateTooHigh, BadTrigger };

std::string_view words(SpecifierFault fault);

// The interrupt: shared n is id 32 + n (to 1019), private n is 16 + n (to 31). Flags, bits 3-0: 1 rising edge, 4 high level; 2 and 8,
// falling and low, for private ones alone, as a GIC inverts nothing; 0, nothing said, is taken for a level.
std::expected<kernel::NodeLine, SpecifierFault> gic_interrupt(fdt::Cells specifier);

}  // namespace quartet::platform
