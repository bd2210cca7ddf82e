/* SPDX-License-Identifier: MIT
 *
 * memcpy, memmove, memset, memcmp, memchr, strlen: what compilers call without being asked, with
 * general registers only. They use unaligned accesses and `dc zva`, so they are for Normal memory with
 * the MMU on; code that runs before that has its own.
 *
 * One idea serves all copies: up to 64 bytes, everything is loaded before anything is stored, so that
 * overlap cannot matter. Longer blocks go in steps of 64 in the direction that overlap allows.
 */

.macro function name
    .section .text.\name, "ax", %progbits
    .balign 16
    .global \name
    .type \name, %function
\name:
.endm

.macro end name
    .size \name, . - \name
.endm

/* void *memmove(void *to, const void *from, size_t n); memcpy is the same code.
 * x0 stays `to`; x3 and x1 walk, x2 counts down. */
function memcpy
    .global memmove
    .type memmove, %function
memmove:
    mov     x3, x0
    cmp     x2, #64
    b.hi    .Llong

.Lshort:                                /* 0-64 bytes from x1 to x3 */
    cmp     x2, #16
    b.lo    .Lbelow_16
    add     x4, x1, x2
    add     x5, x3, x2
    cmp     x2, #32
    b.hi    .Lbelow_65
    ldp     x6, x7, [x1]                /* 16-32: the first 16 and the last 16 */
    ldp     x8, x9, [x4, #-16]
    stp     x6, x7, [x3]
    stp     x8, x9, [x5, #-16]
    ret
.Lbelow_65:                             /* 33-64: the first 32 and the last 32 */
    ldp     x6, x7, [x1]
    ldp     x8, x9, [x1, #16]
    ldp     x10, x11, [x4, #-32]
    ldp     x12, x13, [x4, #-16]
    stp     x6, x7, [x3]
    stp     x8, x9, [x3, #16]
    stp     x10, x11, [x5, #-32]
    stp     x12, x13, [x5, #-16]
    ret
.Lbelow_16:
    add     x4, x1, x2
    add     x5, x3, x2
    tbz     x2, #3, 1f                  /* 8-15 */
    ldr     x6, [x1]
    ldr     x7, [x4, #-8]
    str     x6, [x3]
    str     x7, [x5, #-8]
    ret
1:  tbz     x2, #2, 2f                  /* 4-7 */
    ldr     w6, [x1]
    ldr     w7, [x4, #-4]
    str     w6, [x3]
    str     w7, [x5, #-4]
    ret
2:  cbz     x2, 3f                      /* 1-3: first, middle and last byte, which may coincide */
    lsr     x8, x2, #1
    ldrb    w6, [x1]
    ldrb    w7, [x1, x8]
    ldrb    w9, [x4, #-1]
    strb    w6, [x3]
    strb    w7, [x3, x8]
    strb    w9, [x5, #-1]
3:  ret

.Llong:
    sub     x4, x3, x1                  /* unsigned: forward unless `to` lies inside [from, from + n) */
    cmp     x4, x2
    b.lo    .Lbackward
1:  ldp     x6, x7, [x1]
    ldp     x8, x9, [x1, #16]
    ldp     x10, x11, [x1, #32]
    ldp     x12, x13, [x1, #48]
    add     x1, x1, #64
    stp     x6, x7, [x3]
    stp     x8, x9, [x3, #16]
    stp     x10, x11, [x3, #32]
    stp     x12, x13, [x3, #48]
    add     x3, x3, #64
    sub     x2, x2, #64
    cmp     x2, #64
    b.hi    1b
    b       .Lshort

.Lbackward:
    add     x4, x1, x2
    add     x5, x3, x2
1:  ldp     x6, x7, [x4, #-16]
    ldp     x8, x9, [x4, #-32]
    ldp     x10, x11, [x4, #-48]
    ldp     x12, x13, [x4, #-64]!
    stp     x6, x7, [x5, #-16]
    stp     x8, x9, [x5, #-32]
    stp     x10, x11, [x5, #-48]
    stp     x12, x13, [x5, #-64]!
    sub     x2, x2, #64
    cmp     x2, #64
    b.hi    1b
    b       .Lshort
    .size memmove, . - memmove
end memcpy

/* void *memset(void *to, int byte, size_t n) */
function memset
    and     x1, x1, #0xff
    mov     x4, #0x0101010101010101
    mul     x1, x1, x4
    add     x5, x0, x2                  /* the end */
    cmp     x2, #16
    b.lo    .Lset_below_16
    cmp     x2, #64
    b.hi    .Lset_long
    stp     x1, x1, [x0]                /* 16-64: 16 at each end, and 32 in the middle where there is one */
    stp     x1, x1, [x5, #-16]
    cmp     x2, #32
    b.ls    1f
    stp     x1, x1, [x0, #16]
    stp     x1, x1, [x5, #-32]
1:  ret
.Lset_below_16:
    tbz     x2, #3, 1f
    str     x1, [x0]
    str     x1, [x5, #-8]
    ret
1:  tbz     x2, #2, 2f
    str     w1, [x0]
    str     w1, [x5, #-4]
    ret
2:  cbz     x2, 3f
    lsr     x4, x2, #1
    strb    w1, [x0]
    strb    w1, [x0, x4]
    strb    w1, [x5, #-1]
3:  ret

.Lset_long:
    stp     x1, x1, [x0]
    add     x3, x0, #16
    and     x3, x3, #~15                /* the first 16-aligned place that is not yet whole */
    cbz     x1, .Lzero_long
.Lset_loop:                             /* x3 16-aligned, more than 0 bytes up to x5 */
    sub     x2, x5, x3
    subs    x2, x2, #64
    b.ls    2f
1:  stp     x1, x1, [x3]
    stp     x1, x1, [x3, #16]
    stp     x1, x1, [x3, #32]
    stp     x1, x1, [x3, #48]
    add     x3, x3, #64
    subs    x2, x2, #64
    b.hi    1b
2:  stp     x1, x1, [x5, #-64]          /* the last 64: n > 64, so they lie inside */
    stp     x1, x1, [x5, #-48]
    stp     x1, x1, [x5, #-32]
    stp     x1, x1, [x5, #-16]
    ret

.Lzero_long:                            /* whole cache lines by `dc zva`, 64 bytes each on every Cortex-A */
    cmp     x2, #256
    b.lo    .Lset_loop
    mrs     x6, dczid_el0               /* D13.2.34: bit 4 forbids, bits 3-0 are log2 of words */
    cmp     x6, #4
    b.ne    .Lset_loop
1:  tst     x3, #63
    b.eq    2f
    stp     xzr, xzr, [x3], #16
    b       1b
2:  sub     x2, x5, x3
    lsr     x6, x2, #8
    cbz     x6, .Lset_loop
3:  dc      zva, x3
    add     x7, x3, #64
    dc      zva, x7
    add     x7, x3, #128
    dc      zva, x7
    add     x7, x3, #192
    dc      zva, x7
    add     x3, x3, #256
    subs    x6, x6, #1
    b.ne    3b
    b       .Lset_loop
end memset

/* int memcmp(const void *a, const void *b, size_t n) */
function memcmp
    subs    x2, x2, #8
    b.lo    .Lcompare_tail
1:  ldr     x3, [x0], #8
    ldr     x4, [x1], #8
    cmp     x3, x4
    b.ne    .Lwords_differ
    subs    x2, x2, #8
    b.hs    1b
.Lcompare_tail:
    adds    x2, x2, #8
    b.eq    .Lequal
2:  ldrb    w3, [x0], #1
    ldrb    w4, [x1], #1
    subs    w3, w3, w4
    b.ne    3f
    subs    x2, x2, #1
    b.ne    2b
.Lequal:
    mov     w0, #0
    ret
3:  mov     w0, w3
    ret
.Lwords_differ:                         /* big-endian order is the order of bytes in memory */
    rev     x3, x3
    rev     x4, x4
    cmp     x3, x4
    cset    w0, hi
    csinv   w0, w0, wzr, hs
    ret
end memcmp

/* void *memchr(const void *from, int byte, size_t n) */
function memchr
    and     w1, w1, #0xff
1:  cbz     x2, 2f
    ldrb    w3, [x0], #1
    sub     x2, x2, #1
    cmp     w3, w1
    b.ne    1b
    sub     x0, x0, #1
    ret
2:  mov     x0, #0
    ret
end memchr

/* size_t strlen(const char *): bytes up to an 8-aligned place, then words, which cross no page. */
function strlen
    mov     x1, x0
1:  tst     x1, #7
    b.eq    2f
    ldrb    w2, [x1], #1
    cbnz    w2, 1b
    sub     x1, x1, #1
    sub     x0, x1, x0
    ret
2:  mov     x4, #0x0101010101010101
3:  ldr     x2, [x1], #8
    sub     x3, x2, x4                  /* a byte borrows where it was 0 ... */
    bic     x3, x3, x2
    ands    x3, x3, #0x8080808080808080 /* ... and its own top bit was clear */
    b.eq    3b
    rev     x3, x3                      /* the first zero byte is the lowest mark */
    clz     x3, x3
    sub     x1, x1, #8
    add     x1, x1, x3, lsr #3
    sub     x0, x1, x0
    ret
end strlen
