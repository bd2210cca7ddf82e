// SPDX-License-Identifier: MIT
//
// The registers of a core's breakpoints and watchpoints, whose number is part of the instruction.

// w0 = n (0-15), x1 = value, x2 = control, w3 = 0 breakpoint, 1 watchpoint. Values first: the control enables.
    .section .text.quartet_set_debug_pair, "ax"
    .global quartet_set_debug_pair
    .type   quartet_set_debug_pair, %function
quartet_set_debug_pair:
    tst     w3, #1
    b.ne    2f
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    cmp     w0, #\n
    b.ne    1f
    msr     S2_0_C0_C\n\()_4, x1        // DBGBVR<n>_EL1
    msr     S2_0_C0_C\n\()_5, x2        // DBGBCR<n>_EL1
    ret
1:
    .endr
    ret
2:
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    cmp     w0, #\n
    b.ne    1f
    msr     S2_0_C0_C\n\()_6, x1        // DBGWVR<n>_EL1
    msr     S2_0_C0_C\n\()_7, x2        // DBGWCR<n>_EL1
    ret
1:
    .endr
    ret
    .size   quartet_set_debug_pair, . - quartet_set_debug_pair
