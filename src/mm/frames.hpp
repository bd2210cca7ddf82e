// SPDX-License-Identifier: MIT
//
// The frame allocator: all RAM of the machine, in blocks of 2^order frames by the buddy method. A block
// of order n is aligned to its size; its buddy is its neighbour in the block of order n + 1, and two
// free buddies are always one block. Metadata is one byte a frame. The first GiB has lists of its own and is given
// last, because some devices reach nothing else (docs/adr/0014).

#pragma once

#include <base/address.hpp>
#include <base/result.hpp>
#include <base/thread_safety.hpp>
#include <base/unsafe.hpp>
#include <mm/bump.hpp>
#include <mm/frame_bank.hpp>
#include <mm/free_blocks.hpp>
#include <mm/untouched.hpp>
#include <sync/spin_lock.hpp>

#include <array>
#include <optional>
#include <span>

namespace quartet::mm {

class FrameAllocator {
public:
    struct Stats {
        u64 total_frames;                          // ever added
        u64 free_frames;
        u64 metadata_bytes;
        std::array<u32, order_count> free_blocks;  // by order
    };
    static constexpr u32 max_banks = 16;

    constexpr FrameAllocator() = default;
    FrameAllocator(const FrameAllocator&) = delete;
    FrameAllocator& operator=(const FrameAllocator&) = delete;

    // Make the metadata of a bank of RAM; nothing of it is free yet. Context: boot, one core.
    // Cost: clearing one byte a frame (about 13,000 instructions for 2 GiB).
    // Errors: NoMemory (from `bump`, or more than `max_banks`), Invalid (overlaps a bank, or holds no frame).
    Status add_bank(PhysRange bank, Bump& bump);

    // The whole frames of `range` are free from now on. Its blocks of the largest order are not touched before they
    // are needed. Context: any. Cost: about 60 instructions for each smaller block at its ends.
    // Errors: Invalid where it is not inside one bank.
    // Safety: nobody uses that memory, nobody has been given it before, and the linear map covers it.
    Status add_range(Unsafe, PhysRange range);

    // A block of 2^order frames within `reach`, contents undefined. Context: any but under a lock of rank RunQueue to
    // Frames. Cost: about 50 instructions, and 12 for each split. Errors: NoMemory; Invalid where order > max_order.
    // A debug build stops here if somebody wrote to a frame of it while it was free.
    Result<PhysAddr> allocate(u32 order, FrameUse use = FrameUse::Plain, Reach reach = Reach::Any);

    // Give back what `allocate` returned, with the same order and use. Context: as `allocate`.
    // Every build stops with a report, the lists intact, at a double free, a wrong order or use, the middle of a
    // block, or an address that is not the allocator's.
    void free(PhysAddr block, u32 order, FrameUse use = FrameUse::Plain);

    // What begins at this frame; nothing for an address in no bank. Context: any. Pre: for a stable answer, the
    // caller owns the block.
    FrameInfo info(PhysAddr address) const noexcept;

    // Whether the frame at `address` was ever added: it is free, or somebody was given it. Context: as `allocate`.
    // Cost: up to 11 looks; for those who ask for every frame of RAM whether it was forgotten. False for a moment while
    // a debug build fills a freed block with poison.
    bool owns(PhysAddr address) const;

    Stats stats() const noexcept;

private:
    // Free memory below `low_end`, or all other. No block lies in both.
    struct Part {
        FreeBlocks free;
        Untouched untouched;
    };
    static constexpr usize low_part = 1;  // the last one that is looked at
    static constexpr usize part_index(PhysAddr block) { return block.value() < low_end ? low_part : 0; }
    static_assert(low_end % block_bytes(max_order) == 0);

    const FrameBank* bank_of(PhysAddr address) const noexcept;
    void add_part(const FrameBank& bank, PhysRange range);
    bool keep_untouched(PhysRange blocks);
    std::optional<PhysAddr> take_free(u32& order, Reach reach) REQUIRES_LOCK(lock_);
    void insert_merged(const FrameBank& bank, PhysAddr block, u32 order) REQUIRES_LOCK(lock_);
    void unlink(const FrameBank& bank, PhysAddr block, u32 order) REQUIRES_LOCK(lock_);
    void mark(const FrameBank& bank, PhysAddr block, u32 order, FrameUse use) REQUIRES_LOCK(lock_);
    [[noreturn]] void report_bad_free(const FrameBank* bank, PhysAddr block, u32 order, FrameUse use) const;
    static void expect_poison(const FrameBank& bank, PhysAddr block, u32 order);

    mutable sync::SpinLock<sync::LockRank::Frames> lock_;
    std::array<Part, 2> parts_ GUARDED_BY(lock_){};
    u64 free_frames_ GUARDED_BY(lock_) = 0;
    u64 total_frames_ GUARDED_BY(lock_) = 0;
    // Written at boot while one core runs, read without the lock ever after.
    std::array<FrameBank, max_banks> banks_{};
    u32 bank_count_ = 0;
};

}  // namespace quartet::mm
