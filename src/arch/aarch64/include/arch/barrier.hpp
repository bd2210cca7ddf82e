// SPDX-License-Identifier: MIT
//
// Barriers by purpose. Code between cores orders with acquire and release on its atomics; these
// are for what lies outside that: devices, tables, instruction streams.

#pragma once

namespace quartet::arch {

// Everything before is complete, for every observer in the system, before anything after begins.
inline void complete_all() noexcept { asm volatile("dsb sy" : : : "memory"); }

// Writes to Normal memory are visible to the inner-shareable cores before a following device
// write (an SGI, a doorbell) can be seen by them (Arm ARM, B2.3.12 and IHI 0048B, 4.3.15).
inline void publish_before_device_write() noexcept { asm volatile("dmb ishst" : : : "memory"); }

// A device told us that data is there: later reads of memory do not run ahead of that read.
inline void order_after_device_read() noexcept { asm volatile("dmb osh" : : : "memory"); }

// A full fence between cores: no load or store moves across it in either direction.
inline void full_fence() noexcept { asm volatile("dmb ish" : : : "memory"); }

// System-register writes before take effect before the next instruction.
inline void synchronise_context() noexcept { asm volatile("isb" : : : "memory"); }

// Between a thread and the interrupts of its own core: the compiler moves nothing across. Costs no instruction.
inline void compiler_fence() noexcept { asm volatile("" : : : "memory"); }

}  // namespace quartet::arch
