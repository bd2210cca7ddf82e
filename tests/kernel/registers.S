// SPDX-License-Identifier: MIT
//
// Holding every register at a value of one's own, while interrupts come and threads change.
//
// u64 quartet_hold_registers_a(u64 base, u64 rounds): each general register but one holds a value that is made of
// `base` and its own number, NZCV holds bits 31-28 of `base`; `rounds` times some instructions pass and all are
// compared. Returns 0, or 1 + the number of the register that changed (32: the flags, 33: SP or what lies there,
// 34: TPIDR_EL1). Two of them, because one register of each is where the comparison happens.

#define FRAME   128
#define ROUNDS  96
#define MAGIC   104
#define THREAD  112
#define DELAY   60

.macro hold name, scratch, base, wscratch
    .balign 16
    .global \name
    .type \name, %function
\name:
    stp     x29, x30, [sp, #-FRAME]!
    stp     x27, x28, [sp, #16]
    stp     x25, x26, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x21, x22, [sp, #64]
    stp     x19, x20, [sp, #80]
    mrs     x2, tpidr_el1
    str     x2, [sp, #THREAD]
    str     x1, [sp, #ROUNDS]
    str     x0, [sp, #MAGIC]
    mov     \base, x0
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    .ifnc   x\n, \base
    add     x\n, \base, #(\n + 1)
    .endif
    .endr
1:  msr     nzcv, \base
    mov     \scratch, #DELAY
2:  sub     \scratch, \scratch, #1
    cbnz    \scratch, 2b
    mrs     \scratch, nzcv
    eor     \scratch, \scratch, \base
    tst     \scratch, #0xf0000000
    mov     \wscratch, #33
    b.ne    9f
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    .ifnc   x\n, \base
    .ifnc   x\n, \scratch
    sub     \scratch, x\n, #(\n + 1)
    cmp     \scratch, \base
    mov     \wscratch, #(\n + 1)
    b.ne    9f
    .endif
    .endif
    .endr
    ldr     \scratch, [sp, #MAGIC]
    cmp     \scratch, \base
    mov     \wscratch, #34
    b.ne    9f
    ldr     \scratch, [sp, #ROUNDS]
    sub     \scratch, \scratch, #1
    str     \scratch, [sp, #ROUNDS]
    cbnz    \scratch, 1b
    mrs     x1, tpidr_el1
    ldr     x2, [sp, #THREAD]
    cmp     x1, x2
    cset    \scratch, ne
    cbz     \scratch, 9f
    mov     \wscratch, #35
9:  mov     x0, \scratch
    ldp     x19, x20, [sp, #80]
    ldp     x21, x22, [sp, #64]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #32]
    ldp     x27, x28, [sp, #16]
    ldp     x29, x30, [sp], #FRAME
    ret
    .size \name, . - \name
.endm

    .text
    hold quartet_hold_registers_a, x0, x30, w0
    hold quartet_hold_registers_b, x29, x1, w29

// u64 quartet_spoil_registers(): what a function may change is changed; returns the stack pointer.
    .balign 16
    .global quartet_spoil_registers
    .type quartet_spoil_registers, %function
quartet_spoil_registers:
    .irp    n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
    mov     x\n, #-(\n)
    .endr
    mvn     x0, xzr
    msr     nzcv, x0
    mov     x0, sp
    ret
    .size quartet_spoil_registers, . - quartet_spoil_registers

// void quartet_set_daif(u64), u64 quartet_daif(): PSTATE.D, A, I and F as bits 9-6.
    .balign 16
    .global quartet_set_daif
    .type quartet_set_daif, %function
quartet_set_daif:
    msr     daif, x0
    ret
    .size quartet_set_daif, . - quartet_set_daif

    .balign 16
    .global quartet_daif
    .type quartet_daif, %function
quartet_daif:
    mrs     x0, daif
    ret
    .size quartet_daif, . - quartet_daif
