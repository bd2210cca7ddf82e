// SPDX-License-Identifier: MIT

#include "in_use.hpp"

#include <base/address.hpp>
#include <kernel/thread/thread_records.hpp>
#include <mm/heap.hpp>
#include <mm/memory.hpp>
#include <mm/stack.hpp>

#include <bit>

namespace quartet::torture {

namespace {

// Frames under stacks: of records, whether or not a thread has them now, and those that are kept for reuse.
u64 frames_of_stacks() noexcept {
    u64 frames = 0;
    u32 owned = 0;
    for (kernel::Thread* at = kernel::first_record(); at != nullptr; at = at->next_record.load(arch::Order::Acquire)) {
        if (!mm::kernel_stacks.describe(std::bit_cast<uptr>(at->stack.data()))) continue;
        frames += at->stack.size() / page_size;
        owned += 1;
    }
    return frames + (mm::kernel_stacks.count() - owned) * u64{mm::Stacks::usual_size / page_size};
}

}  // namespace

InUse in_use() noexcept {
    mm::kernel_heap.shrink();
    u64 live = 0;
    u64 slab_bytes = 0;
    for (u32 slot = 1; slot < mm::magazine_slots; ++slot) {
        const auto stats = mm::cache_stats(slot);
        if (!stats) continue;
        live += stats->live;
        slab_bytes += u64{stats->slabs} * stats->slab_bytes;
    }
    return {mm::kernel_frames.stats().free_frames + slab_bytes / page_size + frames_of_stacks(), live};
}

}  // namespace quartet::torture
