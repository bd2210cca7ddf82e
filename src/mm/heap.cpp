// SPDX-License-Identifier: MIT

#include <arch/linear_map.hpp>
#include <base/assert.hpp>
#include <mm/heap.hpp>
#include <mm/memory_fault.hpp>

namespace quartet::mm {

namespace {

PhysAddr physical(const void* memory) {
    return arch::linear_physical(Unsafe{"the answer for a stranger is: no bank"}, memory);
}

Slab* slab_at(void* memory, FrameInfo info) {
    return reinterpret_cast<Slab*>(align_down(reinterpret_cast<uptr>(memory), block_bytes(info.order())));
}

uptr caller_of(void* return_address) { return reinterpret_cast<uptr>(return_address) - 4; }

}  // namespace

constinit Heap kernel_heap{kernel_bump, kernel_frames};

void Heap::start() noexcept {
    // Release: pairs with the acquires of `started` and `memory`.
    current_.store(&slabs_, arch::Order::Release);
}

Result<void*> Heap::allocate_large(usize size, usize align) {
    if (!is_power_of_two(align)) return fail(Error::Invalid);
    if (!started()) {
        void* memory = allocate_from_bump(size, align);
        if (memory == nullptr) return fail(Error::NoMemory);
        return memory;
    }
    const usize bytes = std::max(size, align);
    if (bytes > block_bytes(max_order)) return fail(Error::NoMemory);
    const PhysAddr block = TRY(frames_.allocate(order_for(bytes), FrameUse::Heap));
    return arch::linear_pointer(Unsafe{"frames of the allocator are in the linear map"}, block);
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
            if (large ? info.use() != FrameUse::Heap || info.order() != order_for(std::max(size, align))
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
    if (info.use() == FrameUse::Heap) return frames_.free(at, info.order(), FrameUse::Heap);
    if (info.use() == FrameUse::Free) {
        memory_fault("free of {}, which is free already (freed at {})", memory, CodeName{caller}.text());
    }
    memory_fault("free of {}, which is not the heap's (freed at {})", memory, CodeName{caller}.text());
}

usize Heap::usable_size(const void* memory) const {
    const FrameInfo info = frames_.info(physical(memory));
    if (info.use() == FrameUse::Heap) return block_bytes(info.order());
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
