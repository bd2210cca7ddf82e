// SPDX-License-Identifier: MIT
//
// A panic is a brk: see arch/panic_trap.hpp.

#include <arch/layout/panic_trap.h>

    .section .text.quartet_panic_trap, "ax"
    .global quartet_panic_trap
    .type quartet_panic_trap, %function
quartet_panic_trap:
    brk     #PANIC_BRK
    b       .
    .size quartet_panic_trap, . - quartet_panic_trap
