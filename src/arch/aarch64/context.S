// SPDX-License-Identifier: MIT
//
// Leaving one thread for another: the AAPCS64 says that a call keeps x19-x29, sp and the return address,
// so these are all that a switch saves.

    .section .text.irq.switch, "ax"

// x0 = where the running flow's sp is kept, x1 = where the next one's was.
    .global quartet_switch_context
    .type   quartet_switch_context, %function
quartet_switch_context:
    stp     x29, x30, [sp, #-96]!
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    mov     x2, sp
    str     x2, [x0]
    ldr     x2, [x1]
    mov     sp, x2
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #96
    ret
    .size   quartet_switch_context, . - quartet_switch_context

// The first return of a fresh flow: x19 = entry, x20 = argument. x29 is zero: backtraces end here. SError is
// opened: who was switched from inside an interrupt has it masked. Interrupts are opened by the entry.
    .global quartet_first_return
    .type   quartet_first_return, %function
quartet_first_return:
    msr     daifclr, #4
    mov     x0, x20
    mov     x30, xzr
    br      x19
    .size   quartet_first_return, . - quartet_first_return
