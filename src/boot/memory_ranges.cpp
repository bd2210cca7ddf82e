// SPDX-License-Identifier: MIT

#include <boot/memory_ranges.hpp>

namespace quartet::boot {

MemoryRanges::MemoryRanges(const platform::Machine& machine) : banks_(machine.ram.begin(), machine.ram.size()) {
    for (const platform::Reservation& each : machine.reserved) {
        reserve(each.range);
        bool unmapped = each.why == platform::ReservedFor::NoMap;
        check(!unmapped || unmapped_.push(each.range), "as many fit as the machine can have reservations");
    }
    // The words that release cores: somebody polls them until we write, perhaps long after the start.
    for (const platform::CoreNode& core : machine.cores) {
        if (core.method == platform::EnableMethod::SpinTable && !core.running)
            reserve({core.release_address, core.release_address + sizeof(u64)});
    }
}

}  // namespace quartet::boot
