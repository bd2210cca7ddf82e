// SPDX-License-Identifier: MIT
//
// Free RAM that nobody has written to yet, as ranges of whole blocks of the largest order. A block costs
// nothing before it is needed: its list entry would be a write to a fresh page, which an emulator first has
// to find and clear. Not locked: the frame allocator owns one.

#pragma once

#include <base/address.hpp>
#include <base/fixed_vector.hpp>
#include <mm/frame_info.hpp>

#include <optional>

namespace quartet::mm {

class Untouched {
public:
    static constexpr usize block_size = block_bytes(max_order);

    // Keep `range`. False where the places are used up: then its blocks must go to the lists.
    // Pre: begin and end are multiples of `block_size`, and it is free RAM.
    bool add(PhysRange range) { return ranges_.push(range); }

    // The next block, from the range that was added first. Cost: constant.
    std::optional<PhysAddr> take() {
        while (next_ < ranges_.size() && ranges_[next_].empty()) ++next_;
        if (next_ == ranges_.size()) return std::nullopt;
        const PhysAddr block = ranges_[next_].begin;
        ranges_[next_].begin = block + block_size;
        return block;
    }

    bool contains(PhysAddr address) const {
        for (const PhysRange& range : ranges_) {
            if (range.contains(address)) return true;
        }
        return false;
    }

    u32 blocks() const {
        u64 blocks = 0;
        for (const PhysRange& range : ranges_) blocks += range.size() / block_size;
        return static_cast<u32>(blocks);
    }

private:
    // A range for each part of RAM between reservations; more than a machine usually has.
    FixedVector<PhysRange, 24> ranges_;
    u32 next_ = 0;
};

}  // namespace quartet::mm
