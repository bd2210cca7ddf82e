// SPDX-License-Identifier: MIT
//
// What is known of a frame: one byte. It says what block begins here, or nothing; every check on free
// is a comparison of this byte. A byte, so that 2 GiB of RAM cost 512 KiB and are cleared in a moment.

#pragma once

#include <base/types.hpp>

namespace quartet::mm {

// Blocks are 2^order frames, aligned to their size.
inline constexpr u32 max_order = 10;
inline constexpr u32 order_count = max_order + 1;

constexpr usize block_bytes(u32 order) { return page_size << order; }

// The smallest order whose blocks hold `bytes`; above `max_order` where none does.
constexpr u32 order_for(usize bytes) {
    if (bytes <= page_size) return 0;
    return 64 - static_cast<u32>(__builtin_clzll((bytes - 1) / page_size));
}
static_assert(order_for(1) == 0 && order_for(4096) == 0 && order_for(4097) == 1 && order_for(16384) == 2);

// Where a block may lie.
enum class Reach : u8 {
    Any,
    Low,  // below `low_end`
};
// What bus masters with addresses of 30 bits reach: on the BCM2711 the mailbox and the legacy DMA engines.
inline constexpr u64 low_end = 1_GiB;

enum class FrameUse : u8 {
    None = 0,   // not the first frame of a block, or not (yet) given to the allocator
    Free = 1,   // the first frame of a free block
    Plain = 2,  // the first frame of an allocated block
    Heap = 3,   // the same, handed out by the heap as one large object
    Slab = 4,   // any frame of a block that a slab cache divides into objects
    Whole = 5,  // as Heap, in debug builds: all of the largest block, with no room for a record at its end
};

class FrameInfo {
public:
    constexpr FrameInfo() = default;
    constexpr FrameInfo(FrameUse use, u32 order) : bits_(static_cast<u8>((static_cast<u32>(use) << 4) | order)) {}
    static constexpr FrameInfo of(u8 bits) {
        FrameInfo info;
        info.bits_ = bits;
        return info;
    }

    constexpr FrameUse use() const { return static_cast<FrameUse>((bits_ >> 4) & 7); }
    constexpr u32 order() const { return bits_ & 15; }
    // The frame was filled with poison when it was freed (debug builds).
    constexpr bool poisoned() const { return (bits_ & 0x80) != 0; }
    constexpr FrameInfo with_poison(bool poisoned) const {
        return of(static_cast<u8>((bits_ & 0x7f) | (poisoned ? 0x80 : 0)));
    }
    constexpr u8 bits() const { return bits_; }
    // The same block, whatever its contents.
    constexpr bool same_block(FrameInfo other) const { return ((bits_ ^ other.bits_) & 0x7f) == 0; }

private:
    u8 bits_ = 0;
};
static_assert(sizeof(FrameInfo) <= 4, "at most 4 bytes of metadata a frame");

}  // namespace quartet::mm
