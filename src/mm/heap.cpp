// SPDX-License-Identifier: MIT

#include <arch/linear_map.hpp>
#include <base/assert.hpp>
#include <mm/heap.hpp>
#include <mm/large_blocks.hpp>
#include <mm/memory_fault.hpp>

namespace quartet::mm {

namespace {

PhysAddr physical(const void* memory) {
    return arch::linear_physical(Unsafe{"the answer for a stranger is: no bank"}, memory);
}

Slab* slab_at(void* memory, FrameInfo info) {
    return reinterpret_cast<Slab*>(align_down(reinterpret_cast<uptr>(memory), block_bytes(info.order())));
}

// Whether the frame is the first one of a large block.
bool heads_large(FrameInfo info) { return info.use() == FrameUse::Heap || info.use() == FrameUse::Whole; }

// Whether that block begins at `memory`.
bool is_large(const void* memory, FrameInfo info) {
    return heads_large(info) && is_aligned(reinterpret_cast<uptr>(memory), block_bytes(info.order()));
}

// Debug builds, of a large block.
bool was_asked_for(const void* memory, FrameInfo info, usize size) {
    const usize bytes = block_bytes(info.order());
    if (info.use() == FrameUse::Whole) return size > bytes - large_extra && size <= bytes;
    return large_requested(memory, bytes) == size;
}

uptr caller_of(void* return_address) { return reinterpret_cast<uptr>(return_address) - 4; }

}  // namespace

constinit Heap kernel_heap{kernel_bump, kernel_frames};

void Heap::start() noexcept {
    // Release: pairs with the acquires of `started` and `memory`.
    current_.store(&slabs_, arch::Order::Release);
}

Result<void*> Heap::allocate_large(usize size, usize align) {
    refuse_handlers();
    if (!is_power_of_two(align)) return fail(Error::Invalid);
    if (!started()) {
        void* memory = allocate_from_bump(size, align);
        if (memory == nullptr) return fail(Error::NoMemory);
        return memory;
    }
    const usize most = block_bytes(max_order);
    if (std::max(size, align) > most) return fail(Error::NoMemory);
    // What a release build can give, a debug build gives: only behind the last bytes of all is nothing looked at.
    const bool recorded = size <= most - large_extra;
    const u32 order = order_for(std::max(recorded ? size + large_extra : size, align));
    const PhysAddr block = TRY(frames_.allocate(order, recorded ? FrameUse::Heap : FrameUse::Whole));
    void* memory = arch::linear_pointer(Unsafe{"frames of the allocator are in the linear map"}, block);
    if constexpr (checks_enabled) {
        if (recorded) mark_large(memory, block_bytes(order), size, caller_of(__builtin_return_address(0)));
    }
    return memory;
}

void* Heap::allocate_from_bump(usize size, usize align) {
    auto memory = bump_.allocate(size, align);
    return memory ? *memory : nullptr;
}

void* Heap::allocate_checked(Cache& cache, usize size) {
    return cache.allocate_checked(size, caller_of(__builtin_return_address(0)));
}

void Heap::free(void* memory) { free_at(memory, caller_of(__builtin_return_address(0))); }

void Heap::free_slowly(void* memory, usize size, usize align) {
    if constexpr (checks_enabled) {
        if (memory != nullptr && !is_boot_memory(memory)) {
            const FrameInfo info = frames_.info(physical(memory));
            const usize wanted = class_size(size, align);
            const bool large = wanted > largest_class;
            if (large ? !is_large(memory, info) || !was_asked_for(memory, info, size)
                      : info.use() == FrameUse::Slab && slab_at(memory, info)->cache != &caches_[class_of(wanted)]) {
                memory_fault("sized free of {} with {} bytes: it was not allocated with that size (freed at {})",
                             memory, size, CodeName{caller_of(__builtin_return_address(0))}.text());
            }
        }
    }
    free_at(memory, caller_of(__builtin_return_address(0)));
}

void Heap::free_at(void* memory, uptr caller) {
    if (memory == nullptr || is_boot_memory(memory)) return;
    const PhysAddr at = physical(memory);
    const FrameInfo info = frames_.info(at);
    if (info.use() == FrameUse::Slab) [[likely]] {
        Cache* cache = slab_at(memory, info)->cache;
        if constexpr (checks_enabled) cache->free_checked(memory, caller);
        else arch::quartet_magazine_push(cache, memory);
        return;
    }
    refuse_handlers();
    if (heads_large(info)) {
        if constexpr (checks_enabled) {
            // The middle of a block has no record behind it: the frame allocator refuses that.
            const bool recorded = info.use() == FrameUse::Heap && is_large(memory, info);
            if (recorded && !expect_large_sound(memory, block_bytes(info.order()), caller)) return;
        }
        return frames_.free(at, info.order(), info.use());
    }
    if (info.use() == FrameUse::Free) {
        memory_fault("free of {}, which is free already (freed at {})", memory, CodeName{caller}.text());
    }
    memory_fault("free of {}, which is not the heap's (freed at {})", memory, CodeName{caller}.text());
}

usize Heap::usable_size(const void* memory) const {
    const FrameInfo info = frames_.info(physical(memory));
    // In debug builds all behind the bytes asked for is red zone.
    if (checks_enabled && info.use() == FrameUse::Heap) return large_requested(memory, block_bytes(info.order()));
    if (heads_large(info)) return block_bytes(info.order());
    if (info.use() != FrameUse::Slab) return 0;
    return slab_at(const_cast<void*>(memory), info)->cache->layout().size;
}

u32 Heap::check() {
    u32 wrong = 0;
    for (Cache& cache : caches_) wrong += cache.check();
    return wrong;
}

void Heap::shrink() {
    for (Cache& cache : caches_) cache.shrink();
}

Status Heap::destroy() {
    Status status;
    for (Cache& cache : caches_) {
        if (Status one = cache.destroy(); !one) status = one;
    }
    return status;
}

void* Heap::Stage::do_allocate(usize bytes, usize align) {
    auto memory = heap_.allocate(bytes, align);
    return memory ? *memory : nullptr;
}

void Heap::Stage::do_deallocate(void* memory, usize bytes, usize align) { heap_.free_sized(memory, bytes, align); }

}  // namespace quartet::mm
