// SPDX-License-Identifier: MIT
//
// A fixed number of blocks of one size, for which threads wait when all are taken: memory with a bound that is known
// when the pool is made.
//
// The free blocks are a list of which one word says everything (sync/free_list.hpp): the number of its first block, or that
// somebody waits, or that the pool is closed. Where nobody waits, taking and giving are one compare-exchange of that word each.
//
// Beside the blocks there is a byte for each of them, which says whether it is taken. So a block is never in the list twice.

#pragma once

#include <arch/atomic.hpp>
#include <base/assert.hpp>
#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/wait_queue.hpp>
#include <sync/free_list.hpp>

#include <cstddef>

namespace quartet::kernel {

class BlockPool {
public:
    static constexpr usize block_align = 16;
    static constexpr usize most_blocks = 0x7fff'ffff;

    // How much room `count` blocks of `block_size` bytes take. Errors: Invalid (zero, or more than can be counted).
    static constexpr Result<usize> room_for(usize block_size, usize count) noexcept {
        usize room = 0;
        if (block_size == 0 || count == 0 || count > most_blocks) return fail(Error::Invalid);
        if (block_size > ~usize{0} - block_align) return fail(Error::Invalid);
        if (__builtin_mul_overflow(stride_of(block_size), count, &room)) return fail(Error::Invalid);
        if (__builtin_add_overflow(room, stride_of(count), &room)) return fail(Error::Invalid);
        return room;
    }

    // `room` has what `room_for` says, is aligned to `block_align`, and lives as long as the pool. Stops where that
    // function has no answer. Cost: a step for each block.
    BlockPool(std::byte* room, usize block_size, usize count);
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;

    // Waits until there is one. Its bytes are as they were left, but for the first 4. Errors: Deleted, Timeout;
    // WouldBlock where the timeout is zero. Context: thread.
    Result<void*> take_for(ThreadContext& self, Duration timeout) noexcept {
        if (void* block = try_take()) [[likely]]
            return block;
        return take_slowly(self, timeout);
    }
    // Null where there is none, or the pool is closed. Context: any.
    [[gnu::always_inline]] void* try_take() noexcept {
        u64 word = list_.look();
        while (List::names_one(word)) [[likely]] {
            void* first = block_at(List::first_in(word));
            if (take_first(first, word)) [[likely]]
                return first;
        }
        return nullptr;
    }

    // Gives `block` back; a thread that waits has it at once. Errors: Invalid (not the beginning of a block of this pool),
    // Busy (it is free already: it was given twice); Deleted (the pool is closed: it is back all the same). Context: any.
    Status give(void* block) noexcept;
    // The same in two steps, for who has something to do with the block in between. From the first one on, which may refuse
    // it, it counts as free, and nobody else may give it. Context: any.
    Status begin_to_give(const void* block) noexcept;
    Status put(void* block) noexcept;

    // Every waiter returns with Deleted, and so does every call from now on. Context and cost: as WaitQueue::wake_parted.
    void close() noexcept;
    bool closed() const noexcept { return List::first_in(list_.look_to_put()) == closed_for_ever; }

    // How many can be taken, and how many somebody has, also after `close`: snapshots. Context: any. Cost: a step for
    // each block.
    usize available() const noexcept { return closed() ? 0 : count_ - taken(); }
    usize taken() const noexcept;
    // The bytes of each block. Context: any.
    usize block_size() const noexcept { return stride_; }

private:
    using List = sync::FreeList<>;
    // In a free block.
    struct Free {
        arch::Atomic<u32> next;  // the number of the block after it; 0: it is the last one
    };
    enum class State : u8 { Free, Taken };

    // What the list's word says instead of a number. It changes under the queue's lock alone then, because what goes without
    // the lock refuses it.
    static constexpr u32 closed_for_ever = List::first_special;
    static constexpr u32 waited_for = List::first_special + 1;

    static constexpr usize stride_of(usize block_size) { return (block_size + block_align - 1) & ~(block_align - 1); }
    static constexpr usize checked_stride(usize block_size, usize count) {
        check(room_for(block_size, count).has_value(),
              "a pool has blocks, of a size, and an address counts their bytes");
        return stride_of(block_size);
    }

    std::byte* block_at(u32 number) const noexcept { return begin_ + (number - 1) * stride_; }
    static arch::Atomic<u32>& link_in(void* block) noexcept { return static_cast<Free*>(block)->next; }
    arch::Atomic<State>& state_of(u32 number) const noexcept { return states_[number - 1]; }
    // 0: no block begins there.
    u32 number_of(const void* block) const noexcept;

    // Takes the block that `word` names, if that still is the word; `word` is what was found, if not.
    [[gnu::always_inline]] bool take_first(void* block, u64& word) noexcept {
        const u32 number = List::first_in(word);
        if (!list_.take(link_in(block), word)) return false;
        // Relaxed: whoever gives it had it from here.
        state_of(number).store(State::Taken, arch::Order::Relaxed);
        return true;
    }

    Result<void*> take_slowly(ThreadContext& self, Duration timeout) noexcept;

    Status begin(u32 number) noexcept;
    Status put(void* block, u32 number) noexcept;
    [[gnu::noinline]] Status put_slowly(void* block, u32 number) noexcept;
    enum class HandedOver : u32 { Yes, NobodyWaits, Closed };
    HandedOver hand_over(void* block, u32 number) noexcept;

    std::byte* const begin_;
    const usize stride_;
    const usize count_;
    arch::Atomic<State>* const states_;
    List list_;
    WaitQueue queue_{WaitKind::Pool};
};

}  // namespace quartet::kernel
