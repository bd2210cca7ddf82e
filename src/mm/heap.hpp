// SPDX-License-Identifier: MIT
//
// The global allocator. It begins on the bump allocator and goes over to slabs by one atomic store;
// what was handed out before stays valid, and freeing it is allowed and does nothing.

#pragma once

#include <arch/atomic.hpp>
#include <base/result.hpp>
#include <mm/cache.hpp>
#include <mm/memory.hpp>
#include <mm/memory_resource.hpp>
#include <mm/size_class.hpp>

#include <array>

namespace quartet::mm {

class Heap {
public:
    constexpr Heap(Bump& bump, FrameAllocator& frames)
        : bump_(bump),
          frames_(frames),
          caches_{{make_cache(0, frames), make_cache(1, frames), make_cache(2, frames), make_cache(3, frames),
                   make_cache(4, frames), make_cache(5, frames), make_cache(6, frames), make_cache(7, frames),
                   make_cache(8, frames), make_cache(9, frames), make_cache(10, frames), make_cache(11, frames),
                   make_cache(12, frames), make_cache(13, frames)}} {}
    Heap(const Heap&) = delete;
    Heap& operator=(const Heap&) = delete;

    // From here on memory comes from slabs: one store. Context: boot. Pre: the frame allocator has frames, and
    // this core has called enter_core.
    void start() noexcept;
    bool started() const noexcept {
        // Acquire: pairs with the release in `start`; the frame allocator's lists are seen whole.
        return current_.load(arch::Order::Acquire) == &slabs_;
    }

    // `size` bytes at a multiple of `align` (a power of two), contents undefined; size 0 is as size 1. Context: thread
    // or boot. Errors: NoMemory; Invalid where `align` is no power of two.
    // Cost: 11 instructions where `size` is a constant and the magazine has an object.
    [[gnu::always_inline]] Result<void*> allocate(usize size, usize align = heap_align) {
        const usize wanted = class_size(size, align);
        if (wanted > largest_class || !is_power_of_two(align)) [[unlikely]]
            return allocate_large(size, align);
        Cache& cache = caches_[class_of(wanted)];
        void* object = checks_enabled ? allocate_checked(cache, size) : arch::quartet_magazine_pop(&cache);
        if (object == nullptr) [[unlikely]]
            return fail(Error::NoMemory);
        return object;
    }

    // Null is allowed. Context: as allocate, any core. Cost: about 40 instructions.
    void free(void* memory);

    // The same where the caller knows what was asked for. Cost: 18 instructions where `size` is a constant.
    [[gnu::always_inline]] void free_sized(void* memory, usize size, usize align = heap_align) {
        if constexpr (checks_enabled) return free_slowly(memory, size, align);
        const usize wanted = class_size(size, align);
        if (wanted > largest_class) return free_slowly(memory, size, align);
        if (memory == nullptr || is_boot_memory(memory)) [[unlikely]]
            return;
        arch::quartet_magazine_push(&caches_[class_of(wanted)], memory);
    }

    // The bytes that may be used at `memory`: at least what was asked for. 0 where it is not the heap's.
    usize usable_size(const void* memory) const;

    // What std::pmr users get: the bump stage's source, or the slabs'.
    MemoryResource& memory() noexcept {
        return *current_.load(arch::Order::Acquire);  // pairs with the release in `start`
    }

    // For the caches, while the heap is in its first stage.
    void* boot_object(const SlabLayout& layout) {
        return allocate_from_bump(layout.stride, natural_align(layout.size));
    }
    bool is_boot_memory(const void* memory) const noexcept { return bump_.owns(memory); }

    // Look at every object (debug builds). Returns how many things were found wrong. Context: Cache::check's.
    u32 check();
    // Give empty slabs back to the frame allocator. Context: thread.
    void shrink();
    // Give everything back. Errors: Busy where objects are live. Context: as Cache::destroy.
    Status destroy();

private:
    // The heap in one of its stages.
    class Stage final : public MemoryResource {
    public:
        constexpr explicit Stage(Heap& heap) : heap_(heap) {}

    private:
        void* do_allocate(usize bytes, usize align) override;
        void do_deallocate(void* memory, usize bytes, usize align) override;
        Heap& heap_;
    };

    static constexpr std::array<const char*, size_classes.size()> names = {
        "heap-16",  "heap-32",  "heap-48",  "heap-64",  "heap-96",   "heap-128",  "heap-192",
        "heap-256", "heap-384", "heap-512", "heap-768", "heap-1024", "heap-1536", "heap-2048"};
    // Powers of two are aligned to themselves, all others to 16.
    static constexpr usize natural_align(usize size) { return is_power_of_two(size) ? size : heap_align; }

    constexpr Cache make_cache(u32 index, FrameAllocator& frames) {
        return Cache{names[index], size_classes[index], natural_align(size_classes[index]), frames, this};
    }

    Result<void*> allocate_large(usize size, usize align);
    void* allocate_from_bump(usize size, usize align);
    [[gnu::noinline]] void* allocate_checked(Cache& cache, usize size);
    [[gnu::noinline]] void free_slowly(void* memory, usize size, usize align);
    void free_at(void* memory, uptr caller);

    Bump& bump_;
    FrameAllocator& frames_;
    std::array<Cache, size_classes.size()> caches_;
    Stage boot_{*this};
    Stage slabs_{*this};
    arch::Atomic<MemoryResource*> current_{&boot_};
};

extern constinit Heap kernel_heap;

// The memory resource of this moment.
inline MemoryResource& kernel_memory() noexcept { return kernel_heap.memory(); }

}  // namespace quartet::mm
