// SPDX-License-Identifier: MIT

#include <kernel/wait/block_pool.hpp>

#include <new>

namespace quartet::kernel {

using Order = arch::Order;

BlockPool::BlockPool(std::byte* room, usize block_size, usize count)
    : begin_(room),
      stride_(checked_stride(block_size, count)),
      count_(count),
      states_(new(room + stride_ * count) arch::Atomic<State>[count]),
      list_(1) {
    for (u32 number = 1; number <= count; ++number) {
        new (block_at(number)) Free{arch::Atomic<u32>{number < count ? number + 1 : List::empty}};
    }
}

u32 BlockPool::number_of(const void* block) const noexcept {
    // Wraps where it lies before the first one: then it is behind the last one, too.
    const usize offset = static_cast<usize>(static_cast<const std::byte*>(block) - begin_);
    const usize index = offset / stride_;
    return index < count_ && offset % stride_ == 0 ? static_cast<u32>(index) + 1 : 0;
}

inline Status BlockPool::begin(u32 number) noexcept {
    if (number == 0) [[unlikely]]
        return fail(Error::Invalid);
    // Relaxed: of several who give it one finds it taken, and what he wrote to it is passed on by `put`.
    if (state_of(number).exchange(State::Free, Order::Relaxed) != State::Taken) [[unlikely]]
        return fail(Error::Busy);
    return {};
}

inline Status BlockPool::put(void* block, u32 number) noexcept {
    u64 word = list_.look_to_put();
    if (list_.put(number, link_in(block), word)) [[likely]]
        return {};
    return put_slowly(block, number);
}

Status BlockPool::put_slowly(void* block, u32 number) noexcept {
    u64 word = list_.look_to_put();
    while (!list_.put(number, link_in(block), word)) {
        if (List::first_in(word) < List::first_special) continue;
        const HandedOver done = hand_over(block, number);
        if (done == HandedOver::Yes) break;
        if (done == HandedOver::Closed) return fail(Error::Deleted);
        word = list_.look_to_put();
    }
    return {};
}

Status BlockPool::begin_to_give(const void* block) noexcept { return begin(number_of(block)); }
Status BlockPool::put(void* block) noexcept { return put(block, number_of(block)); }

Status BlockPool::give(void* block) noexcept {
    const u32 number = number_of(block);
    if (Status status = begin(number); !status) [[unlikely]]
        return status;
    return put(block, number);
}

BlockPool::HandedOver BlockPool::hand_over(void* block, u32 number) noexcept {
    for (;;) {
        arch::IrqsMasked masked;
        Thread* thread = nullptr;
        {
            sync::LockGuard guard{queue_.lock(), masked};
            const u64 word = list_.look_to_put();
            if (List::first_in(word) == closed_for_ever) return HandedOver::Closed;
            if (List::first_in(word) != waited_for) return HandedOver::NobodyWaits;
            thread = queue_.claim_first_locked(WaitResult::Woken);
            if (thread == nullptr && !queue_.empty_locked()) continue;
            if (thread != nullptr) {
                // Past the list. The lock of the run queue, in `wake`, shows it to the woken.
                state_of(number).store(State::Taken, Order::Relaxed);
                *static_cast<void**>(thread->wait_request) = block;
            }
            // Relaxed: it names no block.
            if (queue_.empty_locked()) list_.word().store(List::with_first(word, List::empty), Order::Relaxed);
        }
        if (thread == nullptr) return HandedOver::NobodyWaits;
        // After the lock: the woken may destroy the pool.
        wake_and_run(*thread, masked);
        return HandedOver::Yes;
    }
}

Result<void*> BlockPool::take_slowly(ThreadContext& self, Duration timeout) noexcept {
    if (timeout == Duration::zero()) return fail(closed() ? Error::Deleted : Error::WouldBlock);
    Thread& thread = self.thread();
    Instant deadline = deadline_of(timeout);
    void* block = nullptr;
    arch::IrqsMasked masked;
    check_may_block(masked);
    {
        sync::LockGuard guard{queue_.lock(), masked};
        for (u64 word = list_.look(); List::first_in(word) != waited_for; word = list_.look()) {
            if (List::first_in(word) == closed_for_ever) return fail(Error::Deleted);
            if (List::names_one(word)) {
                // Somebody gave meanwhile.
                void* first = block_at(List::first_in(word));
                if (take_first(first, word)) return first;
            } else if (list_.word().compare_exchange(word, List::with_first(word, waited_for), Order::Relaxed,
                                                     Order::Relaxed)) {
                break;  // relaxed: nothing was taken
            }
        }
        thread.wait_request = static_cast<void*>(&block);
        queue_.join_locked(thread);
    }
    WaitResult result = WaitQueue::wait(thread, deadline, masked);
    if (result == WaitResult::Woken) [[likely]]
        return block;
    if (ended_early(result)) {
        sync::LockGuard guard{queue_.lock(), masked};
        queue_.leave_locked(thread);
        const u64 word = list_.look_to_put();
        if (queue_.empty_locked() && List::first_in(word) == waited_for)
            list_.word().store(List::with_first(word, List::empty), Order::Relaxed);
    }
    return fail(to_status(result).error());
}

void BlockPool::close() noexcept {
    // What is in the list stays there: nobody takes it any more.
    queue_.end_all(WaitResult::Deleted, [&] { list_.word().exchange(closed_for_ever, Order::AcqRel); });
}

usize BlockPool::taken() const noexcept {
    usize taken = 0;
    for (u32 number = 1; number <= count_; ++number) {
        if (state_of(number).load(Order::Relaxed) == State::Taken) ++taken;
    }
    return taken;
}

}  // namespace quartet::kernel
