// SPDX-License-Identifier: MIT
//
// Restartable sequences: stretches of code that end in one store and may be begun again at any point
// before it. They need no lock and mask nothing; instead the way back from an interrupt sends the thread back to the start
// of the sequence that it was in, whatever ran meanwhile: a handler, or other threads.

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

struct RestartRange {
    uptr start;
    uptr done;  // the first instruction after the store
};

extern "C" const RestartRange quartet_restart_ranges[2];  // magazine.S

// Where a thread that was interrupted at `pc` goes on. Context: the interrupt tail, for a `pc` in the
// RESTART_SPAN bytes of magazine.S (arch/layout/offsets.h); right for any.
extern "C" u64 quartet_restart_pc(u64 pc) noexcept;

}  // namespace quartet::arch
