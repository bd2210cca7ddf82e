// SPDX-License-Identifier: MIT
//
// A source of memory that is chosen at run time, of the shape of std::pmr::memory_resource, which a
// freestanding library does not have. One difference: memory that cannot be had is a null pointer,
// because there are no exceptions.

#pragma once

#include <base/types.hpp>

namespace quartet::mm {

class MemoryResource {
public:
    static constexpr usize default_align = 16;

    // Null where there is none. Context: thread or boot.
    [[nodiscard]] void* allocate(usize bytes, usize align = default_align) { return do_allocate(bytes, align); }
    // With the same numbers as at the allocation. Null is allowed.
    void deallocate(void* memory, usize bytes, usize align = default_align) { do_deallocate(memory, bytes, align); }
    bool is_equal(const MemoryResource& other) const noexcept { return do_is_equal(other); }

protected:
    constexpr MemoryResource() = default;
    MemoryResource(const MemoryResource&) = delete;
    MemoryResource& operator=(const MemoryResource&) = delete;
    ~MemoryResource() = default;  // nobody deletes through this base

private:
    virtual void* do_allocate(usize bytes, usize align) = 0;
    virtual void do_deallocate(void* memory, usize bytes, usize align) = 0;
    virtual bool do_is_equal(const MemoryResource& other) const noexcept { return this == &other; }
};

inline bool operator==(const MemoryResource& a, const MemoryResource& b) noexcept { return a.is_equal(b); }

}  // namespace quartet::mm
