// SPDX-License-Identifier: MIT
//
// A memory resource over a pool: each allocation is one block, whatever its size below that. So a container has memory
// with a bound, and in any context.

#pragma once

#include <base/assert.hpp>
#include <kernel/wait/block_pool.hpp>
#include <mm/memory_resource.hpp>

namespace quartet::kernel {

class PoolResource final : public mm::MemoryResource {
public:
    // `pool` lives longer.
    constexpr explicit PoolResource(BlockPool& pool) : pool_(pool) {}

private:
    // Null where no block is free, the pool is closed, or a block is too small or not aligned enough. Context: any.
    void* do_allocate(usize bytes, usize align) override {
        return bytes <= pool_.block_size() && align <= BlockPool::block_align ? pool_.try_take() : nullptr;
    }
    // Context: any.
    void do_deallocate(void* memory, usize, usize) override {
        const Status given = pool_.give(memory);
        debug_check(given || given.error() == Error::Deleted, "a block goes back to the pool that it came from, once");
    }

    BlockPool& pool_;
};

}  // namespace quartet::kernel
