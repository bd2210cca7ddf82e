// SPDX-License-Identifier: MIT
//
// What the simulated machine consists of, for the files that play it.

#pragma once

#include "fiber.hpp"
#include "machine.hpp"

#include <arch/counter.hpp>
#include <arch/cpu.hpp>
#include <arch/simd.hpp>

namespace quartet::sim {

struct SimCore {
    Fiber* paused = nullptr;  // where it goes on; null: not begun
    bool masked = true;
    bool in_handler = false;
    bool waiting = false;  // in WFI
    bool spinning = false;  // its last point was one of a loop that waits for others
    bool reschedule_pending = false;
    u64 timer_at = arch::timer_never;
    u32 points = 0;
    u64 masked_points = 0;  // in a row
    u64 flight_points = 0;  // in a row, with something in flight: see invariants.hpp
    u64 switched_at = 0;    // what the kernel's record of it said at the last point
    void* thread = nullptr;
    void* magazines = nullptr;
    bool simd_open = false;
    arch::SimdState simd{};
};

extern SimCore machine[max_cores];
extern u32 stacks_out;  // that threads were given and have not given back

inline SimCore& here() { return machine[arch::sim_core_id]; }
inline bool begun(u32 core) { return machine[core].paused != nullptr || core == arch::sim_core_id; }

}  // namespace quartet::sim
