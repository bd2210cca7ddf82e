// SPDX-License-Identifier: MIT
//
// Arming and disarming, whatever it is that is due. The cheap half needs no lock: a node that still lies in this
// core's queue, by a time that is not after the new one, is armed by one exchange of its word; disarming is one
// exchange always. The other half puts the node into this core's queue, and out of the one it was in.
//
// Who holds what: `queued` in the word says truly, to a holder of the lock of the core that the node names, whether the
// node is in that core's queue. The node moves to another core only out of a queue, under the lock that it leaves.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/result.hpp>
#include <kernel/sched/core.hpp>
#include <kernel/time/time.hpp>
#include <kernel/time/timer_node.hpp>

namespace quartet::kernel {

// What a word can hold of a time; what is later than that comes in 36 years.
[[gnu::always_inline]] inline u64 due_at(Instant time) noexcept {
    return time.counts <= timer_word::farthest ? time.counts : timer_word::farthest;
}

// The half without a lock. False: nothing has changed. Context: any. If the caller is moved to another core meanwhile,
// it was made on the one that it left. Cost: 12 instructions.
[[gnu::always_inline]] inline bool arm_in_place(TimerNode& node, u64 due, u32 here) noexcept {
    // Acquire pairs with the release of a new version: the key is at least as new as the version. Is it newer, the
    // queue finds this word instead of the one that it took the key from, and takes it anew.
    u64 word = node.word.load(arch::Order::Acquire);
    for (;;) {
        bool in_place = (word & (timer_word::queued | timer_word::closed)) == timer_word::queued;
        if (!in_place || node.core.load(arch::Order::Relaxed) != here) return false;
        // That the word is still the same below means that the key is: it changes with the version alone, which comes round
        // after 32 moves, each of which needs a new start or, of a periodic timer, ends at a later time. Starts come one
        // at a time, and the time of a word that was moved by its period never comes again.
        if (node.key.load(arch::Order::Relaxed) > due) return false;
        // No release: the interrupt that fires it is of the core on which the caller found itself, so what it wrote before that
        // lies before it there, wherever the caller goes on. Acquire where it fails, as in the load above.
        if (node.word.compare_exchange_weak(word, timer_word::at(due, word), arch::Order::Acquire,
                                            arch::Order::Acquire)) [[likely]]
            return true;
    }
}

// The other half. `due` is what `due_at` gave. False: it is closed. Context: any, masked, no timer's lock held.
bool arm_slowly(TimerNode& node, u64 due, const arch::IrqsMasked& masked) noexcept;

// `node` fires at `deadline`, on this core. Context: masked; one at a time for one node.
void arm_timer(TimerNode& node, Instant deadline, const arch::IrqsMasked& masked) noexcept;

// It is armed no longer: the word that it had. Context: any. Cost: 4 instructions.
[[gnu::always_inline]] inline u64 disarm(TimerNode& node, u64 also = 0) noexcept {
    // Acquire pairs with the release of the interrupt that fired it before: what says that it runs is seen. No release: who
    // finds it disarmed reads nothing of the caller's.
    return node.word.fetch_or(timer_word::idle | also, arch::Order::Acquire);
}

// As `disarm`; and its `fire`, if it ran, has ended. Context: masked.
void cancel_timer(TimerNode& node, const arch::IrqsMasked& masked) noexcept;

// No core but this one, where the caller is what runs, is inside `node.fire`. Context: any.
void await_fire(const TimerNode& node) noexcept;

// It is armed no longer and never again, lies in no queue, and its `fire` runs at most around the caller.
// Context: any. Cost: the rest of one callback's run.
void withdraw_timer(TimerNode& node) noexcept;

// Fires what is due at `time` on this core, a few at most. Returns when to look again.
// Context: handler of the timer interrupt.
u64 serve_timers(Core& core, u64 time, const arch::IrqsMasked& masked) noexcept;

// When this core's timers have to be looked at. Context: masked, on that core.
u64 next_timer(Core& core, const arch::IrqsMasked& masked) noexcept;

}  // namespace quartet::kernel
