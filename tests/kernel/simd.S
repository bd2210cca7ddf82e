// SPDX-License-Identifier: MIT
//
// Holding every SIMD register at a value of one's own, while interrupts come, threads change and cores change.

    .arch_extension simd            // the flags of every file leave these registers out

// u64 quartet_test_simd_hold(u64 base, u64 rounds): q0-q31 hold values that are made of `base` and their number, FPCR and
// FPSR bits of `base`; `rounds` times some instructions pass and all are compared. Returns 0, or 1 + the number of the
// register that changed (33: FPCR, 34: FPSR). x0 = base, x1 = rounds, x4 and x5 = what FPCR and FPSR must be.
    .text
    .balign 16
    .global quartet_test_simd_hold
    .type   quartet_test_simd_hold, %function
quartet_test_simd_hold:
    ubfx    x4, x0, #0, #5
    lsl     x4, x4, #22             // FPCR: AHP, DN, FZ, RMode
    ubfx    x5, x0, #5, #5          // FPSR: IXC, UFC, OFC, DZC, IOC
    ubfx    x3, x0, #10, #1
    orr     x5, x5, x3, lsl #27     // and QC
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    add     x3, x0, #\n
    fmov    d\n, x3
    mvn     x3, x3
    mov     v\n\().d[1], x3
    .endr
    msr     fpcr, x4
    msr     fpsr, x5
1:  mov     x3, #60
2:  subs    x3, x3, #1
    b.ne    2b
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    mov     w2, #(\n + 1)
    fmov    x3, d\n
    sub     x3, x3, #\n
    cmp     x3, x0
    b.ne    9f
    mov     x3, v\n\().d[1]
    mvn     x3, x3
    sub     x3, x3, #\n
    cmp     x3, x0
    b.ne    9f
    .endr
    mov     w2, #33
    mrs     x3, fpcr
    cmp     x3, x4
    b.ne    9f
    mov     w2, #34
    mrs     x3, fpsr
    cmp     x3, x5
    b.ne    9f
    subs    x1, x1, #1
    b.ne    1b
    mov     w2, #0
9:  mov     w0, w2
    ret
    .size   quartet_test_simd_hold, . - quartet_test_simd_hold

// u64 quartet_test_simd_any(): every bit that is set in one of the registers, FPCR and FPSR among them.
    .balign 16
    .global quartet_test_simd_any
    .type   quartet_test_simd_any, %function
quartet_test_simd_any:
    mrs     x0, fpcr
    mrs     x1, fpsr
    orr     x0, x0, x1
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    fmov    x1, d\n
    orr     x0, x0, x1
    mov     x1, v\n\().d[1]
    orr     x0, x0, x1
    .endr
    ret
    .size   quartet_test_simd_any, . - quartet_test_simd_any

// void quartet_test_simd_touch(): one SIMD instruction, which changes nothing.
    .balign 16
    .global quartet_test_simd_touch
    .type   quartet_test_simd_touch, %function
quartet_test_simd_touch:
    mrs     x0, fpsr
    ret
    .size   quartet_test_simd_touch, . - quartet_test_simd_touch
