// SPDX-License-Identifier: MIT
//
// A core that stands still and goes on: see arch/stop.hpp.

#include <arch/layout/fault_offsets.h>

// x0 = the IrqContext. x19-x28 are the interrupted thread's still: vectors.S touches none of them.
    .section .text.irq.stop, "ax"
    .global quartet_stop_entry
    .type   quartet_stop_entry, %function
quartet_stop_entry:
    stp     x29, x30, [sp, #-(FAULT_SIZE + 16)]!
    mov     x29, sp
    add     x1, sp, #16
    stp     x19, x20, [x1, #FAULT_X + 152]
    stp     x21, x22, [x1, #FAULT_X + 168]
    stp     x23, x24, [x1, #FAULT_X + 184]
    stp     x25, x26, [x1, #FAULT_X + 200]
    stp     x27, x28, [x1, #FAULT_X + 216]
    bl      quartet_stop
    add     x1, sp, #16
    ldp     x19, x20, [x1, #FAULT_X + 152]
    ldp     x21, x22, [x1, #FAULT_X + 168]
    ldp     x23, x24, [x1, #FAULT_X + 184]
    ldp     x25, x26, [x1, #FAULT_X + 200]
    ldp     x27, x28, [x1, #FAULT_X + 216]
    ldp     x29, x30, [sp], #FAULT_SIZE + 16
    ret
    .size   quartet_stop_entry, . - quartet_stop_entry

// x0 = the frame. A thread's lies at the top of the exception stack, which is empty again afterwards; a handler's on the
// overflow stack, and its own is taken back. Nothing can come in between: PSTATE.DAIF are set until the eret.
    .section .text.quartet_resume, "ax"
    .global quartet_resume
    .type   quartet_resume, %function
quartet_resume:
    ldp     x1, x2, [x0, #FAULT_ELR]
    msr     elr_el1, x1
    msr     spsr_el1, x2
    ldr     w1, [x0, #FAULT_DEPTH]
    ldr     x2, [x0, #FAULT_SP]
    cbnz    w1, 1f
    msr     sp_el0, x2
    add     x2, x0, #FAULT_SIZE
1:  mov     sp, x2
    ldp     x2, x3, [x0, #FAULT_X + 16]
    ldp     x4, x5, [x0, #FAULT_X + 32]
    ldp     x6, x7, [x0, #FAULT_X + 48]
    ldp     x8, x9, [x0, #FAULT_X + 64]
    ldp     x10, x11, [x0, #FAULT_X + 80]
    ldp     x12, x13, [x0, #FAULT_X + 96]
    ldp     x14, x15, [x0, #FAULT_X + 112]
    ldp     x16, x17, [x0, #FAULT_X + 128]
    ldp     x18, x19, [x0, #FAULT_X + 144]
    ldp     x20, x21, [x0, #FAULT_X + 160]
    ldp     x22, x23, [x0, #FAULT_X + 176]
    ldp     x24, x25, [x0, #FAULT_X + 192]
    ldp     x26, x27, [x0, #FAULT_X + 208]
    ldp     x28, x29, [x0, #FAULT_X + 224]
    ldr     x30, [x0, #FAULT_X + 240]
    ldp     x0, x1, [x0, #FAULT_X]
    eret
    .size   quartet_resume, . - quartet_resume
