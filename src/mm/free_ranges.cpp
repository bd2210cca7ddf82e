// SPDX-License-Identifier: MIT

#include <mm/free_ranges.hpp>

namespace quartet::mm {

namespace {

// A reservation takes every page that it touches; a bank gives only whole pages.
PhysRange touched_pages(const PhysRange& range) {
    u64 end = align_up(range.end.value(), page_size);
    if (end < range.end.value()) end = ~u64{0} - (page_size - 1);
    return {PhysAddr{align_down(range.begin.value(), page_size)}, PhysAddr{end}};
}
PhysRange whole_pages(const PhysRange& range) {
    return {PhysAddr{align_up(range.begin.value(), page_size)}, PhysAddr{align_down(range.end.value(), page_size)}};
}

}  // namespace

std::optional<PhysRange> FreeRanges::first_from(PhysAddr from) const {
    for (const PhysRange& bank : banks_) {
        PhysRange pages = whole_pages(bank);
        PhysAddr at = pages.begin < from ? from : pages.begin;
        if (at >= pages.end) continue;
        // Step over what is reserved here, until nothing is; each step leaves a reservation behind.
        for (bool moved = true; moved && at < pages.end;) {
            moved = false;
            for (const PhysRange& each : reserved_) {
                PhysRange taken = touched_pages(each);
                if (!each.empty() && taken.contains(at)) {
                    at = taken.end;
                    moved = true;
                }
            }
        }
        if (at >= pages.end) continue;
        PhysAddr end = pages.end;
        for (const PhysRange& each : reserved_) {
            PhysRange taken = touched_pages(each);
            if (!each.empty() && at < taken.begin && taken.begin < end) end = taken.begin;
        }
        return PhysRange{at, end};
    }
    return std::nullopt;
}

std::optional<PhysRange> FreeRanges::first_fit(PhysAddr from, u64 bytes) const {
    for (auto range = first_from(from); range; range = first_from(range->end)) {
        if (range->size() >= bytes) return range;
    }
    return std::nullopt;
}

}  // namespace quartet::mm
