// SPDX-License-Identifier: MIT

#include <kernel/wait/block_pool.hpp>

#include <new>

namespace quartet::kernel {

using Order = arch::Order;

// Whether a block begins there that was ever given out. Relaxed: who has it saw `fresh_` pass it when it was taken.
bool BlockPool::was_taken_once(const void* block) const noexcept {
    const auto* at = static_cast<const std::byte*>(block);
    return at >= begin_ && at < fresh_.load(Order::Relaxed) && static_cast<usize>(at - begin_) % stride_ == 0;
}

// Who has a block may have written the same bytes: then the list decides.
bool BlockPool::marked(const void* block) const noexcept {
    uptr mark = 0;
    __builtin_memcpy(&mark, static_cast<const std::byte*>(block) + offsetof(Free, mark), sizeof mark);
    return mark == mark_of(block);
}

bool BlockPool::listed_locked(const void* block) const noexcept {
    for (const Free* free = free_; free != nullptr; free = free->next) {
        if (free == block) return true;
    }
    return false;
}

Status BlockPool::expect_taken(const void* block) const noexcept {
    if (!was_taken_once(block)) [[unlikely]]
        return fail(Error::Invalid);
    if (!marked(block)) [[likely]]
        return {};
    arch::IrqsMasked masked;
    sync::LockGuard guard{lock_, masked};
    return listed_locked(block) ? fail(Error::Busy) : Status{};
}

Status BlockPool::give(void* block) noexcept {
    if (!was_taken_once(block)) [[unlikely]]
        return fail(Error::Invalid);
    {
        arch::IrqsMasked masked;
        sync::LockGuard guard{lock_, masked};
        if (marked(block) && listed_locked(block)) [[unlikely]]
            return fail(Error::Busy);
        const u32 taken = taken_.load(Order::Relaxed);
        // A block that is free and was written to since has lost its mark: at the latest here it is one too many.
        if (taken == 0) [[unlikely]]
            return fail(Error::Busy);
        taken_.store(taken - 1, Order::Relaxed);
        free_ = new (block) Free{.next = free_, .mark = mark_of(block)};
    }
    // In the list before it is counted: whoever is woken by the count finds it there.
    return available_.give();
}

}  // namespace quartet::kernel
