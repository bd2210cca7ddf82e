// SPDX-License-Identifier: MIT
//
// The host's barriers: points of the simulation.

#pragma once

#include <arch/sim_point.hpp>

namespace quartet::arch {

inline void complete_all() noexcept { sim_point(); }
inline void publish_before_device_write() noexcept { sim_point(); }
inline void order_after_device_read() noexcept { sim_point(); }
inline void full_fence() noexcept {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    sim_point();
}
inline void synchronise_context() noexcept { sim_point(); }
// An interrupt of this core may come here as anywhere.
inline void compiler_fence() noexcept {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    sim_point();
}

}  // namespace quartet::arch
