// SPDX-License-Identifier: MIT
//
// The host's counter: time passes when a test or the simulation says so.

#pragma once

#include <arch/sim_point.hpp>
#include <base/types.hpp>

namespace quartet::arch {

inline constexpr u64 timer_never = ~u64{0};
inline u64 sim_counter = 0;
inline u64 sim_frequency = 62'500'000;
inline u64 default_timer_at = timer_never;
// The simulation points this at the running core's compare value.
inline u64* sim_timer_at = &default_timer_at;

// No point: it never changes.
inline u64 counter_frequency() noexcept { return sim_frequency; }
inline u64 counter() noexcept {
    sim_point();
    return sim_counter;
}
inline u64 counter_about() noexcept { return counter(); }
inline void timer_fire_at(u64 at) noexcept {
    sim_point();
    *sim_timer_at = at;
}
inline void timer_stop() noexcept {
    sim_point();
    *sim_timer_at = timer_never;
}

}  // namespace quartet::arch
