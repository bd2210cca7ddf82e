// SPDX-License-Identifier: MIT
//
// Four simulated cores, one flow of the host. Every touch of the machine (arch/sim_point.hpp) is a point at which
// a chooser (chooser.hpp) may go on with another core, deliver an interrupt that is pending and open, or let time pass.
// The same seed gives the same run, and so do the same choices. What must hold whatever is chosen is looked at in here,
// at every point of every scenario (invariants.hpp).

#pragma once

#include <arch/simd.hpp>
#include <base/types.hpp>

#include <string>
#include <vector>

namespace quartet::sim {

struct Choice;

// Reports `what` with the seed that shows it again, and ends the process.
[[noreturn]] void fail(const std::string& what);
// The end of a run's process without a failure. Lines that it counted are written (preset host-coverage).
[[noreturn]] void end_well();

// The rule that a scenario is about to break: the check that says so ends it well.
extern const char* expected_end;
// Where not null, what is looked at there before the process ends.
extern void (*at_expected_end)();
// Where not null, what the trap of a panic leads to, with the panic's note; it does not return.
extern void (*at_panic)(const void* note);

// A number below `limit` from the run's seed.
u32 choose(u32 limit);

// A point that lies between two halves of something that other cores must not see halfway: often this core is held here.
void point_between_halves();

struct Options {
    u64 seed = 1;
    u32 switch_one_in = 4;  // how often a point goes on with another core
    u32 hold_one_in = 200;  // how often a point holds its core for long
    u32 calm = 1;  // how much seldomer all that is not usual comes
    u32 leap_one_in = 0;  // how often time passes at once until the first timer is due; 0: only when all sleep
    bool leap_at_rest = false;  // and this only where each core sleeps or spins: time in which cores work is short
    u64 most_points = 4'000'000;
    u64 longest_flight = 4000;  // see invariants.hpp
    const std::vector<Choice>* script = nullptr;  // not the seed, but these choices
    bool search = false;  // every choice while `exploring`, with at most so many that are not usual
    u32 most_deviations = 0;
    u32 most_seconds = 0;  // for a search; 0: until it is done
};

// Runs `body` as the boot flow on core 0, with the boot scheduler active. It starts the others by `release_core`.
// Returns when `body` has.
void run(const Options& options, void (*body)());

// Core `number` begins some time from now, as a secondary does.
void release_core(u32 number);

// In a search: from here on, until it is false again, every way is gone.
extern bool exploring;
// Unless this says that what runs here is no part of it.
extern bool (*worth_exploring)();

// The SIMD registers of this core, as an instruction of the running thread reaches them: it traps where SIMD is not open
// for it. To be used before the next point. The twin of what fp_state.S does.
arch::SimdState& simd_registers();

// Interrupts besides the timer's and the scheduler's, where a scenario has a controller (controller.hpp): whether one
// is to be had on that core, and what its vector does.
extern bool (*irq_pending)(u32 core);
extern void (*take_irq)();

// Called besides the invariants at points where nothing is in flight on any core: masked stretches, locks, interrupts.
extern void (*at_rest)();
// The most points in a row at which a core had its interrupts masked, since the last call.
u64 longest_masked();
u64 seed();

}  // namespace quartet::sim
