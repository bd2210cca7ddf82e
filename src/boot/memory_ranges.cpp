// SPDX-License-Identifier: MIT

#include <boot/memory_ranges.hpp>

namespace quartet::boot {

MemoryRanges::MemoryRanges(const platform::Machine& machine) : banks_(machine.ram.begin(), machine.ram.size()) {
    for (const platform::Reservation& each : machine.reserved) {
        reserved_.push_back(each.range);
        if (each.why == platform::ReservedFor::NoMap) unmapped_.push_back(each.range);
    }
}

}  // namespace quartet::boot
