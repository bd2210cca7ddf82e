// SPDX-License-Identifier: MIT
//
// Leaving one thread for another. What is saved is a frame record, x29 and the return address, so that a backtrace of a
// thread that does not run begins at its sp. The compiler saves what else it needs (arch/switch_context.hpp).

    .section .text.irq.switch, "ax"

// x0 = where the running flow's sp is kept, x1 = where the next one's was.
    .global quartet_switch_context
    .type   quartet_switch_context, %function
quartet_switch_context:
    stp     x29, x30, [sp, #-16]!
    mov     x2, sp
    str     x2, [x0]
    ldr     x2, [x1]
    mov     sp, x2
    ldp     x29, x30, [sp], #16
    ret
    .size   quartet_switch_context, . - quartet_switch_context

// The first return of a fresh flow: entry and argument lie on its stack. x29 is zero: backtraces end here. SError is
// opened: who was switched from inside an interrupt has it masked. Interrupts are opened by the entry.
    .global quartet_first_return
    .type   quartet_first_return, %function
quartet_first_return:
    msr     daifclr, #4
    ldp     x1, x0, [sp], #16
    mov     x30, xzr
    br      x1
    .size   quartet_first_return, . - quartet_first_return
