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

// An instruction was written at `written`, and is executed at `executed`, perhaps another view of the same memory. It is fetched by
// this core from here on, and by another one from its next exception return on: by those that stand, as they go on.
//
// What each step is for (DDI 0487, B2.2.5 and D5.11.2; QEMU has no caches, so there nothing of it can be seen to be missing):
//   dc cvau   the store leaves this core's data cache for where the instruction caches fill from. By the address of the store, so that
//             it is ordered behind it without a barrier. One line: an instruction is aligned.
//   dsb ish   it has, on every core of the domain, before
//   ic ivau   the old one is dropped from the instruction cache of each core of the domain: by an address it is broadcast. The
//             one that is executed: the A72's instruction cache is physically indexed and tagged, others are indexed by it.
//   dsb ish   it has been, everywhere, before anybody is released (the store-release of core_stop.cpp comes behind it)
//   isb       this core's pipeline holds nothing older. Another core needs one of its own; the eret by which it leaves the stop
//             interrupt, or its exception, is one (D1.11.1), and comes behind the acquire that pairs with that release.
// A core that did not stop, because it has been masked for longer than 250 ms, has no such point: where it executes the place meanwhile it may
// see the old instruction or the new one, or, where the old one is none of B2.2.5's list (b, bl, brk, nop, ...), do what is not predictable.
inline void publish_instruction(uptr written, uptr executed) noexcept {
    asm volatile("dc cvau, %0\n dsb ish\n ic ivau, %1\n dsb ish\n isb" : : "r"(written), "r"(executed) : "memory");
}

}  // namespace quartet::arch
