// SPDX-License-Identifier: MIT
//
// All that stays at EL2: a table of vectors that answers a few calls of EL1. It needs no stack and no
// memory, runs with EL2's MMU off at its physical address, and is entered by `hvc #0` only.

#include <arch/layout/el2_call.h>

#define HCR_VSE (1 << 8)
#define HCR_AMO (1 << 5)

    .section .text.table, "ax"
    .balign 2048
    .global quartet_el2_vectors
quartet_el2_vectors:
    .set    slot, 0
    .rept   16
    .balign 128
    .if slot == 8                   // synchronous, from a lower level in AArch64: hvc
    b       el2_call
    .elseif slot == 11              // SError from EL1 while AMO routes it here: give it back as virtual
    b       el2_serror_taken
    .else
    b       .                       // nothing else can reach EL2: HCR_EL2 routes and traps nothing
    .endif
    .set    slot, slot + 1
    .endr
    .balign 128

    .section .text.resident, "ax"
el2_call:
    cmp     x0, #EL2_CALL_SERROR
    b.eq    el2_serror
    cmp     x0, #EL2_CALL_ENTER
    b.eq    1f
    mov     w0, #-1                 // EL2_CALL_UNKNOWN
    eret
1:  mov     x0, x2
    mov     x2, xzr
    mov     x3, xzr
    br      x1

// HCR_EL2.VSE needs AMO (DDI 0487, D1.14.3) until EL1 takes it, which it does as soon as PSTATE.A is clear; then VSE
// clears by itself and nobody here is told. So AMO stays for what is left of this run: a virtual SError is as final as
// a real one, and a real one that AMO brings here goes on to EL1 as if it had not been here.
.macro pend_serror
    mrs     x0, hcr_el2
    orr     x0, x0, #HCR_VSE
    orr     x0, x0, #HCR_AMO
    msr     hcr_el2, x0             // eret synchronises
.endm

el2_serror:
    pend_serror
    mov     x0, xzr
    eret

// Between any two instructions of EL1: what it had in its registers is in the report.
el2_serror_taken:
    msr     tpidr_el2, x0
    pend_serror
    mrs     x0, tpidr_el2
    eret
