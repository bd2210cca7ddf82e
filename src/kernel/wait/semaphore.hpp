// SPDX-License-Identifier: MIT
//
// A counting semaphore with a ceiling. The count and "somebody waits" are one word: negative means that
// the count is 0 and the list is not empty, so the free cases are one exclusive pair each.

#pragma once

#include <arch/atomic.hpp>
#include <arch/counting.hpp>
#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

class Semaphore {
public:
    static constexpr i32 largest = 0x7fff'ffff;

    constexpr explicit Semaphore(i32 initial = 0, i32 ceiling = largest) : word_(initial), ceiling_(ceiling) {
        check(ceiling > 0 && initial >= 0 && initial <= ceiling, "a semaphore begins between 0 and its ceiling");
    }

    // Waits until there is one. Errors: Deleted, Timeout. Context: thread. Cost: 12 instructions where one is there.
    [[gnu::always_inline]] Status take(ThreadContext& self) noexcept {
        if (arch::take_if_positive(word_)) [[likely]]
            return {};
        return to_status(take_slowly(self, Duration::forever()));
    }
    [[gnu::always_inline]] Status take_for(ThreadContext& self, Duration timeout) noexcept {
        if (arch::take_if_positive(word_)) [[likely]]
            return {};
        if (timeout == Duration::zero()) return fail(is_closed() ? Error::Deleted : Error::WouldBlock);
        return to_status(take_slowly(self, timeout));
    }

    // Context: any.
    [[gnu::always_inline]] bool try_take() noexcept { return arch::take_if_positive(word_); }

    // One more; a thread that waits has it at once. Errors: Busy (at the ceiling: who takes from it sees this too), Deleted.
    // Context: any. Cost: 12 instructions where nobody waits; see WaitQueue::claim_first_locked for who timed out.
    [[gnu::always_inline]] Status give() noexcept {
        if (arch::give_below(word_, ceiling_)) [[likely]]
            return {};
        Given given = give_slowly();
        if (given == Given::Yes) [[likely]]
            return {};
        return fail(given == Given::Full ? Error::Busy : Error::Deleted);
    }

    // Every waiter returns with Deleted, and so does every call from now on. Context and cost: as WaitQueue::wake_parted.
    void close() noexcept;

    bool is_closed() const noexcept { return word_.load(arch::Order::Relaxed) == closed; }
    i32 ceiling() const noexcept { return ceiling_; }
    // A snapshot.
    i32 count() const noexcept {
        i32 word = word_.load(arch::Order::Relaxed);
        return word > 0 ? word : 0;
    }

private:
    static constexpr i32 waited_for = -1;
    static constexpr i32 closed = -2;

    // Woken where one was had after all.
    WaitResult take_slowly(ThreadContext& self, Duration timeout) noexcept;
    enum class Given : u32 { Yes, Full, Closed };
    Given give_slowly() noexcept;

    arch::Atomic<i32> word_;
    i32 ceiling_;
    WaitQueue queue_{WaitKind::Semaphore};
};

}  // namespace quartet::kernel
