// SPDX-License-Identifier: MIT
//
// What is never handed out, rounded outwards to whole pages, each range once: who reserves first is its reason,
// but for no-map, which asks for more than the others. An area too many makes the tree unusable: to
// forget one would give away memory that somebody else writes to.

#include <fdt/address.hpp>

#include "parts.hpp"

namespace quartet::platform::parts {

bool reserve(PhysRange range, ReservedFor why, Machine& machine) {
    // Beyond the limit there is no RAM that anybody could be given; below it nothing wraps.
    if (range.empty() || range.begin.value() >= ram_limit) return true;
    const u64 begin = align_down(range.begin.value(), page_size);
    const u64 end = range.end.value() > ram_limit ? ram_limit : align_up(range.end.value(), page_size);
    const PhysRange pages{PhysAddr{begin}, PhysAddr{end}};
    for (Reservation& before : machine.reserved) {
        if (before.range.contains(pages) && (before.why == ReservedFor::NoMap || why != ReservedFor::NoMap))
            return true;
        if (before.range == pages) {
            before.why = why;
            return true;
        }
    }
    return machine.reserved.size() < max_reservations && machine.reserved.push({pages, why});
}

bool read_reserve_map(const fdt::Tree& tree, Machine& machine, Advice& advice) {
    for (const auto entry : tree.reserve_map()) {
        u64 end = entry.address + entry.size;
        if (end < entry.address) {
            advice.add("/memreserve/ {:#x} {:#x} passes the end of the address space", entry.address, entry.size);
            end = ~u64{0};
        }
        if (!reserve({PhysAddr{entry.address}, PhysAddr{end}}, ReservedFor::MemReserve, machine)) return false;
    }
    return true;
}

bool read_reserved(const fdt::Trail& area, Machine& machine, Advice& advice) {
    const fdt::Node node = area.node();
    if (!node.has("reg")) {
        // Asks for an area somewhere. A reusable one may be used until a driver asks; nobody here does.
        if (node.has("size") && !node.has("reusable")) {
            advice.add("reserved-memory {}: no fixed place, not reserved: give it a reg", node.name());
        }
        return true;
    }
    const auto why = node.has("no-map") ? ReservedFor::NoMap : ReservedFor::ReservedMemory;
    const auto count = fdt::reg_count(area);
    if (!count) {
        advice.add("reserved-memory {}: {}: not reserved", node.name(), count.error());
        return true;
    }
    for (u32 index = 0; index != *count; ++index) {
        const auto region = fdt::bus_reg(area, index);
        if (!region || region->size == 0) continue;
        const auto range = fdt::reg(area, index);
        if (!range) {
            advice.add("reserved-memory {}: {}: not reserved", node.name(), range.error());
        } else if (!reserve(*range, why, machine)) {
            return false;
        }
    }
    return true;
}

}  // namespace quartet::platform::parts
