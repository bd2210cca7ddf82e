// SPDX-License-Identifier: MIT
//
// The running core: who it is, what it runs, and how it waits.

#pragma once

#include <arch/measuring.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

// A hint inside a loop that polls. Under an emulator that runs cores in turn it gives way.
[[gnu::always_inline]] inline void relax() noexcept { asm volatile("yield" : : : "memory"); }

// dsb first: what was written before must be visible when the woken core looks (Arm ARM, D1.16.1).
[[gnu::always_inline]] inline void send_event() noexcept { asm volatile("dsb ish\n sev" : : : "memory"); }

class IrqsMasked;

// Sleep until an interrupt is pending, masked or not. Interrupts are masked by the caller, who shows it: nothing can slip
// in between the last look and the sleep.
[[gnu::always_inline]] inline void wait_for_interrupt(const IrqsMasked&) noexcept {
    asm volatile("dsb sy\n wfi" : : : "memory");
    if constexpr (measuring) quartet_masking_begins();  // the sleep does not count
}

// Affinity level 0 of MPIDR_EL1, which on this board numbers the cores 0-3. Volatile: a thread that moved has
// another answer than before.
[[gnu::always_inline]] inline u32 core_id() noexcept {
    u64 mpidr;
    asm volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
    return static_cast<u32>(mpidr & 0xff);
}

// The core's affinity as trees and PSCI name it: Aff3 and Aff2-0 of MPIDR_EL1 (DDI 0487, D13.2.95).
inline u64 affinity() noexcept {
    u64 mpidr;
    asm volatile("mrs %0, mpidr_el1" : "=r"(mpidr));
    return mpidr & 0xff'00ff'ffff;
}

// TPIDR_EL1: the running thread's record. Not volatile: for the thread that asks, the answer
// never changes, whichever core it runs on.
[[gnu::always_inline]] inline void* thread_pointer() noexcept {
    void* thread;
    asm("mrs %0, tpidr_el1" : "=r"(thread));
    return thread;
}

// Safety: `thread` is the record of the flow that runs from here on.
[[gnu::always_inline]] inline void set_thread_pointer(Unsafe, void* thread) noexcept {
    asm volatile("msr tpidr_el1, %0" : : "r"(thread) : "memory");
}

// Stop this core for good: interrupts masked, asleep.
[[noreturn]] inline void halt() noexcept {
    asm volatile("msr daifset, #0xf" : : : "memory");
    for (;;) asm volatile("wfi" : : : "memory");
}

}  // namespace quartet::arch
