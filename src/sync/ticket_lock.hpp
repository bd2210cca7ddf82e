// SPDX-License-Identifier: MIT
//
// The bare spin lock: first come, first served, so that no core waits for more than the others'
// one turn each. Fairness is what bounds a real-time kernel's waits; a test-and-set lock can starve.
// `SpinLock` (spin_lock.hpp) adds rank and interrupt policy; nothing else uses this directly.

#pragma once

#include <arch/halved_word.hpp>
#include <base/types.hpp>
#include <sync/clock.hpp>
#include <sync/standstill.hpp>

namespace quartet::sync {

// What the lock needs of the machine; the models put their own atomics here.
struct MachineAtomics {
    using Word = arch::HalvedWord;
    using Order = arch::Order;
};

template <typename Atomics = MachineAtomics>
class TicketLock {
    using Word = typename Atomics::Word;
    using Order = typename Atomics::Order;

public:
    constexpr TicketLock() = default;

    // Cost: 7 instructions where it is free.
    void take() noexcept {
        // Acquire pairs with the release in `release`: the word that a ticket is drawn from names the one that is served
        // as well. Where they are the same, the last holder's store is what wrote that half; what he wrote is seen by us.
        u32 word = word_.fetch_add(one_ticket, Order::Acquire);
        if (!is_free(word)) [[unlikely]]
            word_.wait_until_lower(next(word));
    }

    // The same, with an end. False: the lock was not to be had, and is lost for all: the ticket drawn is nobody's. While the
    // machine is let stand the time begins anew.
    bool take_within(u32 milliseconds) noexcept {
        u32 word = word_.fetch_add(one_ticket, Order::Acquire);  // orders as in `take`
        if (is_free(word)) return true;
        auto served = [&] { return serving(word_.load(Order::Acquire)) == next(word); };
        for (u32 seen = standstills.load(arch::Order::Relaxed), now = seen;; seen = now) {
            if (wait_until(milliseconds, served)) return true;
            now = standstills.load(arch::Order::Relaxed);
            if (now == seen && now % 2 == 0) return false;
        }
    }

    bool try_take() noexcept {
        u32 word = word_.load(Order::Relaxed);
        // Acquire pairs with `release`: the word is still the one of a free lock when the ticket is drawn.
        return is_free(word) && word_.compare_exchange(word, word + one_ticket, Order::Acquire, Order::Relaxed);
    }

    // Cost: 3 instructions.
    void release() noexcept {
        // Relaxed read: only the holder writes that half. The release store pairs with the acquires above,
        // and by clearing the waiters' exclusive monitors it wakes them.
        u32 word = word_.load(Order::Relaxed);
        word_.store_lower(static_cast<u16>(word + 1), Order::Release);
    }

    // Free, whoever holds it or waits for it: they never come to it. Context: nobody else runs.
    void abandon() noexcept {
        // The tickets that were drawn are passed by, so none of them is served. Relaxed: nobody else is there to be ordered with.
        word_.store_lower(next(word_.load(Order::Relaxed)), Order::Relaxed);
    }

    // A snapshot, for reports and checks.
    bool taken() const noexcept { return !is_free(word_.load(Order::Relaxed)); }

    // In bytes; the machine is little-endian.
    static constexpr usize serving_offset() { return 0; }

private:
    // The ticket that is served is the lower half, the next one to be drawn the upper: drawing carries into nothing.
    static constexpr u32 one_ticket = 1u << 16;
    static constexpr u16 serving(u32 word) { return static_cast<u16>(word); }
    static constexpr u16 next(u32 word) { return static_cast<u16>(word >> 16); }
    static bool is_free(u32 word) { return Word::halves_equal(word); }

    Word word_{};
};

}  // namespace quartet::sync
