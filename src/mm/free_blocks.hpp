// SPDX-License-Identifier: MIT
//
// The free blocks of every order, in lists that are threaded through the blocks themselves: what is
// free stores its own place, so the lists cost no memory. Not locked: the frame allocator owns one.

#pragma once

#include <base/address.hpp>
#include <base/unsafe.hpp>
#include <mm/frame_info.hpp>

#include <array>

namespace quartet::mm {

// In the first bytes of each free block, reached through the linear map.
struct FreeBlock {
    FreeBlock* next;
    FreeBlock* prev;
    uptr seal;  // debug builds: of the two pointers, so that a damaged one is found before it is followed
};

class FreeBlocks {
public:
    constexpr FreeBlocks() = default;

    // Both stop at a damaged entry in debug builds.
    // Safety: [block, block + size) is free RAM that the linear map covers, in no list.
    void insert(Unsafe, PhysAddr block, u32 order);
    // Pre: `block` is in the list of `order`.
    void remove(PhysAddr block, u32 order);

    // The smallest order at or above `order` that has a block; `order_count` if none has.
    u32 find(u32 order) const noexcept {
        const u32 candidates = nonempty_ & ~((1u << order) - 1);
        return candidates == 0 ? order_count : static_cast<u32>(__builtin_ctz(candidates));
    }
    // The block that was inserted last. Pre: the list is not empty.
    PhysAddr first(u32 order) const noexcept;
    u32 count(u32 order) const noexcept { return count_[order]; }

private:
    std::array<FreeBlock*, order_count> first_{};
    std::array<u32, order_count> count_{};
    u32 nonempty_ = 0;  // bit n: the list of order n has a block
};

}  // namespace quartet::mm
