// SPDX-License-Identifier: MIT
//
// The wait for a spin lock that somebody holds: see halved_word.hpp. Asleep: the exclusive load arms this core's monitor, and
// the store that changes the half clears it, which is an event (Arm ARM, D1.16.1 and B2.9). So the writer needs neither sev nor
// dsb. A word that nobody ever changes sends none: the event stream that head.S switches on wakes this core every 2^16 counts
// (D11.2.4), and it looks at the clock. On a core that records, both ends of the wait are told (kernel/trace).

#include <arch/layout/offsets.h>
#include <arch/layout/panic_trap.h>

.macro wait_asleep
7:  ldr     x14, =quartet_longest_spin
    ldr     x14, [x14]
    mrs     x13, cntvct_el0
    add     x14, x14, x13           // when it is over; the counter does not wrap in a machine's life
    sevl
9:  wfe
    ldaxrh  w13, [x16]
    cmp     w13, w17
    b.eq    8f
    mrs     x13, cntvct_el0
    cmp     x13, x14
    b.lo    9b
    brk     #SPIN_BRK
    b       7b                      // whoever goes on behind it knows that the holder stood on purpose
8:
.endm

    .section .text.quartet_wait_for_half, "ax"
    // x16 = the word, w17 = what its lower half is to be. Changes x13, x14 and the flags; x15 is the caller's x30. Masked.
    .global quartet_wait_for_half
    .type quartet_wait_for_half, %function
quartet_wait_for_half:
    mrs     x14, tpidr_el1
    ldr     x14, [x14, #THREAD_CORE]
    cbz     x14, 2f                     // not in the scheduler yet, as on a core that starts: it records nothing
    ldrb    w14, [x14, #CORE_TRACED]
    cbnz    w14, 1f
2:  wait_asleep
    ret
    // What C++ may change is kept.
1:  stp     x29, x30, [sp, #-160]!
    mov     x29, sp
    stp     x0, x1, [sp, #16]
    stp     x2, x3, [sp, #32]
    stp     x4, x5, [sp, #48]
    stp     x6, x7, [sp, #64]
    stp     x8, x9, [sp, #80]
    stp     x10, x11, [sp, #96]
    stp     x12, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    str     x18, [sp, #144]
    mov     x0, x16
    mov     w1, #TRACE_WAIT_BEGINS
    bl      quartet_lock_waits
    ldp     x16, x17, [sp, #128]
    ldr     x15, [sp, #120]
    wait_asleep
    mov     x0, x16
    mov     w1, #TRACE_WAIT_ENDS
    bl      quartet_lock_waits
    ldr     x18, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x12, x15, [sp, #112]
    ldp     x10, x11, [sp, #96]
    ldp     x8, x9, [sp, #80]
    ldp     x6, x7, [sp, #64]
    ldp     x4, x5, [sp, #48]
    ldp     x2, x3, [sp, #32]
    ldp     x0, x1, [sp, #16]
    ldp     x29, x30, [sp], #160
    ret
    .ltorg
    .size quartet_wait_for_half, . - quartet_wait_for_half
