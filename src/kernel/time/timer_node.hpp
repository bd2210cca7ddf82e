// SPDX-License-Identifier: MIT
//
// One thing that is due at one time: a sleeper, the time-out of a wait, a timer. Whether it is armed and for when is
// one atomic word, so that cancelling, and starting anew for a later time, touch neither a queue nor a lock
// (docs/adr/0012): the node stays where it is queued, and the interrupt that finds it there looks at the word.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>

namespace quartet::kernel {

// From the top: 56 bits of counter value, and what the queue has to know. At 62.5 MHz that is 36 years.
namespace timer_word {

inline constexpr u64 queued = 1;   // it lies in the queue of the core that the node names
inline constexpr u64 closed = 2;   // it is never armed again
inline constexpr u64 settled = 4;  // no callback of it waits for the timer thread
inline constexpr u64 version = 8;  // one step for each time that the queue moves the node
inline constexpr u64 versions = 0xf8;
inline constexpr u64 flags = queued | closed | settled | versions;
inline constexpr u64 idle = ~flags;  // not armed: as a time, later than any
inline constexpr u64 farthest = (idle >> 8) - 1;

constexpr bool armed(u64 word) { return word < idle; }
constexpr u64 due(u64 word) { return word >> 8; }
// The same, for another time.
constexpr u64 at(u64 due, u64 word) { return due << 8 | (word & flags); }
// The same, after the queue moved it.
constexpr u64 moved(u64 word) { return (word & ~versions) | ((word + version) & versions); }

}  // namespace timer_word

struct TimerNode {
    // Context: handler of the timer interrupt, no lock held, once for each arming.
    using Fire = void (*)(TimerNode& node) noexcept;

    // `queued` and the version change under the lock of `core` alone, the rest at any time.
    arch::Atomic<u64> word{timer_word::idle | timer_word::settled};
    // By when it is queued. Written under the lock of `core`, before the version in `word` that says so.
    arch::Atomic<u64> key{0};
    // Whose queue it is in, or was in last: changes under the lock of the one that it names before.
    arch::Atomic<u32> core{0};
    u32 rank = 0;   // in the heap: length of the shortest way down to a missing child; 0 elsewhere
    u32 place = 0;  // in the wheel: the number of its slot
    bool deferred = false;  // its callback is the timer thread's: firing clears `settled`
    // The counter when it was started, which decides between equal times.
    arch::Atomic<u64> started{0};
    // 0: once. Else it is armed anew by the interrupt that fires it.
    arch::Atomic<u64> period{0};
    // What it is in the queue by, among equal keys.
    u64 arrival = 0;
    u64 sequence = 0;
    // Children and parent in the heap; successor and predecessor in a slot.
    TimerNode* left = nullptr;
    TimerNode* right = nullptr;
    TimerNode* parent = nullptr;
    Fire fire = nullptr;
    void* owner = nullptr;
    u64 missed = 0;  // periods that were over before their interrupt came; written by that interrupt

    // A snapshot.
    bool armed() const noexcept { return timer_word::armed(word.load(arch::Order::Relaxed)); }
};

}  // namespace quartet::kernel
