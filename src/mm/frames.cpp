// SPDX-License-Identifier: MIT

#include <base/assert.hpp>
#include <mm/frame_poison.hpp>
#include <mm/frames.hpp>
#include <mm/memory_fault.hpp>

#include <algorithm>
#include <cstring>

namespace quartet::mm {

namespace {

PhysAddr buddy_of(PhysAddr block, u32 order) { return PhysAddr{block.value() ^ block_bytes(order)}; }

PhysRange extent(PhysAddr block, u32 order) { return {block, block + block_bytes(order)}; }

}  // namespace

Status FrameAllocator::add_bank(PhysRange bank, Bump& bump) {
    const PhysRange whole{PhysAddr{align_up(bank.begin.value(), page_size)},
                          PhysAddr{align_down(bank.end.value(), page_size)}};
    if (whole.begin < bank.begin || whole.empty()) return fail(Error::Invalid);
    for (u32 i = 0; i < bank_count_; ++i) {
        if (banks_[i].range().overlaps(whole)) return fail(Error::Invalid);
    }
    if (bank_count_ == max_banks) return fail(Error::NoMemory);
    const usize frames = whole.size() / page_size;
    void* info = TRY(bump.allocate(frames * sizeof(FrameInfo), 64));
    // All zero is FrameInfo{}: memset clears by whole cache lines.
    std::memset(info, 0, frames * sizeof(FrameInfo));
    banks_[bank_count_++] = FrameBank{whole, static_cast<FrameInfo*>(info)};
    return {};
}

Status FrameAllocator::add_range(Unsafe, PhysRange range) {
    const PhysRange frames{PhysAddr{align_up(range.begin.value(), page_size)},
                           PhysAddr{align_down(range.end.value(), page_size)}};
    if (frames.empty()) return {};
    const FrameBank* bank = bank_of(frames.begin);
    if (bank == nullptr || !bank->contains(frames)) return fail(Error::Invalid);
    add_part(*bank, {frames.begin, std::min(frames.end, PhysAddr{low_end})});
    add_part(*bank, {std::max(frames.begin, PhysAddr{low_end}), frames.end});
    return {};
}

// Pre: whole frames of `bank`, all of them below `low_end` or none. Empty, or with its end before its begin: nothing.
void FrameAllocator::add_part(const FrameBank& bank, PhysRange range) {
    PhysAddr at = range.begin;
    const PhysAddr end = range.end;
    const PhysRange whole{PhysAddr{align_up(at.value(), Untouched::block_size)},
                          PhysAddr{align_down(end.value(), Untouched::block_size)}};
    while (at < end) {
        if (at == whole.begin && !whole.empty() && keep_untouched(whole)) {
            at = whole.end;
            continue;
        }
        const u64 frame = at.value() / page_size;
        u32 order = frame == 0 ? max_order : std::min(max_order, static_cast<u32>(__builtin_ctzll(frame)));
        while (block_bytes(order) > end - at) --order;
        {
            sync::IrqLockGuard guard{lock_};
            insert_merged(bank, at, order);
            total_frames_ += u64{1} << order;
        }
        at = at + block_bytes(order);
    }
}

// Blocks of the largest order never merge: nothing asks for their marks while they are here.
bool FrameAllocator::keep_untouched(PhysRange blocks) {
    sync::IrqLockGuard guard{lock_};
    if (!parts_[part_index(blocks.begin)].untouched.add(blocks)) return false;
    total_frames_ += blocks.size() / page_size;
    free_frames_ += blocks.size() / page_size;
    return true;
}

// A free block of at least `order`, out of the lists; `order` becomes its own.
std::optional<PhysAddr> FrameAllocator::take_free(u32& order, Reach reach) {
    for (usize index = reach == Reach::Low ? low_part : 0; index < parts_.size(); ++index) {
        Part& part = parts_[index];
        const u32 found = part.free.find(order);
        if (found != order_count) [[likely]] {
            order = found;
            const PhysAddr block = part.free.first(found);
            unlink(*bank_of(block), block, found);
            return block;
        }
        if (const std::optional<PhysAddr> fresh = part.untouched.take()) {
            order = max_order;
            return fresh;
        }
    }
    return std::nullopt;
}

Result<PhysAddr> FrameAllocator::allocate(u32 order, FrameUse use, Reach reach) {
    if (order > max_order) return fail(Error::Invalid);
    PhysAddr block;
    const FrameBank* bank;
    {
        sync::IrqLockGuard guard{lock_};
        u32 found = order;
        const std::optional<PhysAddr> taken = take_free(found, reach);
        if (!taken) return fail(Error::NoMemory);
        block = *taken;
        bank = bank_of(block);
        while (found > order) {
            --found;
            const PhysAddr upper = block + block_bytes(found);
            mark(*bank, upper, found, FrameUse::Free);
            parts_[part_index(upper)].free.insert(Unsafe{"half of a block that was taken out of its list"}, upper,
                                                  found);
        }
        mark(*bank, block, order, use);
        free_frames_ -= u64{1} << order;
    }
    if constexpr (checks_enabled) expect_poison(*bank, block, order);
    return block;
}

void FrameAllocator::free(PhysAddr block, u32 order, FrameUse use) {
    const FrameBank* bank = bank_of(block);
    const bool possible = bank != nullptr && order <= max_order && is_aligned(block.value(), block_bytes(order)) &&
                          bank->contains(extent(block, order));
    bool refused = true;
    if (possible) {
        sync::IrqLockGuard guard{lock_};
        refused = !bank->info(block).same_block(FrameInfo{use, order});
        // From here a second free of the same block is refused, also while it is being filled with poison.
        if (!refused) {
            for (u64 i = 0; i < (use == FrameUse::Slab ? u64{1} << order : 1); ++i) {
                bank->info(block + i * page_size) = FrameInfo{};
            }
            if constexpr (!checks_enabled) insert_merged(*bank, block, order);
        }
    }
    if (refused) [[unlikely]]
        report_bad_free(bank, block, order, use);
    if constexpr (checks_enabled) {
        fill_with_poison(Unsafe{"it was given back a line above, and is in no list yet"}, block, block_bytes(order));
        sync::IrqLockGuard guard{lock_};
        for (u64 i = 0; i < u64{1} << order; ++i) {
            FrameInfo& info = bank->info(block + i * page_size);
            info = info.with_poison(true);
        }
        insert_merged(*bank, block, order);
    }
}

// Put a block in the lists, together with its buddy as long as that one is free.
void FrameAllocator::insert_merged(const FrameBank& bank, PhysAddr block, u32 order) {
    free_frames_ += u64{1} << order;
    while (order < max_order) {
        const PhysAddr buddy = buddy_of(block, order);
        if (!bank.contains(extent(buddy, order)) || !bank.info(buddy).same_block(FrameInfo{FrameUse::Free, order})) {
            break;
        }
        unlink(bank, buddy, order);
        block = std::min(block, buddy);
        ++order;
    }
    mark(bank, block, order, FrameUse::Free);
    parts_[part_index(block)].free.insert(Unsafe{"nobody has it, and it is in no list"}, block, order);
}

// Take a free block out of the lists. Where it stored its place, the poison is made whole again.
void FrameAllocator::unlink(const FrameBank& bank, PhysAddr block, u32 order) {
    parts_[part_index(block)].free.remove(block, order);
    FrameInfo& info = bank.info(block);
    if constexpr (checks_enabled) {
        if (info.poisoned())
            fill_with_poison(Unsafe{"taken out of its list, the lock is held"}, block, sizeof(FreeBlock));
    }
    info = FrameInfo{}.with_poison(info.poisoned());
}

void FrameAllocator::mark(const FrameBank& bank, PhysAddr block, u32 order, FrameUse use) {
    // Of a slab every frame is marked, so that any object leads to the head of its slab.
    const u64 marked = use == FrameUse::Slab ? u64{1} << order : 1;
    for (u64 i = 0; i < marked; ++i) {
        FrameInfo& info = bank.info(block + i * page_size);
        info = FrameInfo{use, order}.with_poison(info.poisoned());
    }
}

const FrameBank* FrameAllocator::bank_of(PhysAddr address) const noexcept {
    for (u32 i = 0; i < bank_count_; ++i) {
        if (banks_[i].contains(address)) return &banks_[i];
    }
    return nullptr;
}

FrameInfo FrameAllocator::info(PhysAddr address) const noexcept {
    const FrameBank* bank = bank_of(address);
    return bank == nullptr ? FrameInfo{} : bank->info(address);
}

bool FrameAllocator::owns(PhysAddr address) const {
    const FrameBank* bank = bank_of(address);
    if (bank == nullptr) return false;
    sync::IrqLockGuard guard{lock_};
    for (u32 order = 0; order <= max_order; ++order) {
        const PhysAddr head{align_down(address.value(), block_bytes(order))};
        if (!bank->contains(head)) break;
        const FrameInfo info = bank->info(head);
        if (info.use() != FrameUse::None && extent(head, info.order()).contains(address)) return true;
    }
    return parts_[part_index(address)].untouched.contains(address);
}

FrameAllocator::Stats FrameAllocator::stats() const noexcept {
    Stats stats{};
    for (u32 i = 0; i < bank_count_; ++i) stats.metadata_bytes += banks_[i].frames() * sizeof(FrameInfo);
    sync::IrqLockGuard guard{lock_};
    stats.total_frames = total_frames_;
    stats.free_frames = free_frames_;
    for (const Part& part : parts_) {
        for (u32 order = 0; order < order_count; ++order) stats.free_blocks[order] += part.free.count(order);
        stats.free_blocks[max_order] += part.untouched.blocks();
    }
    return stats;
}

// The block is the caller's: its frames are looked at without the lock. Frames without a mark were never
// freed before: add_range takes them as they are, and writes to none that it can leave untouched.
void FrameAllocator::expect_poison(const FrameBank& bank, PhysAddr block, u32 order) {
    for (u64 i = 0; i < u64{1} << order; ++i) {
        FrameInfo& info = bank.info(block + i * page_size);
        if (!info.poisoned()) continue;
        info = info.with_poison(false);
        if (const auto damage = find_poison_damage(block + i * page_size)) {
            memory_fault("frame {} was written after it was freed: {:#x} at {}", damage->frame, damage->found,
                         damage->at);
        }
    }
}

void FrameAllocator::report_bad_free(const FrameBank* bank, PhysAddr block, u32 order, FrameUse use) const {
    if (bank == nullptr) memory_fault("free of frame {}, which is in no bank of RAM", block);
    if (!is_aligned(block.value(), page_size)) memory_fault("free of {}, which is no frame's address", block);
    // The block that this frame belongs to: the nearest head below whose block reaches this far.
    for (u32 size = 0; size <= max_order; ++size) {
        const PhysAddr head{align_down(block.value(), block_bytes(size))};
        if (!bank->contains(head)) break;
        const FrameInfo info = bank->info(head);
        if (info.use() == FrameUse::None || info.order() < size) continue;
        if (info.use() == FrameUse::Free) memory_fault("frame {} was freed twice (order {})", block, order);
        if (head != block) {
            memory_fault("free of frame {} inside the block {} of order {}", block, head, info.order());
        }
        if (info.order() != order) {
            memory_fault("free of frame {} with order {}, allocated with order {}", block, order, info.order());
        }
        memory_fault("free of frame {} as use {}, allocated as use {}", block, static_cast<u32>(use),
                     static_cast<u32>(info.use()));
    }
    memory_fault("free of frame {}, which was never allocated", block);
}

}  // namespace quartet::mm
