// SPDX-License-Identifier: MIT
//
// A bounded queue of items of one size, whatever they are: what `MessageQueue<T, N>` and the C interface stand on.
// Where a receiver waits, an item goes to it directly; where a sender waits, whoever takes an item lets the sender's in.
// So slots and items never lie about for somebody quicker, and both ends are served by priority, equals in order of
// arrival.
//
// Receivers wait only while the queue is empty and senders only while it is full: there is one list for both.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/result.hpp>
#include <kernel/thread/thread_context.hpp>
#include <kernel/time/time.hpp>
#include <kernel/wait/wait_queue.hpp>

#include <cstddef>

namespace quartet::kernel {

// Items are copied with interrupts masked: for what is large, send a pointer.
class MessageQueueCore {
public:
    enum class End : u8 { Back, Front };

    // How much room `capacity` items of `item_size` bytes take. Errors: Invalid (zero, or more than an address can count).
    static Result<usize> room_for(usize item_size, usize capacity) noexcept;

    // `room` has what `room_for` says and lives as long as the queue.
    constexpr MessageQueueCore(std::byte* room, usize item_size, usize capacity)
        : begin_(room),
          end_(room + item_size * capacity),
          read_(room),
          write_(room),
          item_size_(item_size),
          capacity_(capacity) {
        check(item_size > 0 && capacity > 0, "a message queue has room for an item");
    }

    // Waits until there is room. At the front the item is the next one that is received.
    // Errors: Deleted, Timeout; WouldBlock where the timeout is zero. Context: thread.
    Status send_for(ThreadContext& self, const void* item, End end, Duration timeout) noexcept {
        if (put_if_quiet(item, item_size_, end)) return {};
        return send_slowly(self, item, end, timeout);
    }
    // Errors: WouldBlock (full), Deleted. Context: any.
    Status try_send(const void* item, End end) noexcept {
        if (put_if_quiet(item, item_size_, end)) return {};
        return try_send_slowly(item, end);
    }

    // Waits until there is an item, and copies it to `item`.
    // Errors: Deleted, Timeout; WouldBlock where the timeout is zero. Context: thread.
    Status receive_for(ThreadContext& self, void* item, Duration timeout) noexcept {
        if (take_if_quiet(item, item_size_)) return {};
        return receive_slowly(self, item, timeout);
    }
    // Errors: WouldBlock (empty), Deleted. Context: any.
    Status try_receive(void* item) noexcept {
        if (take_if_quiet(item, item_size_)) return {};
        return try_receive_slowly(item);
    }

    // Every waiter returns with Deleted, and so does every call from now on; what was queued is gone.
    // Context and cost: as WaitQueue::wake_parted.
    void close() noexcept;

    // How many items are queued: a snapshot. Context: any.
    usize size() noexcept;
    usize capacity() const noexcept { return capacity_; }

protected:
    // The cases in which nobody waits, with a size that the caller may know when it is compiled. False: look closer.
    [[gnu::always_inline]] bool put_if_quiet(const void* item, usize size, End end) noexcept {
        arch::IrqsMasked masked;
        sync::LockGuard guard{queue_.lock(), masked};
        if (count_ == capacity_ || closed_ || !queue_.empty_locked()) [[unlikely]]
            return false;
        put_locked(item, size, end);
        return true;
    }
    [[gnu::always_inline]] bool take_if_quiet(void* item, usize size) noexcept {
        arch::IrqsMasked masked;
        sync::LockGuard guard{queue_.lock(), masked};
        if (count_ == 0 || !queue_.empty_locked()) [[unlikely]]
            return false;
        take_locked(item, size);
        return true;
    }

    Status send_slowly(ThreadContext& self, const void* item, End end, Duration timeout) noexcept {
        return do_slowly(self, Side::Send, {const_cast<void*>(item), end}, timeout);  // it is only read
    }
    Status try_send_slowly(const void* item, End end) noexcept {
        return try_slowly(Side::Send, {const_cast<void*>(item), end});
    }
    Status receive_slowly(ThreadContext& self, void* item, Duration timeout) noexcept {
        return do_slowly(self, Side::Receive, {item, End::Back}, timeout);
    }
    Status try_receive_slowly(void* item) noexcept { return try_slowly(Side::Receive, {item, End::Back}); }

private:
    enum class Side : u8 { Send, Receive };
    // Of one who waits it lies on the waiter's stack: where its item is, or is to go.
    struct Request {
        void* item;
        End end;
    };
    // What an attempt did. `woken` runs after the lock is released; `again` where WaitQueue::claim_first_locked wants it.
    struct Attempt {
        Status status{};
        Thread* woken = nullptr;
        bool again = false;
    };

    // Two words, the usual message, without a call where the size is known only when it runs.
    [[gnu::always_inline]] static void copy_item(void* to, const void* from, usize size) noexcept {
        if (size == 2 * sizeof(u64)) __builtin_memcpy(to, from, 2 * sizeof(u64));
        else __builtin_memcpy(to, from, size);
    }
    // There is room.
    [[gnu::always_inline]] void put_locked(const void* item, usize size, End end) noexcept
        REQUIRES_LOCK(queue_.lock()) {
        if (end == End::Back) {
            copy_item(write_, item, size);
            write_ += size;
            if (write_ == end_) write_ = begin_;
        } else {
            read_ = (read_ == begin_ ? end_ : read_) - size;
            copy_item(read_, item, size);
        }
        count_ += 1;
    }
    // There is one.
    [[gnu::always_inline]] void take_locked(void* item, usize size) noexcept REQUIRES_LOCK(queue_.lock()) {
        copy_item(item, read_, size);
        read_ += size;
        if (read_ == end_) read_ = begin_;
        count_ -= 1;
    }

    Status do_slowly(ThreadContext& self, Side side, Request request, Duration timeout) noexcept;
    Status try_slowly(Side side, Request request) noexcept;
    Attempt attempt_locked(Side side, const Request& request) noexcept REQUIRES_LOCK(queue_.lock());

    std::byte* begin_;
    std::byte* end_;
    std::byte* read_;  // the oldest item
    std::byte* write_;  // where the next one goes
    usize item_size_;
    usize capacity_;
    usize count_ = 0;  // 0 from the close on
    bool closed_ = false;
    WaitQueue queue_{WaitKind::MessageQueue};  // receivers while it is empty, senders while it is full
};

}  // namespace quartet::kernel
