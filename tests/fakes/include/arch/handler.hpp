// SPDX-License-Identifier: MIT
//
// The host's handlers: the simulation says when its current core runs one.

#pragma once

namespace quartet::arch {

inline bool default_in_handler = false;
// The simulation points this at the running core's flag.
inline bool* sim_in_handler = &default_in_handler;

// No point: nothing changes it but the flow that asks.
inline bool in_handler() noexcept { return *sim_in_handler; }

}  // namespace quartet::arch
