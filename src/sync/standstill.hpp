// SPDX-License-Identifier: MIT
//
// That the machine was let stand: a wait with an end, for somebody who stood too, does not count that time.

#pragma once

#include <arch/atomic.hpp>
#include <base/types.hpp>

namespace quartet::sync {

// How often it was let stand, and let go on: odd while it stands. Relaxed: a wait reads it seconds after it was written, and
// what the cores do at these moments is ordered by whoever holds them (kernel/fault/core_stop.hpp).
inline constinit arch::Atomic<u32> standstills{0};

// Context: any; by the one who lets it stand.
inline void count_standstill() noexcept { standstills.fetch_add(1, arch::Order::Relaxed); }

}  // namespace quartet::sync
