// SPDX-License-Identifier: MIT
//
// Enters a kernel in a way that QEMU does not offer by itself. Started by QEMU at EL2 with x0 as QEMU sets it;
// leaves for ADDRESS at exception level LEVEL (1 or 2), with x0 = ARGUMENT where that is defined. With COUNTER_HZ it
// is started as an ELF at EL3, by all cores: each writes that into its CNTFRQ_EL0 and goes down to EL2 first.
//
// Built by tests/system/suite.py.

    .global _start
_start:
#ifdef COUNTER_HZ
    ldr     x10, =COUNTER_HZ
    msr     cntfrq_el0, x10
    mov     x10, #0x5b1                 // SCR_EL3: next level AArch64, non-secure, HVC on
    msr     scr_el3, x10
    msr     cptr_el3, xzr
    mov     x10, #0x3c9                 // EL2h, D A I F masked
    msr     spsr_el3, x10
    adr     x10, at_el2
    msr     elr_el3, x10
    eret
at_el2:
#endif
#ifdef ARGUMENT
    ldr     x0, =ARGUMENT
#endif
    ldr     x9, =ADDRESS
#if LEVEL == 1
    mov     x10, #(1 << 31)             // HCR_EL2.RW: EL1 is AArch64, nothing is trapped
    msr     hcr_el2, x10
    mov     x10, #3                     // EL1 may use counter and timers; the virtual one is not shifted
    msr     cnthctl_el2, x10
    msr     cntvoff_el2, xzr
    mov     x10, #0x33ff                // no trap of SIMD
    msr     cptr_el2, x10
    ldr     x10, =0x30d00800            // SCTLR_EL1: only the bits that are one; MMU and caches off
    msr     sctlr_el1, x10
    mov     x10, #0x3c5                 // EL1h, D A I F masked
    msr     spsr_el2, x10
    msr     elr_el2, x9
    isb
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr
    eret
#else
    mov     x1, xzr
    mov     x2, xzr
    mov     x3, xzr
    br      x9
#endif
    .ltorg
