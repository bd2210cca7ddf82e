// SPDX-License-Identifier: MIT
//
// Restartable sequences: stretches of code that end in one store and may be begun again at any point
// before it. They need no lock and mask nothing; instead the one who takes the core away sends the
// interrupted thread back to the start of the sequence that it was in.

#pragma once

#include <arch/layout/offsets.h>
#include <base/types.hpp>

namespace quartet::arch {

struct RestartRange {
    uptr start;
    uptr done;  // the first instruction after the store
};

extern "C" const RestartRange quartet_restart_ranges[2];  // magazine.S
extern "C" const char quartet_restart_begin[];            // all of them lie in RESTART_SPAN bytes from here on

// Where a thread that was interrupted at `pc` has to go on once other threads have run on its core.
// Context: the interrupt tail, and only when it really reschedules. Cost: 5 instructions outside.
inline u64 restart_pc(u64 pc) noexcept {
    if (pc - reinterpret_cast<uptr>(quartet_restart_begin) >= RESTART_SPAN) [[likely]]
        return pc;
    for (const RestartRange& range : quartet_restart_ranges) {
        if (pc - range.start < range.done - range.start) return range.start;
    }
    return pc;
}

}  // namespace quartet::arch
