// SPDX-License-Identifier: MIT
//
// How the reader of a ring sleeps, and how the writer, which takes no lock, wakes it.
//
// The writer stores its item, then looks whether the reader waits. The reader says that it waits, then looks whether there
// is an item. Between store and look both have a full barrier: at least one sees the other's store (store
// buffering, Arm ARM B2.3). Without either barrier both may see the old values, and the reader sleeps beside a full ring.

#pragma once

#include <arch/atomic.hpp>
#include <arch/barrier.hpp>
#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/wait_queue.hpp>

namespace quartet::kernel {

class RingDoorbell {
public:
    constexpr RingDoorbell() = default;

    // Whether there is something in the ring. Called under a lock: short, and takes none.
    struct Look {
        bool (*there)(void* ring) noexcept;
        void* ring;
    };

    // After something was put in. Errors: Deleted. Context: any. Cost: 3 instructions where nobody waits.
    [[gnu::always_inline]] Status ring() noexcept {
        arch::full_fence();  // pairs with the one in `wait`
        if (state_.load(arch::Order::Relaxed) == State::Quiet) [[likely]]
            return {};
        return wake_reader();
    }

    // Waits until there is something. Errors: Deleted, Timeout, Busy (another thread waits here); WouldBlock where the
    // timeout is zero. Context: thread.
    Status wait(ThreadContext& self, Duration timeout, const Look& look) noexcept;

    void close() noexcept;
    // Relaxed: who is told late has put or taken before.
    bool closed() const noexcept { return state_.load(arch::Order::Relaxed) == State::Closed; }

private:
    enum class State : u8 { Quiet, Waiting, Closed };

    Status wake_reader() noexcept;

    arch::Atomic<State> state_{State::Quiet};  // written under the queue's lock
    WaitQueue queue_{WaitKind::Ring};
};

}  // namespace quartet::kernel
