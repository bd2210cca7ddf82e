// SPDX-License-Identifier: MIT

#include <kernel/wait/block_pool.hpp>

namespace quartet::kernel {

Result<usize> BlockPool::room_for(usize block_size, usize count) noexcept {
    if (block_size == 0 || count == 0 || count > static_cast<usize>(Semaphore::largest)) return fail(Error::Invalid);
    if (block_size > ~usize{0} - block_align) return fail(Error::Invalid);
    usize room = 0;
    if (__builtin_mul_overflow(stride_of(block_size), count, &room)) return fail(Error::Invalid);
    return room;
}

Status BlockPool::give(void* block) noexcept {
    auto* at = static_cast<std::byte*>(block);
    if (at < begin_ || at >= end_ || static_cast<usize>(at - begin_) % stride_ != 0) [[unlikely]]
        return fail(Error::Invalid);
    {
        arch::IrqsMasked masked;
        sync::LockGuard guard{lock_, masked};
        if (at >= fresh_) [[unlikely]]
            return fail(Error::Invalid);
        // All are back: one more would be in the list twice.
        if (available_.count() == available_.ceiling()) [[unlikely]]
            return fail(Error::Busy);
        free_ = new (block) Free{free_};
    }
    // In the list before it is counted: whoever is woken by the count finds it there.
    return available_.give();
}

}  // namespace quartet::kernel
