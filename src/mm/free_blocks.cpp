// SPDX-License-Identifier: MIT

#include <arch/linear_map.hpp>
#include <base/assert.hpp>
#include <mm/free_blocks.hpp>

namespace quartet::mm {

namespace {

FreeBlock* node(PhysAddr block) noexcept {
    return static_cast<FreeBlock*>(arch::linear_pointer(Unsafe{"free frames are RAM in the linear map"}, block));
}

uptr seal_of(const FreeBlock& block) noexcept {
    return ~(reinterpret_cast<uptr>(block.next) ^ (reinterpret_cast<uptr>(block.prev) << 1));
}

void put_seal(FreeBlock* block) noexcept {
    if constexpr (checks_enabled) block->seal = seal_of(*block);
}

void expect_seal(const FreeBlock* block) {
    if constexpr (checks_enabled) {
        check(block->seal == seal_of(*block), "a free frame was written to: the list of free blocks is damaged");
    }
}

}  // namespace

void FreeBlocks::insert(Unsafe, PhysAddr block, u32 order) {
    FreeBlock* added = node(block);
    added->next = first_[order];
    added->prev = nullptr;
    put_seal(added);
    if (added->next != nullptr) {
        expect_seal(added->next);
        added->next->prev = added;
        put_seal(added->next);
    }
    first_[order] = added;
    ++count_[order];
    nonempty_ |= 1u << order;
}

void FreeBlocks::remove(PhysAddr block, u32 order) {
    FreeBlock* gone = node(block);
    expect_seal(gone);
    if (gone->next != nullptr) {
        expect_seal(gone->next);
        gone->next->prev = gone->prev;
        put_seal(gone->next);
    }
    if (gone->prev != nullptr) {
        expect_seal(gone->prev);
        gone->prev->next = gone->next;
        put_seal(gone->prev);
    } else {
        first_[order] = gone->next;
        if (gone->next == nullptr) nonempty_ &= ~(1u << order);
    }
    --count_[order];
}

PhysAddr FreeBlocks::first(u32 order) const noexcept {
    return arch::linear_physical(Unsafe{"the lists hold linear-map addresses alone"}, first_[order]);
}

}  // namespace quartet::mm
