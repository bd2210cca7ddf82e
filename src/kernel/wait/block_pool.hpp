// SPDX-License-Identifier: MIT
//
// A fixed number of blocks of one size, for which threads wait when all are taken: memory with a bound that is known
// when the pool is made. A semaphore counts the free ones, so who waits is served by priority; a list holds them.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/semaphore.hpp>
#include <sync/spin_lock.hpp>

#include <cstddef>

namespace quartet::kernel {

class BlockPool {
public:
    static constexpr usize block_align = 16;

    // How much room `count` blocks of `block_size` bytes take. Errors: Invalid (zero, or more than can be counted).
    static Result<usize> room_for(usize block_size, usize count) noexcept;

    // `room` has what `room_for` says, is aligned to `block_align`, and lives as long as the pool.
    BlockPool(std::byte* room, usize block_size, usize count) noexcept
        : begin_(room),
          fresh_(room),
          stride_(stride_of(block_size)),
          end_(room + stride_ * count),
          available_(static_cast<i32>(count), static_cast<i32>(count)) {}

    // Waits until there is one. Its bytes are as they were left. Errors: Deleted, Timeout; WouldBlock where the timeout
    // is zero. Context: thread.
    Result<void*> take_for(ThreadContext& self, Duration timeout) noexcept {
        Status taken = available_.take_for(self, timeout);
        if (!taken) [[unlikely]]
            return fail(taken.error());
        return pop();
    }
    // Null where there is none. Context: any.
    [[gnu::always_inline]] void* try_take() noexcept { return available_.try_take() ? pop() : nullptr; }

    // Gives `block` back; a thread that waits has it at once. Errors: Invalid (not the beginning of a block of this pool), Busy (all
    // are back already: it was given twice), Deleted. Context: any.
    Status give(void* block) noexcept;

    // Every waiter returns with Deleted, and so does every call from now on. Context and cost: as Semaphore::close.
    void close() noexcept { available_.close(); }

    bool is_closed() const noexcept { return available_.is_closed(); }
    // How many are free: a snapshot.
    i32 available() const noexcept { return available_.count(); }

private:
    struct Free {
        Free* next;
    };

    static constexpr usize stride_of(usize block_size) { return (block_size + block_align - 1) & ~(block_align - 1); }

    // The semaphore has counted it for the caller, so there is one.
    [[gnu::always_inline]] void* pop() noexcept {
        arch::IrqsMasked masked;
        sync::LockGuard guard{lock_, masked};
        Free* block = free_;
        if (block == nullptr) [[unlikely]] {
            std::byte* fresh = fresh_;
            fresh_ += stride_;
            return fresh;
        }
        free_ = block->next;
        return block;
    }

    std::byte* const begin_;
    std::byte* fresh_ GUARDED_BY(lock_);  // what lies from here on was never taken
    const usize stride_;
    std::byte* const end_;
    Semaphore available_;
    sync::SpinLock<sync::LockRank::WaitQueue> lock_;
    Free* free_ GUARDED_BY(lock_) = nullptr;
};

}  // namespace quartet::kernel
