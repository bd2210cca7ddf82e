// SPDX-License-Identifier: MIT
//
// Instructions that end in an exception, one function each, for the `crash` command. They return
// where the machine did not mind.

#pragma once

#include <base/types.hpp>

namespace quartet::arch {

// The compiler must take it that `object` was read and written here.
inline void touched_unseen(void* object) noexcept { asm volatile("" : : "r"(object) : "memory"); }

// SCTLR_EL1.SA: whether this core faults where a load or store through a misaligned SP is made (DDI 0487, D1.8.2).
// QEMU takes the bit and leaves the check out (10.0: gen_check_sp_alignment in target/arm/tcg/translate-a64.c is empty).
inline bool stack_alignment_checked() noexcept {
    u64 sctlr;
    asm volatile("mrs %0, sctlr_el1" : "=r"(sctlr));
    return (sctlr >> 3 & 1) != 0;
}

}  // namespace quartet::arch

extern "C" {
void quartet_crash_read(quartet::uptr address) noexcept;
void quartet_crash_write(quartet::uptr address) noexcept;
void quartet_crash_read_unaligned(quartet::uptr address) noexcept;  // four bytes from address + 1
void quartet_crash_call(quartet::uptr address) noexcept;
void quartet_crash_undefined() noexcept;
void quartet_crash_brk() noexcept;
void quartet_crash_svc() noexcept;
void quartet_crash_simd() noexcept;  // reads FPSR: a fault in a handler, harmless in a thread
void quartet_crash_sysreg() noexcept;  // reads HCR_EL2
void quartet_crash_sysreg_write() noexcept;
void quartet_crash_sp() noexcept;
void quartet_crash_pc() noexcept;
void quartet_crash_serror() noexcept;  // a virtual one, by the EL2 stub; a handler has it masked, and it comes on the way back

void quartet_crash_acquire(quartet::uptr address) noexcept;  // LDAR of four bytes: aligned, whatever SCTLR_EL1.A says

// Return to this PSTATE and that function itself: to EL0, where no page is for EL0; where this level may not return to,
// the next instruction is an illegal state (DDI 0487, D1.6.3).
void quartet_crash_eret(quartet::u64 spsr) noexcept;
// Into a slot of the vector table as if the exception had been taken: SP_EL1, ELR, SPSR. For those that
// nothing in this machine can raise. `slot` 2 and 3 and from 8 on: from a thread; 4 to 7: from a handler.
void quartet_crash_slot(quartet::u64 slot, quartet::u64 spsr) noexcept;
}
