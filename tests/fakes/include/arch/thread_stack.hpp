// SPDX-License-Identifier: MIT
//
// The host's interrupted thread: nowhere, unless a test says where.

#pragma once

#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

inline uptr sim_interrupted_pc = 0;

// No point: it stays what it is as long as the handler runs.
inline uptr interrupted_pc(Unsafe) noexcept { return sim_interrupted_pc; }

inline uptr sim_interrupted_record = 0;
// No point, as above.
inline uptr interrupted_record(Unsafe) noexcept { return sim_interrupted_record; }

}  // namespace quartet::arch
