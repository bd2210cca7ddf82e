// SPDX-License-Identifier: MIT
//
// What remains of RAM when everything reserved is taken out, as page-aligned ranges in rising order.
// Nothing is stored: reservations are few, and each answer looks through them.

#pragma once

#include <base/address.hpp>

#include <optional>
#include <span>

namespace quartet::mm {

class FreeRanges {
public:
    // `banks` rise and do not overlap; `reserved` may lie anywhere, in any order, over each other.
    constexpr FreeRanges(std::span<const PhysRange> banks, std::span<const PhysRange> reserved)
        : banks_(banks), reserved_(reserved) {}

    // The first free range that ends behind `from`, cut off below it. Cost: banks times reservations.
    std::optional<PhysRange> first_from(PhysAddr from) const;

    // The first free range at or behind `from` with room for `bytes`.
    std::optional<PhysRange> first_fit(PhysAddr from, u64 bytes) const;

    template <typename Visit>
    void for_each(Visit visit) const {
        for (auto range = first_from(PhysAddr{0}); range; range = first_from(range->end)) visit(*range);
    }

private:
    std::span<const PhysRange> banks_;
    std::span<const PhysRange> reserved_;
};

}  // namespace quartet::mm
