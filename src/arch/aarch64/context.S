// SPDX-License-Identifier: MIT
//
// Leaving one flow for another. What is saved lies on the stack of the flow that goes, with the frame record lowest, so
// that a backtrace of a thread that does not run begins at its sp. Both entries leave the same frame: a flow that left by one may
// come back by the other.

#include <arch/layout/offsets.h>

// x0 = where the running flow's sp is kept, x1 = where the next one's was. x3 is lost.
.macro change_flow
    stp     x29, x30, [sp, #-SWITCH_FRAME_SIZE]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mov     x3, sp
    str     x3, [x0]
    ldr     x3, [x1]
    mov     sp, x3
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #SWITCH_FRAME_SIZE
.endm

    .section .text.irq.switch, "ax"

    .global quartet_switch_context
    .type   quartet_switch_context, %function
quartet_switch_context:
    change_flow
    ret
    .size   quartet_switch_context, . - quartet_switch_context

// The same, and x2 = the Core, whose run queue is locked: it is opened when the first flow is off its stack. The core
// is the same before and after, so its register is; the locals of the flow that comes may be of another one.
    .global quartet_switch_thread
    .type   quartet_switch_thread, %function
quartet_switch_thread:
    change_flow
    ldr     w3, [x2, #CORE_DUTIES]
    cbnz    w3, 1f
    // sync::TicketLock::release: only the holder writes this half, and the release makes what it did seen by the next.
    ldrh    w3, [x2, #CORE_LOCK_SERVING]!
    add     w3, w3, #1
    stlrh   w3, [x2]
    ret
1:  stp     x29, x30, [sp, #-16]!
    mov     x29, sp
    bl      quartet_finish_switch       // x0, x1 = from, to: one more switch, or to = null
    ldp     x29, x30, [sp], #16
    cbnz    x1, 2f
    ret
2:  mrs     x2, tpidr_el1               // a jump, not a call: however often, the stack does not grow
    ldr     x2, [x2, #THREAD_CORE]
    b       quartet_switch_thread
    .size   quartet_switch_thread, . - quartet_switch_thread

// The first return of a fresh flow: entry and argument lie on its stack. x29 is zero: backtraces end here. SError and debug exceptions are
// opened: who was switched from inside an interrupt has them masked. Interrupts are opened by the entry.
    .global quartet_first_return
    .type   quartet_first_return, %function
quartet_first_return:
    msr     daifclr, #12
    ldp     x1, x0, [sp], #16
    mov     x30, xzr
    br      x1
    .size   quartet_first_return, . - quartet_first_return
