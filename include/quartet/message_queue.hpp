// SPDX-License-Identifier: MIT
//
// A bounded queue of values: up to N of type T, with its room inside. Sending copies the value, receiving copies it out, both
// with interrupts masked: of what is large, send a pointer. Both ends serve their waiters by priority, equals in order
// of arrival, and an item goes to a waiting receiver directly. Handlers send and receive by the `try_` forms.

#pragma once

#include <kernel/wait/message_queue.hpp>
#include <quartet/context.hpp>
#include <quartet/result.hpp>
#include <quartet/time.hpp>

namespace quartet {

// T is trivially copyable, N > 0, and their product can be counted: else it does not compile.
template <typename T, usize N>
class MessageQueue : private kernel::MessageQueue<T, N> {
    using Kernel = kernel::MessageQueue<T, N>;

public:
    constexpr MessageQueue() = default;

    // Waits until there is room. Errors: Deleted (it is closed), Aborted (a stop request ended the wait: StopEndsWaits).
    // Context: thread. Cost: 35 instructions and the copy where there is room.
    using Kernel::send;
    Status send(const T& item) noexcept {
        ThreadContext self = this_thread::context();
        return send(self, item);
    }
    // The same with a time limit. Errors: also Timeout; WouldBlock where the time-out is zero.
    using Kernel::send_for;
    Status send_for(const T& item, Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return send_for(self, item, timeout);
    }
    // Errors: WouldBlock (full), Deleted. Context: any. Cost: as `send`.
    using Kernel::try_send;

    // As the three above, but it is the next item that is received.
    using Kernel::send_to_front;
    Status send_to_front(const T& item) noexcept {
        ThreadContext self = this_thread::context();
        return send_to_front(self, item);
    }
    using Kernel::send_to_front_for;
    Status send_to_front_for(const T& item, Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return send_to_front_for(self, item, timeout);
    }
    using Kernel::try_send_to_front;

    // Waits until there is an item. Errors: Deleted, Aborted. Context: thread. Cost: 35 instructions and the copy where
    // there is one.
    using Kernel::receive;
    Result<T> receive() noexcept {
        ThreadContext self = this_thread::context();
        return receive(self);
    }
    // The same with a time limit. Errors: also Timeout; WouldBlock where the time-out is zero.
    using Kernel::receive_for;
    Result<T> receive_for(Duration timeout) noexcept {
        ThreadContext self = this_thread::context();
        return receive_for(self, timeout);
    }
    // Errors: WouldBlock (empty), Deleted. Context: any. Cost: as `receive`.
    using Kernel::try_receive;

    // Every waiter returns with Deleted, and so does every call from now on; what was queued is gone. Destroying it while
    // threads wait is a panic. Context: any, better a thread. Cost: grows with those who wait, in steps.
    using Kernel::close;

    // How many items are queued: a snapshot. Context: any.
    using Kernel::size;
    // N. Context: any.
    using Kernel::capacity;
};

}  // namespace quartet
