// SPDX-License-Identifier: MIT
//
// The bare spin lock: first come, first served, so that no core waits for more than the others'
// one turn each. Fairness is what bounds a real-time kernel's waits; a test-and-set lock can starve.
// `SpinLock` (spin_lock.hpp) adds rank and interrupt policy; nothing else uses this directly.

#pragma once

#include <arch/atomic.hpp>
#include <arch/event_wait.hpp>
#include <base/types.hpp>
#include <sync/clock.hpp>

namespace quartet::sync {

// What the lock needs of the machine; the models put their own atomics here.
struct MachineAtomics {
    using Word = arch::Atomic<u16>;
    using Order = arch::Order;
    static void wait_until_equal(const Word& word, u16 value) noexcept { arch::wait_until_equal(word, value); }
    // False: it was not in time.
    static bool wait_until_equal(const Word& word, u16 value, u32 milliseconds) noexcept {
        return wait_until(milliseconds, [&] { return word.load(Order::Acquire) == value; });
    }
};

template <typename Atomics = MachineAtomics>
class TicketLock {
    using Order = typename Atomics::Order;

public:
    constexpr TicketLock() = default;

    void take() noexcept {
        // Relaxed: the ticket orders nothing; entering does, by the acquire of `serving_` below.
        u16 ticket = next_.fetch_add(1, Order::Relaxed);
        // Pairs with the release in `release`: what the last holder wrote is seen by us.
        if (serving_.load(Order::Acquire) != ticket) [[unlikely]]
            Atomics::wait_until_equal(serving_, ticket);
    }

    // The same, with an end. False: the lock was not to be had, and is lost for all: the ticket drawn is nobody's.
    bool take_within(u32 milliseconds) noexcept {
        u16 ticket = next_.fetch_add(1, Order::Relaxed);  // orders as in `take`
        return serving_.load(Order::Acquire) == ticket || Atomics::wait_until_equal(serving_, ticket, milliseconds);
    }

    bool try_take() noexcept {
        // Acquire pairs with `release`. `serving_` never passes `next_`, so if `next_` still
        // equals what was read here, the lock was free and the ticket taken is the one served.
        u16 serving = serving_.load(Order::Acquire);
        return next_.compare_exchange(serving, static_cast<u16>(serving + 1), Order::Relaxed, Order::Relaxed);
    }

    void release() noexcept {
        // Relaxed read: only the holder writes it. The release store pairs with the acquires above,
        // and by clearing the waiters' exclusive monitors it wakes them.
        u16 serving = serving_.load(Order::Relaxed);
        serving_.store(static_cast<u16>(serving + 1), Order::Release);
    }

    // A snapshot, for reports and checks.
    bool taken() const noexcept { return next_.load(Order::Relaxed) != serving_.load(Order::Relaxed); }

private:
    typename Atomics::Word next_{};
    typename Atomics::Word serving_{};
};

}  // namespace quartet::sync
