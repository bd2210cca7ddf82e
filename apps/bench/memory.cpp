// SPDX-License-Identifier: MIT
//
// Figures of the allocators: 64 bytes from a named cache, and from the heap with a size that is known at the free.

#include "operation.hpp"

#include <mm/cache.hpp>
#include <mm/heap.hpp>

namespace quartet::bench {
namespace {

constexpr usize object_size = 64;
constinit mm::Cache pool{"bench", object_size};

}  // namespace

Measured pool_pair(kernel::ThreadContext&, u64 rounds) {
    u64 begin = 0;
    for (u64 n = 0; n < warm_up + rounds; ++n) {
        if (n == warm_up) begin = arch::instruction_count();
        auto object = pool.allocate();
        if (!object) [[unlikely]]
            return {};
        pool.free(*object);
    }
    return {arch::instruction_count() - begin, rounds};
}

Measured heap_pair(kernel::ThreadContext&, u64 rounds) {
    u64 begin = 0;
    for (u64 n = 0; n < warm_up + rounds; ++n) {
        if (n == warm_up) begin = arch::instruction_count();
        auto object = mm::kernel_heap.allocate(object_size);
        if (!object) [[unlikely]]
            return {};
        mm::kernel_heap.free_sized(*object, object_size);
    }
    return {arch::instruction_count() - begin, rounds};
}

}  // namespace quartet::bench
