// SPDX-License-Identifier: MIT
//
// RAM banks: whole pages, sorted, merged, without those that cannot be.

#include <fdt/address.hpp>

#include "parts.hpp"

namespace quartet::platform::parts {
namespace {

// Merges the bank at `index` with those after it that it reaches.
void merge_after(u32 index, Machine& machine, Advice& advice) {
    auto& ram = machine.ram;
    while (index + 1 < ram.size() && ram[index + 1].begin <= ram[index].end) {
        if (ram[index + 1].begin < ram[index].end) {
            advice.add("memory banks overlap at {}: correct reg of the memory node", ram[index + 1].begin);
        }
        if (ram[index].end < ram[index + 1].end) ram[index].end = ram[index + 1].end;
        ram.erase(index + 1);
    }
}

}  // namespace

void add_bank(PhysRange range, Machine& machine, Advice& advice) {
    // Whole pages inside the bank; `range` ends below 2^64, so rounding up its begin wraps only where nothing is left.
    const u64 begin = align_up(range.begin.value(), page_size);
    u64 end = align_down(range.end.value(), page_size);
    if (end > ram_limit) {
        advice.add("RAM above {:#x} is not used: {}-{}", ram_limit, range.begin, range.end);
        end = ram_limit;
    }
    if (begin < range.begin.value() || begin >= end) return;
    const PhysRange bank{PhysAddr{begin}, PhysAddr{end}};

    auto& ram = machine.ram;
    u32 at = 0;
    while (at != ram.size() && ram[at].begin < bank.begin) ++at;
    if (!ram.insert(at, bank)) {
        advice.add("more than {} memory banks: {}-{} is not used", max_banks, bank.begin, bank.end);
        return;
    }
    merge_after(at == 0 ? 0 : at - 1, machine, advice);
    merge_after(at < ram.size() ? at : ram.size() - 1, machine, advice);
}

bool ram_holds(const Machine& machine, PhysRange range) {
    for (const PhysRange& bank : machine.ram) {
        if (bank.contains(range)) return true;
    }
    return false;
}

void add_image(PhysRange image, Machine& machine, Advice& advice) {
    const u64 end = align_up(image.end.value(), page_size);
    if (!ram_holds(machine, image)) add_bank({image.begin, PhysAddr{end}}, machine, advice);
}

void read_memory(const fdt::Trail& memory, Machine& machine, Advice& advice) {
    const auto name = memory.node().name();
    const auto count = fdt::reg_count(memory);
    if (!count) {
        advice.add("{}: {}: correct the device tree", name, count.error());
        return;
    }
    bool any = false;
    for (u32 index = 0; index != *count; ++index) {
        const auto region = fdt::bus_reg(memory, index);
        if (!region || region->size == 0) continue;
        any = true;
        const auto range = fdt::reg(memory, index);
        if (range) {
            add_bank(*range, machine, advice);
        } else {
            advice.add("{}: {:#x} + {:#x}: {}: entry not used", name, region->base, region->size, range.error());
        }
    }
    if (!any) advice.add("{}: its size is 0: firmware fills it in; load the tree by firmware", name);
}

}  // namespace quartet::platform::parts

namespace quartet::platform {

void limit_ram(Machine& machine, PhysRange sure, PhysRange image, Advice& advice) {
    const auto banks = machine.ram;
    machine.ram.clear();
    for (const PhysRange& bank : banks) {
        const PhysRange both{bank.begin < sure.begin ? sure.begin : bank.begin,
                             bank.end < sure.end ? bank.end : sure.end};
        if (both.begin < both.end) parts::add_bank(both, machine, advice);
    }
    parts::add_image(image, machine, advice);
}

}  // namespace quartet::platform
