// SPDX-License-Identifier: MIT
//
// Who decides at a point: the seed, a list of choices that a run before has left, or a search that goes every way. The
// machine asks; whatever is not the usual answer is written down (choices.hpp).

#pragma once

#include "choices.hpp"
#include "machine.hpp"

namespace quartet::sim {

enum class Place : u8 {
    Step,    // some touch of the machine
    Halves,  // between two halves of something that others must not see halfway
    Spin,    // this core waits for another one, in a loop
    Sleep,   // it is in WFI
};

struct Point {
    Place place;
    u32 core;
    u32 at;      // how many points this core had
    u32 others;  // bit n: core n could go on
};

// Before the first point. No script: the seed decides.
void start_choosing(const Options& options);

// The core that goes on. At a Sleep there are others.
u32 choose_core(const Point& point);
// Whether time passes until the first timer is due; asked where there is one.
bool choose_leap(const Point& point);
// Whether an interrupt that is pending and open stays so at this point.
bool choose_delay(u32 core, u32 at);
// Whether the weak exclusive pair that comes fails.
bool choose_failure(u32 core, u32 at);

// A number below `limit` for the scenario, from the seed and `who`, who draws: what a thread draws does not depend on
// what others do meanwhile.
u32 draw(u32 who, u32 limit);
// Counts by which time passes at a point.
u64 time_step(u32 core, u32 at);

}  // namespace quartet::sim
