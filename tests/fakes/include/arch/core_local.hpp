// SPDX-License-Identifier: MIT
//
// The host's values for each core: those of the simulation's cores, and others for each thread of the
// host, because a test that hammers something with real threads has as many cores as threads.

#pragma once

#include <arch/cpu.hpp>
#include <base/types.hpp>

namespace quartet::arch {

template <typename T>
class CoreLocal {
public:
    constexpr CoreLocal() = default;
    CoreLocal(const CoreLocal&) = delete;
    CoreLocal& operator=(const CoreLocal&) = delete;

    // No point: who asks stays on its core until it is done with the value.
    T& mine() noexcept { return of(sim_core_id); }
    T& of(u32 core) noexcept {
        static thread_local T values[max_cores];
        return values[core];
    }
};

}  // namespace quartet::arch
