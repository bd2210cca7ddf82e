// SPDX-License-Identifier: MIT
//
// See arch/crash.hpp.

#include <arch/layout/el2_call.h>

.macro crash name
    .section .text.quartet_crash_\name, "ax"
    .balign 4
    .global quartet_crash_\name
    .type quartet_crash_\name, %function
quartet_crash_\name:
.endm

.macro end_crash name
    ret
    .size quartet_crash_\name, . - quartet_crash_\name
.endm

crash read
    ldr     x0, [x0]
end_crash read

crash write
    str     xzr, [x0]
end_crash write

crash read_unaligned
    ldr     w0, [x0, #1]
end_crash read_unaligned

crash call
    stp     x29, x30, [sp, #-16]!
    mov     x29, sp
    blr     x0
    ldp     x29, x30, [sp], #16
end_crash call

crash undefined
    .inst   0x00000000              // udf #0
end_crash undefined

crash brk
    brk     #0x1234
end_crash brk

crash svc
    svc     #42
end_crash svc

crash simd
    mrs     x0, S3_3_C4_C4_1         // fpsr, which -mgeneral-regs-only keeps clang from naming
end_crash simd

crash sysreg
    mrs     x0, S3_4_C1_C1_0        // hcr_el2
end_crash sysreg

crash sysreg_write
    msr     S3_4_C1_C1_0, x0
end_crash sysreg_write

crash acquire
    ldar    w0, [x0]
end_crash acquire

crash sp
    mov     x1, sp
    sub     sp, sp, #8
    ldr     x0, [sp]
    mov     sp, x1
end_crash sp

crash pc
    adr     x0, 1f
    add     x0, x0, #2
    br      x0
1:  nop
end_crash pc

crash serror
    mov     x0, #EL2_CALL_SERROR
    hvc     #0
    isb
    nop
end_crash serror

crash eret
    msr     spsr_el1, x0
    adr     x0, quartet_crash_eret
    msr     elr_el1, x0
    eret
end_crash eret

crash slot
    msr     daifset, #0xf
    msr     spsr_el1, x1
    adr     x1, quartet_crash_slot
    msr     elr_el1, x1
    adrp    x1, quartet_vectors
    add     x1, x1, :lo12:quartet_vectors
    add     x1, x1, x0, lsl #7
    msr     spsel, #1
    br      x1
end_crash slot
