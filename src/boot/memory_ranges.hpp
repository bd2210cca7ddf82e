// SPDX-License-Identifier: MIT
//
// The machine's memory as the allocators want it: which ranges are RAM, which of them nobody may use.

#pragma once

#include <base/assert.hpp>
#include <base/fixed_vector.hpp>
#include <mm/free_ranges.hpp>
#include <platform/machine.hpp>

namespace quartet::boot {

class MemoryRanges {
public:
    explicit MemoryRanges(const platform::Machine& machine);

    // Reserved from now on, too.
    void reserve(PhysRange range) { check(reserved_.push(range), "there is room for one more reservation"); }

    mm::FreeRanges free() const { return {banks_, {reserved_.begin(), reserved_.size()}}; }
    // All RAM but what the tree wants unmapped.
    mm::FreeRanges mappable() const { return {banks_, {unmapped_.begin(), unmapped_.size()}}; }

private:
    std::span<const PhysRange> banks_;
    FixedVector<PhysRange, platform::max_reservations + 1 + max_cores + 2> reserved_;
    FixedVector<PhysRange, platform::max_reservations> unmapped_;
};

}  // namespace quartet::boot
