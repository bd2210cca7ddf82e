// SPDX-License-Identifier: MIT
//
// A source of memory that is chosen at run time, of the shape of std::pmr::memory_resource, which a
// freestanding library does not have. One difference: memory that cannot be had is a null pointer,
// because there are no exceptions.
//
// There are: `kernel_memory()`, the global allocator in its stage (mm/heap.hpp); MonotonicResource over a buffer of the
// caller's (mm/monotonic_resource.hpp); PoolResource over blocks of one size (kernel/wait/pool_resource.hpp).

#pragma once

#include <base/assert.hpp>
#include <base/types.hpp>

namespace quartet::mm {

class MemoryResource {
public:
    static constexpr usize default_align = 16;

    // Null where there is none. Context: that of the resource: kernel_memory() wants a thread or boot. Stops in debug builds
    // where `align` is no power of two. Cost: that of the resource, and a call through a table.
    [[nodiscard]] void* allocate(usize bytes, usize align = default_align) {
        debug_check(is_power_of_two(align), "an alignment is a power of two");
        return do_allocate(bytes, align);
    }
    // With the same numbers as at the allocation. Null is allowed. Context: as `allocate`.
    void deallocate(void* memory, usize bytes, usize align = default_align) {
        if (memory != nullptr) do_deallocate(memory, bytes, align);
    }
    // Whether what one of them gave may go back to the other.
    bool is_equal(const MemoryResource& other) const noexcept { return do_is_equal(other); }

protected:
    constexpr MemoryResource() = default;
    MemoryResource(const MemoryResource&) = delete;
    MemoryResource& operator=(const MemoryResource&) = delete;
    ~MemoryResource() = default;  // nobody deletes through this base

private:
    // `align` is a power of two; `memory` is not null.
    virtual void* do_allocate(usize bytes, usize align) = 0;
    virtual void do_deallocate(void* memory, usize bytes, usize align) = 0;
    virtual bool do_is_equal(const MemoryResource& other) const noexcept { return this == &other; }
};

inline bool operator==(const MemoryResource& a, const MemoryResource& b) noexcept { return a.is_equal(b); }

}  // namespace quartet::mm
