// SPDX-License-Identifier: MIT
//
// What the three cells of a GIC interrupt specifier mean (Linux binding interrupt-controller/arm,gic):
// kind (0 shared, 1 private), number within the kind, flags.

#pragma once

#include <base/types.hpp>
#include <fdt/property.hpp>

#include <expected>
#include <string_view>

namespace quartet::platform {

enum class SpecifierFault : u8 { CellCount, UnknownKind, SharedTooHigh, PrivateTooHigh };

std::string_view words(SpecifierFault fault);

// The interrupt id: shared n is 32 + n (to 1019), private n is 16 + n (to 31).
std::expected<u32, SpecifierFault> gic_interrupt_id(fdt::Cells specifier);

}  // namespace quartet::platform
