// SPDX-License-Identifier: MIT
//
// The one file that touches SIMD registers. A thread's first SIMD instruction since it came to this core traps: SIMD is
// opened for it and its registers are loaded. Whoever runs after it saves them, in the second half of the switch
// (kernel::put_simd_away), and closes it. So a thread that uses none never comes here, a switch between such threads does
// nothing for it, and no core keeps what belongs to a thread that has left.
//
// The trap comes at EL1t only: at EL1h, in a handler, it is a fault. It takes no lock and calls nothing: the thread may
// be anywhere, with interrupts masked or under a lock of its own. The room was reserved when it was spawned.

#include <arch/layout/fault_offsets.h>
#include <arch/layout/offsets.h>
#include "simd_open.inc"

    .arch_extension simd            // the flags of every file leave these registers out

.macro every_pair instruction, base
    \instruction    q0, q1, [\base, #SIMD_Q + 0]
    \instruction    q2, q3, [\base, #SIMD_Q + 32]
    \instruction    q4, q5, [\base, #SIMD_Q + 64]
    \instruction    q6, q7, [\base, #SIMD_Q + 96]
    \instruction    q8, q9, [\base, #SIMD_Q + 128]
    \instruction    q10, q11, [\base, #SIMD_Q + 160]
    \instruction    q12, q13, [\base, #SIMD_Q + 192]
    \instruction    q14, q15, [\base, #SIMD_Q + 224]
    \instruction    q16, q17, [\base, #SIMD_Q + 256]
    \instruction    q18, q19, [\base, #SIMD_Q + 288]
    \instruction    q20, q21, [\base, #SIMD_Q + 320]
    \instruction    q22, q23, [\base, #SIMD_Q + 352]
    \instruction    q24, q25, [\base, #SIMD_Q + 384]
    \instruction    q26, q27, [\base, #SIMD_Q + 416]
    \instruction    q28, q29, [\base, #SIMD_Q + 448]
    \instruction    q30, q31, [\base, #SIMD_Q + 480]
.endm

    .section .text.irq.simd, "ax"

// From the synchronous slot of a running thread. sp = the exception stack, a fault's frame of which x0 and x1 are
// stored. Flags are free: SPSR_EL1 has the thread's.
    .global quartet_fp_trap
    .type   quartet_fp_trap, %function
quartet_fp_trap:
    stp     x2, x3, [sp, #FAULT_X + 16]
    mrs     x0, tpidr_el1
    ldr     x2, [x0, #THREAD_SIMD]
    cbz     x2, 9f
    open_simd x1
    ldr     x1, [x0, #THREAD_CORE]
    ldrb    w3, [x1, #CORE_SIMD]
    cbnz    w3, 3f                  // an interrupt had closed it: the registers are still the thread's
    mov     w3, #1
    strb    w3, [x1, #CORE_SIMD]
    ldr     w1, [x0, #THREAD_SIMD_USED]
    cbnz    w1, 2f
    // Its first one ever. Whoever had the stack before may have left his registers there.
    str     w3, [x0, #THREAD_SIMD_USED]
    mov     x1, #(SIMD_SIZE - 16)
1:  add     x3, x2, x1
    stp     xzr, xzr, [x3]
    subs    x1, x1, #16
    b.pl    1b
2:  every_pair ldp, x2
    ldp     x0, x1, [x2, #SIMD_FPCR]
    msr     fpcr, x0
    msr     fpsr, x1
3:  ldp     x2, x3, [sp, #FAULT_X + 16]
    ldp     x0, x1, [sp, #FAULT_X]
    add     sp, sp, #FAULT_SIZE
    eret
    // A flow that has no room for it: that is a fault.
9:  ldp     x2, x3, [sp, #FAULT_X + 16]
    mov     x1, #0                  // the synchronous slot
    b       fault_of_thread
    .size   quartet_fp_trap, . - quartet_fp_trap

// x0 = the arch::SimdState that the registers go to. Opened first: an interrupt may have closed it since the thread used it.
    .global quartet_fp_save
    .type   quartet_fp_save, %function
quartet_fp_save:
    mov     x1, #CPACR_EL1_SIMD
    msr     cpacr_el1, x1
    isb
    every_pair stp, x0
    mrs     x1, fpcr
    mrs     x2, fpsr
    stp     x1, x2, [x0, #SIMD_FPCR]
    close_simd x1
    ret
    .size   quartet_fp_save, . - quartet_fp_save

// x0 = where FPCR and FPSR go.
    .global quartet_fp_control
    .type   quartet_fp_control, %function
quartet_fp_control:
    mov     x1, #CPACR_EL1_SIMD
    msr     cpacr_el1, x1
    isb
    mrs     x1, fpcr
    mrs     x2, fpsr
    stp     x1, x2, [x0]
    close_simd x1
    ret
    .size   quartet_fp_control, . - quartet_fp_control
