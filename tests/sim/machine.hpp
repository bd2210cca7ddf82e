// SPDX-License-Identifier: MIT
//
// Four simulated cores, one flow of the host. Every touch of the machine (arch/sim_point.hpp) is a point at which
// a seeded chooser may go on with another core, deliver an interrupt that is pending and open, or let time pass.
// The same seed gives the same run.

#pragma once

#include <arch/simd.hpp>
#include <base/types.hpp>

#include <string>

namespace quartet::sim {

// Reports `what` with the seed that shows it again, and ends the process.
[[noreturn]] void fail(const std::string& what);

// The rule that a scenario is about to break: the check that says so ends it well.
extern const char* expected_end;
// Where not null, what is looked at there before the process ends.
extern void (*at_expected_end)();

// A number below `limit` from the run's seed.
u32 choose(u32 limit);

// A point that lies between two halves of something that other cores must not see halfway: often this core is held here.
void point_between_halves();

struct Options {
    u64 seed = 1;
    u32 switch_one_in = 4;  // how often a point goes on with another core
    u32 hold_one_in = 200;  // how often a point holds its core for long
    u64 most_points = 4'000'000;
};

// Runs `body` as the boot flow on core 0, with the boot scheduler active. It starts the others by `release_core`.
// Returns when `body` has.
void run(const Options& options, void (*body)());

// Core `number` begins some time from now, as a secondary does.
void release_core(u32 number);

// The SIMD registers of this core, as an instruction of the running thread reaches them: it traps where SIMD is not open
// for it. To be used before the next point. The twin of what fp_state.S does.
arch::SimdState& simd_registers();

// Interrupts besides the timer's and the scheduler's, where a scenario has a controller (controller.hpp): whether one
// is to be had on that core, and what its vector does.
extern bool (*irq_pending)(u32 core);
extern void (*take_irq)();

// Called at points where nothing is in flight on any core: masked stretches, locks, interrupts.
extern void (*at_rest)();
u64 rests_seen();
u64 points_seen();
// The most points in a row at which a core had its interrupts masked, since the last call.
u64 longest_masked();
u64 seed();

}  // namespace quartet::sim
