// SPDX-License-Identifier: MIT

#include <fdt/address.hpp>

namespace quartet::fdt {
namespace {

std::unexpected<AddressFault> refuse(AddressFault fault) { return std::unexpected{fault}; }

// A width that a node may state; `otherwise` where it does not.
std::optional<u32> width(Node node, std::string_view name, u32 otherwise) {
    const auto property = node.property(name);
    return property ? property->number32() : otherwise;
}

bool wraps(const Region& region) { return region.size != 0 && region.base + (region.size - 1) < region.base; }

// One level up: from the addresses of `bus`' children to those of `bus`' own parent.
std::expected<Region, AddressFault> through(Node bus, Node parent, Region region) {
    const auto ranges = bus.property("ranges");
    if (!ranges) return refuse(AddressFault::NotMapped);
    if (ranges->value.empty()) return region;  // one to one
    const auto inner = child_cells(bus);
    const auto outer = child_cells(parent);
    if (!inner || !outer) return refuse(AddressFault::BadCells);

    const Cells cells = ranges->cells();
    const u32 entry = inner->address + outer->address + inner->size;
    if (!cells.whole() || cells.count() % entry != 0) return refuse(AddressFault::BadLength);
    for (u32 at = 0; at < cells.count(); at += entry) {
        const u64 child = *cells.number(at, inner->address);
        const u64 target = *cells.number(at + inner->address, outer->address);
        const u64 size = *cells.number(at + inner->address + outer->address, inner->size);
        if (region.base < child || region.base - child >= size) continue;
        const u64 distance = region.base - child;
        if (region.size > size - distance) continue;
        const Region moved{target + distance, region.size};
        if (moved.base < target || wraps(moved)) return refuse(AddressFault::Wraps);
        return moved;
    }
    return refuse(AddressFault::NotMapped);
}

}  // namespace

std::string_view words(AddressFault fault) {
    switch (fault) {
        case AddressFault::NoReg: return "no reg";
        case AddressFault::BadCells: return "#address-cells or #size-cells out of range";
        case AddressFault::BadLength: return "reg or ranges not a whole number of entries";
        case AddressFault::NotMapped: return "no ranges entry holds its reg";
        case AddressFault::Wraps: return "reg passes the end of the address space";
    }
    return "unknown fault";
}

std::optional<CellCounts> child_cells(Node bus) {
    const auto address = width(bus, "#address-cells", CellCounts{}.address);
    const auto size = width(bus, "#size-cells", CellCounts{}.size);
    if (!address || !size || *address < 1 || *address > 2 || *size > 2) return {};
    return CellCounts{*address, *size};
}

std::expected<u32, AddressFault> reg_count(const Trail& trail) {
    if (trail.depth() == 0) return refuse(AddressFault::NoReg);
    const auto property = trail.node().property("reg");
    if (!property) return refuse(AddressFault::NoReg);
    const auto counts = child_cells(trail.at(trail.depth() - 1));
    if (!counts) return refuse(AddressFault::BadCells);
    const u32 entry = counts->address + counts->size;
    if (!property->cells().whole() || property->cells().count() % entry != 0) return refuse(AddressFault::BadLength);
    return property->cells().count() / entry;
}

std::expected<Region, AddressFault> bus_reg(const Trail& trail, u32 index) {
    const auto count = reg_count(trail);
    if (!count) return refuse(count.error());
    if (index >= *count) return refuse(AddressFault::NoReg);
    const CellCounts counts = *child_cells(trail.at(trail.depth() - 1));
    const Cells cells = trail.node().property("reg")->cells();
    const u32 at = index * (counts.address + counts.size);
    return Region{*cells.number(at, counts.address), *cells.number(at + counts.address, counts.size)};
}

std::expected<PhysRange, AddressFault> reg(const Trail& trail, u32 index) {
    auto region = bus_reg(trail, index);
    if (!region) return refuse(region.error());
    if (region->size == 0) return refuse(AddressFault::NoReg);
    if (wraps(*region)) return refuse(AddressFault::Wraps);
    for (u32 depth = trail.depth() - 1; depth != 0; --depth) {
        region = through(trail.at(depth), trail.at(depth - 1), *region);
        if (!region) return refuse(region.error());
    }
    // The last byte of the address space cannot be in a half-open range.
    if (region->base + region->size < region->base) return refuse(AddressFault::Wraps);
    return PhysRange{PhysAddr{region->base}, PhysAddr{region->base + region->size}};
}

}  // namespace quartet::fdt
