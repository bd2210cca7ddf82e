// SPDX-License-Identifier: MIT
//
// The hook through which the simulation sees every touch of the machine. Null outside a simulation.

#pragma once

namespace quartet::arch {

inline void (*sim_hook)() noexcept = nullptr;

inline void sim_point() noexcept {
    if (sim_hook != nullptr) sim_hook();
}

}  // namespace quartet::arch
