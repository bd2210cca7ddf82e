// SPDX-License-Identifier: MIT

#include <platform/gic_specifier.hpp>

namespace quartet::platform {

std::string_view words(SpecifierFault fault) {
    switch (fault) {
        case SpecifierFault::CellCount: return "an interrupt specifier must have 3 cells";
        case SpecifierFault::UnknownKind: return "unknown kind of interrupt (neither SPI 0 nor PPI 1)";
        case SpecifierFault::SharedTooHigh: return "SPI above 987";
        case SpecifierFault::PrivateTooHigh: return "PPI above 15";
    }
    return "unknown fault";
}

std::expected<u32, SpecifierFault> gic_interrupt_id(fdt::Cells specifier) {
    if (specifier.count() != 3) return std::unexpected{SpecifierFault::CellCount};
    const u32 number = specifier[1];
    switch (specifier[0]) {
        case 0:
            if (number > 987) return std::unexpected{SpecifierFault::SharedTooHigh};
            return 32 + number;
        case 1:
            if (number > 15) return std::unexpected{SpecifierFault::PrivateTooHigh};
            return 16 + number;
    }
    return std::unexpected{SpecifierFault::UnknownKind};
}

}  // namespace quartet::platform
