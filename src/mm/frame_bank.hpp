// SPDX-License-Identifier: MIT
//
// A bank of RAM and the information bytes of its frames. Blocks never reach from one bank into the next.

#pragma once

#include <base/address.hpp>
#include <mm/frame_info.hpp>

namespace quartet::mm {

class FrameBank {
public:
    constexpr FrameBank() = default;
    // `info` holds one cleared element for every whole frame of `range`, and lives for ever.
    constexpr FrameBank(PhysRange range, FrameInfo* info) : range_(range), info_(info) {}

    const PhysRange& range() const { return range_; }
    bool contains(PhysAddr address) const { return range_.contains(address); }
    bool contains(PhysRange range) const { return range_.contains(range); }
    u64 frames() const { return range_.size() / page_size; }

    // Pre: `address` lies in this bank.
    FrameInfo& info(PhysAddr address) const { return info_[(address - range_.begin) / page_size]; }

private:
    PhysRange range_{};
    FrameInfo* info_ = nullptr;
};

}  // namespace quartet::mm
