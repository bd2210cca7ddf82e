// SPDX-License-Identifier: MIT
//
// What the fault points look at: written by the commands, read at every call that is led through here. Relaxed everywhere: a
// failure may begin or end a moment later on another core.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>

#include <array>

namespace quartet::torture::faults {

// One call in `one_in` fails (0: none), chosen by the seed.
struct Chance {
    arch::Atomic<u32> one_in{0};
    arch::Atomic<u64> calls{0};
    arch::Atomic<u64> hits{0};
};

// A place in the code that allocates: the address behind its call.
struct Site {
    arch::Atomic<uptr> address{0};
    arch::Atomic<u32> passed{0};
    arch::Atomic<u32> failed{0};
};

// Whether a call of a thread was made to fail that it was not told of yet. The thread alone writes it, in its call and when it looks
// at what came of that; who else finds another thread's address goes on to the next. Relaxed: its own program order is enough,
// on whatever core it goes on, as the scheduler orders that.
struct alignas(64) Note {
    arch::Atomic<uptr> thread{0};  // its record; 0: nobody's
    arch::Atomic<bool> failed{false};
};

struct State {
    arch::Atomic<u64> seed{1};
    Chance allocation;
    Chance request;
    arch::Atomic<u64> allocations_left{0};  // that many from now on the last of them fails; 0: none
    arch::Atomic<bool> each_site{false};
    arch::Atomic<u32> held{0};  // while it is not 0 no allocation fails
    std::array<Site, 128> sites{};
    std::array<Note, 16> notes{};  // of all workers, and of a judge
};
extern constinit State state;

}  // namespace quartet::torture::faults
