// SPDX-License-Identifier: MIT
//
// The pins that a device's pinctrl-0 asks for, in the board's own binding (brcm,bcm2835-gpio).

#include "parts.hpp"

namespace quartet::platform::parts {
namespace {

constexpr u32 pin_count = 58;  // BCM2711 ARM peripherals, 5.2

// One value for all pins, or one for each.
std::optional<u32> setting(fdt::Node group, std::string_view name, u32 index) {
    const auto list = group.property(name);
    if (!list || list->cells().count() == 0) return {};
    const fdt::Cells cells = list->cells();
    if (cells.count() == 1) return cells[0];
    return index < cells.count() ? std::optional{cells[index]} : std::nullopt;
}

void read_group(fdt::Node group, Console& console) {
    const auto pins = group.property("brcm,pins");
    if (!pins) return;
    const fdt::Cells cells = pins->cells();
    for (u32 index = 0; index != cells.count() && !console.pins.full(); ++index) {
        const auto function = setting(group, "brcm,function", index);
        const auto pull = setting(group, "brcm,pull", index);
        if (cells[index] >= pin_count || !function || *function > 7) continue;
        Pin pin{.number = static_cast<u8>(cells[index]), .function = static_cast<u8>(*function), .pull = {}};
        if (pull && *pull <= 2) pin.pull = static_cast<u8>(*pull);
        if (!console.pins.push(pin)) return;
    }
}

}  // namespace

void read_pins(const fdt::Trail& device, Console& console) {
    constexpr u32 max_groups = 4;  // each is a search through the tree
    const auto groups = device.node().property("pinctrl-0");
    if (!groups) return;
    for (u32 index = 0; index != groups->cells().count() && index != max_groups; ++index) {
        if (const auto group = device.tree().by_phandle(groups->cells()[index])) read_group(*group, console);
    }
}

}  // namespace quartet::platform::parts
