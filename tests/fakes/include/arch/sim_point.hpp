// SPDX-License-Identifier: MIT
//
// Where the host's machine is touched. A simulation that has set the hooks may do there whatever a machine could do
// between two instructions: go on with another core, take an interrupt, let time pass. Every call of arch:: is such a
// point, but for those that say `no point` and why. Without a simulation nothing happens.

#pragma once

namespace quartet::arch {

inline void (*sim_hook)() noexcept = nullptr;
inline void sim_point() noexcept {
    if (sim_hook != nullptr) sim_hook();
}

// The same in a loop that waits for another core: nothing changes before that one goes on.
inline void (*sim_spin_hook)() noexcept = nullptr;
inline void sim_spin() noexcept {
    if (sim_spin_hook != nullptr) sim_spin_hook();
    else sim_point();
}

// Whether a weak exclusive pair fails although it found what it expected.
inline bool (*sim_weak_hook)() noexcept = nullptr;
inline bool sim_pair_fails() noexcept { return sim_weak_hook != nullptr && sim_weak_hook(); }

}  // namespace quartet::arch
