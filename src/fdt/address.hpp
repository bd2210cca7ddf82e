// SPDX-License-Identifier: MIT
//
// Where a node's registers lie, as the processor sees it: `reg` is read with the parent's
// #address-cells and #size-cells, then carried up through each bus' `ranges` to the root
// (Devicetree Specification 2.3.5, 2.3.6, 2.3.8).

#pragma once

#include <base/address.hpp>
#include <base/types.hpp>
#include <fdt/trail.hpp>

#include <expected>
#include <optional>
#include <string_view>

namespace quartet::fdt {

enum class AddressFault : u8 {
    NoReg,      // no `reg`, or fewer entries than asked for
    BadCells,   // #address-cells not 1 or 2, or #size-cells above 2, on the way
    BadLength,  // `reg` or `ranges` is not a whole number of entries
    NotMapped,  // a bus on the way has no `ranges` that holds the whole region
    Wraps,      // the region passes the end of the address space
};

std::string_view words(AddressFault fault);

// The widths of its children's addresses and sizes that a node states.
struct CellCounts {
    u32 address = 2;
    u32 size = 1;
};

// Nothing if a width is there but is not one cell, or is beyond what can be read here
// (addresses of 1 or 2 cells, sizes of 0, 1 or 2).
std::optional<CellCounts> child_cells(Node bus);

struct Region {
    u64 base;
    u64 size;
};

// How many entries `reg` has.
std::expected<u32, AddressFault> reg_count(const Trail& trail);
// Entry `index` in the parent's addresses.
std::expected<Region, AddressFault> bus_reg(const Trail& trail, u32 index);
// Entry `index` in the processor's physical addresses; not empty, does not wrap.
std::expected<PhysRange, AddressFault> reg(const Trail& trail, u32 index);

}  // namespace quartet::fdt
