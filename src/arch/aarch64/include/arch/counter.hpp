// SPDX-License-Identifier: MIT
//
// The virtual counter and this core's virtual timer (Arm ARM, D11: the Generic Timer). The virtual
// one, because CNTVOFF is 0 and the virtual timer is ours at EL1 whatever runs below.

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

// Counter frequency in Hz, as the firmware told it. 0 where it told nothing.
inline u64 counter_frequency() noexcept {
    u64 value;
    asm("mrs %0, cntfrq_el0" : "=r"(value));
    return value;
}

// Counts since the counter started; the same on every core. Context: any. Cost: 2 instructions.
// isb: the read must not be taken before what precedes it in program order (Arm ARM, D11.2.2).
[[gnu::always_inline]] inline u64 counter() noexcept {
    u64 value;
    asm volatile("isb\n mrs %0, cntvct_el0" : "=r"(value) : : "memory");
    return value;
}

// The same without the order: it may be read some instructions early. For accounting, where an isb would cost more
// than it makes right.
[[gnu::always_inline]] inline u64 counter_about() noexcept {
    u64 value;
    asm volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
}

// The interrupt of this core's timer becomes pending when the counter reaches `at`; at once where
// it has passed. isb: the interrupt must not be awaited before the timer was set.
inline void timer_fire_at(u64 at) noexcept {
    asm volatile("msr cntv_cval_el0, %0\n msr cntv_ctl_el0, %1\n isb" : : "r"(at), "r"(u64{1}) : "memory");
}

inline void timer_stop() noexcept { asm volatile("msr cntv_ctl_el0, xzr\n isb" : : : "memory"); }

}  // namespace quartet::arch
