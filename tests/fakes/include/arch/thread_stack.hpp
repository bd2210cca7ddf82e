// SPDX-License-Identifier: MIT
//
// The host's interrupted thread: nowhere, unless a test says where.

#pragma once

#include <arch/layout/fault_frame.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

inline uptr sim_interrupted_pc = 0;

// No point: it stays what it is as long as the handler runs.
inline uptr interrupted_pc(Unsafe) noexcept { return sim_interrupted_pc; }

inline uptr sim_interrupted_record = 0;
// No point, as above.
inline uptr interrupted_record(Unsafe) noexcept { return sim_interrupted_record; }

// No point, as above.
inline FaultFrame sim_interrupted{};
inline uptr interrupted_lr(Unsafe) noexcept { return sim_interrupted.x[30]; }
inline void read_interrupted(Unsafe, FaultFrame& to) noexcept {
    for (u32 i = 0; i < 31; ++i)
        if (i < 19 || i > 28) to.x[i] = sim_interrupted.x[i];
    to.sp = sim_interrupted.sp;
    to.elr = sim_interrupted_pc;
    to.spsr = sim_interrupted.spsr;
    to.slot = 1;
}
inline void write_interrupted(Unsafe, const FaultFrame& from) noexcept {
    sim_interrupted = from;
    sim_interrupted_pc = from.elr;
}

}  // namespace quartet::arch
