// SPDX-License-Identifier: MIT
//
// A bounded queue of values: up to N of type T, with its room inside. Sending copies the value, receiving copies it out.

#pragma once

#include <kernel/wait/message_queue_core.hpp>

#include <type_traits>

namespace quartet::kernel {

template <typename T, usize N>
class MessageQueue : private MessageQueueCore {
    static_assert(std::is_trivially_copyable_v<T>, "an item is copied byte by byte: send a pointer to what is more");
    static_assert(N > 0, "a message queue has room for an item");

public:
    constexpr MessageQueue() : MessageQueueCore(room_, sizeof(T), N) {}

    // Waits until there is room. Errors: Deleted. Context: thread. Cost: 35 instructions and the copy where there is.
    Status send(ThreadContext& self, const T& item) noexcept { return send_for(self, item, Duration::forever()); }
    // Errors: Deleted, Timeout; WouldBlock where the timeout is zero.
    Status send_for(ThreadContext& self, const T& item, Duration timeout) noexcept {
        if (put_if_quiet(&item, sizeof(T), End::Back)) [[likely]]
            return {};
        return send_slowly(self, &item, End::Back, timeout);
    }
    // Errors: WouldBlock (full), Deleted. Context: any.
    Status try_send(const T& item) noexcept {
        if (put_if_quiet(&item, sizeof(T), End::Back)) [[likely]]
            return {};
        return try_send_slowly(&item, End::Back);
    }

    // The same, but it is the next item that is received.
    Status send_to_front(ThreadContext& self, const T& item) noexcept {
        return send_to_front_for(self, item, Duration::forever());
    }
    Status send_to_front_for(ThreadContext& self, const T& item, Duration timeout) noexcept {
        if (put_if_quiet(&item, sizeof(T), End::Front)) return {};
        return send_slowly(self, &item, End::Front, timeout);
    }
    Status try_send_to_front(const T& item) noexcept {
        if (put_if_quiet(&item, sizeof(T), End::Front)) return {};
        return try_send_slowly(&item, End::Front);
    }

    // Waits until there is an item. Errors: Deleted. Context: thread. Cost: 35 instructions and the copy where there is.
    Result<T> receive(ThreadContext& self) noexcept { return receive_for(self, Duration::forever()); }
    // Errors: Deleted, Timeout; WouldBlock where the timeout is zero.
    Result<T> receive_for(ThreadContext& self, Duration timeout) noexcept {
        Landing item;
        if (take_if_quiet(item.bytes, sizeof(T))) [[likely]]
            return item.value();
        if (Status status = receive_slowly(self, item.bytes, timeout); !status) return fail(status.error());
        return item.value();
    }
    // Errors: WouldBlock (empty), Deleted. Context: any.
    Result<T> try_receive() noexcept {
        Landing item;
        if (take_if_quiet(item.bytes, sizeof(T))) return item.value();
        if (Status status = try_receive_slowly(item.bytes); !status) return fail(status.error());
        return item.value();
    }

    // Every waiter returns with Deleted, and so does every call from now on; what was queued is gone.
    // Context and cost: as WaitQueue::wake_parted.
    using MessageQueueCore::close;
    // How many items are queued: a snapshot. Context: any.
    using MessageQueueCore::capacity;
    using MessageQueueCore::size;

private:
    // Where an item arrives, because T need not have a default.
    struct Landing {
        alignas(T) std::byte bytes[sizeof(T)];
        T value() const { return __builtin_bit_cast(T, bytes); }
    };

    alignas(T) std::byte room_[N * sizeof(T)] = {};
};

}  // namespace quartet::kernel
