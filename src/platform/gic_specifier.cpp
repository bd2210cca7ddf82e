// SPDX-License-Identifier: MIT

#include <platform/gic_specifier.hpp>

namespace quartet::platform {

namespace {

using kernel::NodeLine;
using kernel::Trigger;

constexpr u32 trigger_mask = 0xf;  // of a private one bits 15-8 say which cores have it: all that we have

std::expected<NodeLine, SpecifierFault> with_trigger(u32 id, u32 flags) {
    const bool is_private = id < 32;
    switch (flags & trigger_mask) {
        case 0:
        case 4: return NodeLine{id, Trigger::LevelSensitive};
        case 1: return NodeLine{id, Trigger::EdgeTriggered};
        case 2:
            if (is_private) return NodeLine{id, Trigger::EdgeTriggered};
            break;
        case 8:
            if (is_private) return NodeLine{id, Trigger::LevelSensitive};
            break;
    }
    return std::unexpected{SpecifierFault::BadTrigger};
}

}  // namespace

std::string_view words(SpecifierFault fault) {
    switch (fault) {
        case SpecifierFault::CellCount: return "an interrupt specifier must have 3 cells";
        case SpecifierFault::UnknownKind: return "unknown kind of interrupt (neither SPI 0 nor PPI 1)";
        case SpecifierFault::SharedTooHigh: return "SPI above 987";
        case SpecifierFault::PrivateTooHigh: return "PPI above 15";
        case SpecifierFault::BadTrigger: return "a trigger that the GIC does not have";
    }
    return "unknown fault";
}

std::expected<NodeLine, SpecifierFault> gic_interrupt(fdt::Cells specifier) {
    if (specifier.count() != 3) return std::unexpected{SpecifierFault::CellCount};
    const u32 number = specifier[1];
    switch (specifier[0]) {
        case 0:
            if (number > 987) return std::unexpected{SpecifierFault::SharedTooHigh};
            return with_trigger(32 + number, specifier[2]);
        case 1:
            if (number > 15) return std::unexpected{SpecifierFault::PrivateTooHigh};
            return with_trigger(16 + number, specifier[2]);
    }
    return std::unexpected{SpecifierFault::UnknownKind};
}

}  // namespace quartet::platform
