// SPDX-License-Identifier: MIT
//
// Self-hosted debug of one core (DDI 0487, D2): hardware breakpoints, watchpoints, the single step. head.S has opened the OS lock and
// keeps debug exceptions at EL1.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

// Which pair of registers: DBGBVR and DBGBCR, or DBGWVR and DBGWCR.
enum class DebugPair : u8 { Breakpoint, Watchpoint };

inline constexpr u32 most_debug_pairs = 16;

// How many there are: ID_AA64DFR0_EL1.BRPs and WRPs (D13.2.59). The same on every core.
inline u32 debug_pairs(DebugPair kind) noexcept {
    u64 features;
    asm("mrs %0, id_aa64dfr0_el1" : "=r"(features));
    return static_cast<u32>(features >> (kind == DebugPair::Breakpoint ? 12 : 20) & 0xf) + 1;
}

// debug_unit.S: pair `n` of this core. `debug_settled` comes after the last one.
extern "C" void quartet_set_debug_pair(u32 n, u64 value, u64 control, DebugPair kind) noexcept;

// MDSCR_EL1.MDE and KDE where `pairs`, SS where `step` (D13.3.20).
inline void set_debug_control(bool pairs, bool step) noexcept {
    // KDE is for the step at EL1 too.
    const u64 control = u64{pairs} << 15 | u64{pairs || step} << 13 | u64{step};
    asm volatile("msr mdscr_el1, %0\n isb" : : "r"(control) : "memory");
}

// Instructions were written at `written`, and are executed at `executed`, another view of the same memory: one
// instruction, in one line of a cache. They are fetched by this core from here on; by another one from its next exception return on.
inline void publish_instruction(uptr written, uptr executed) noexcept {
    asm volatile("dc cvau, %0\n dsb ish\n ic ivau, %1\n dsb ish\n isb" : : "r"(written), "r"(executed) : "memory");
}

}  // namespace quartet::arch
