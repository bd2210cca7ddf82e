// SPDX-License-Identifier: MIT
//
// From a handler to a thread: a ring with one writer and one reader. Writing takes no lock and never waits; reading waits
// until there is something.

#pragma once

#include <base/ring.hpp>
#include <kernel/wait/ring_doorbell.hpp>
#include <sync/ring_atomics.hpp>

#include <type_traits>

namespace quartet::kernel {

// `N` is a power of two.
template <typename T, usize N>
class HandlerRing {
    static_assert(std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>,
                  "an item is copied by assignment: put a pointer to what is more");

public:
    constexpr HandlerRing() = default;

    // Errors: WouldBlock (full: the item is not stored), Deleted.
    // Context: any, one writer at a time. Cost: 16 instructions and the copy where the reader does not wait.
    Status put(const T& item) noexcept {
        if (!ring_.put(item)) return doorbell_.closed() ? fail(Error::Deleted) : fail(Error::WouldBlock);
        return doorbell_.ring();
    }

    // Waits until there is one. Errors: Deleted, Busy (another thread waits here already).
    // Context: thread, one reader at a time. Cost: 15 instructions and the copy where there is one.
    Result<T> get(ThreadContext& self) noexcept { return get_for(self, Duration::forever()); }
    // Errors: also Timeout; WouldBlock where the timeout is zero.
    Result<T> get_for(ThreadContext& self, Duration timeout) noexcept {
        T item{};
        if (doorbell_.closed()) return fail(Error::Deleted);
        if (ring_.take(item)) [[likely]]
            return item;
        const RingDoorbell::Look look{[](void* ring) noexcept { return !static_cast<Ring*>(ring)->empty(); }, &ring_};
        if (Status status = doorbell_.wait(self, timeout, look); !status) return fail(status.error());
        static_cast<void>(ring_.take(item));  // there is one, and nobody else takes it
        return item;
    }
    // Errors: WouldBlock (empty), Deleted. Context: the reader's, a handler too.
    Result<T> try_get() noexcept {
        T item{};
        if (doorbell_.closed()) return fail(Error::Deleted);
        if (!ring_.take(item)) return fail(Error::WouldBlock);
        return item;
    }

    // The reader returns with Deleted, and so does every call from now on; what was in the ring is gone. Context: any.
    void close() noexcept { doorbell_.close(); }

    // A snapshot.
    usize size() const noexcept { return ring_.size(); }

private:
    using Ring = ItemRing<T, N, sync::RingAtomics>;

    Ring ring_;
    RingDoorbell doorbell_;
};

}  // namespace quartet::kernel
