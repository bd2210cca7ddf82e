// SPDX-License-Identifier: MIT
//
// A fixed number of blocks of one size, for which threads wait when all are taken: memory with a bound that is known
// when the pool is made. A semaphore counts the free ones, so who waits is served by priority; a list holds them.
//
// A block that is given back carries a mark until it is taken again. Who gives one back that carries it is looked up in
// the list: so a block is never in it twice, in any build, and only such a mistake costs the walk.

#pragma once

#include <arch/atomic.hpp>
#include <arch/irq_mask.hpp>
#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/semaphore.hpp>
#include <sync/spin_lock.hpp>

#include <bit>
#include <cstddef>

namespace quartet::kernel {

class BlockPool {
public:
    static constexpr usize block_align = 16;

    // How much room `count` blocks of `block_size` bytes take. Errors: Invalid (zero, or more than can be counted).
    static constexpr Result<usize> room_for(usize block_size, usize count) noexcept {
        usize room = 0;
        if (block_size == 0 || count == 0 || count > usize{Semaphore::largest}) return fail(Error::Invalid);
        if (block_size > ~usize{0} - block_align) return fail(Error::Invalid);
        if (__builtin_mul_overflow(stride_of(block_size), count, &room)) return fail(Error::Invalid);
        return room;
    }

    // `room` has what `room_for` says, is aligned to `block_align`, and lives as long as the pool. Stops where that
    // function has no answer.
    constexpr BlockPool(std::byte* room, usize block_size, usize count)
        : begin_(room),
          fresh_(room),
          stride_(checked_stride(block_size, count)),
          end_(room + stride_ * count),
          available_(static_cast<i32>(count), static_cast<i32>(count)) {}

    // Waits until there is one. Its bytes are as they were left, but for the first 16. Errors: Deleted, Timeout;
    // WouldBlock where the timeout is zero. Context: thread.
    Result<void*> take_for(ThreadContext& self, Duration timeout) noexcept {
        Status taken = available_.take_for(self, timeout);
        if (!taken) [[unlikely]]
            return fail(taken.error());
        return pop();
    }
    // Null where there is none, or the pool is closed. Context: any.
    [[gnu::always_inline]] void* try_take() noexcept { return available_.try_take() ? pop() : nullptr; }

    // Gives `block` back; a thread that waits has it at once. Errors: Invalid (not the beginning of a block that was
    // taken from this pool), Busy (it is free already: it was given twice); Deleted (the pool is closed: it is back all the
    // same). Context: any. Cost: where it was given twice, masked, a step for each free block.
    Status give(void* block) noexcept;

    // What `give` would refuse `block` for, without giving it: Invalid or Busy. Context and cost: as `give`.
    Status expect_taken(const void* block) const noexcept;

    // Every waiter returns with Deleted, and so does every call from now on. Context and cost: as Semaphore::close.
    void close() noexcept { available_.close(); }
    bool closed() const noexcept { return available_.is_closed(); }

    // How many are free, and how many somebody has, also after `close`: snapshots. Context: any.
    i32 available() const noexcept { return available_.count(); }
    u32 taken() const noexcept { return taken_.load(arch::Order::Relaxed); }
    // The bytes of each block. Context: any.
    usize block_size() const noexcept { return stride_; }

private:
    struct Free {
        Free* next;
        uptr mark;
    };
    static_assert(sizeof(Free) == block_align, "it fits into the smallest block");

    static constexpr usize stride_of(usize block_size) { return (block_size + block_align - 1) & ~(block_align - 1); }
    static constexpr usize checked_stride(usize block_size, usize count) {
        check(room_for(block_size, count).has_value(),
              "a pool has blocks, of a size, and an address counts their bytes");
        return stride_of(block_size);
    }
    static uptr mark_of(const void* block) noexcept { return ~std::bit_cast<uptr>(block); }
    bool was_taken_once(const void* block) const noexcept;
    bool marked(const void* block) const noexcept;
    bool listed_locked(const void* block) const noexcept REQUIRES_LOCK(lock_);

    // The semaphore has counted it for the caller, so there is one.
    [[gnu::always_inline]] void* pop() noexcept {
        arch::IrqsMasked masked;
        sync::LockGuard guard{lock_, masked};
        // Relaxed: the lock orders those who change it.
        taken_.store(taken_.load(arch::Order::Relaxed) + 1, arch::Order::Relaxed);
        Free* block = free_;
        if (block == nullptr) [[unlikely]] {
            std::byte* fresh = fresh_.load(arch::Order::Relaxed);
            fresh_.store(fresh + stride_, arch::Order::Relaxed);
            return fresh;
        }
        free_ = block->next;
        block->mark = 0;
        return block;
    }

    std::byte* const begin_;
    arch::Atomic<std::byte*> fresh_;  // what lies from here on was never taken; changed under the lock
    const usize stride_;
    std::byte* const end_;
    Semaphore available_;
    mutable sync::SpinLock<sync::LockRank::WaitQueue> lock_;
    Free* free_ GUARDED_BY(lock_) = nullptr;
    arch::Atomic<u32> taken_{0};  // changed under the lock
};

}  // namespace quartet::kernel
