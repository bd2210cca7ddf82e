/* SPDX-License-Identifier: MIT
 *
 * Opening and closing SIMD on this core. Open means two things that hold together: CPACR_EL1 lets SIMD instructions
 * through, and the vectors are those whose interrupt slot closes it again. Between the two writes nothing comes: the
 * caller has interrupts masked. The isb: what follows executes under the new value (DDI 0487, D13.1.2: a write of a
 * system register is seen after a context synchronization event).
 */

#pragma once

#include <arch/layout/system.h>

.macro open_simd scratch
    mov     \scratch, #CPACR_EL1_SIMD
    msr     cpacr_el1, \scratch
    adrp    \scratch, quartet_simd_vectors
    add     \scratch, \scratch, :lo12:quartet_simd_vectors
    msr     vbar_el1, \scratch
    isb
.endm

.macro close_simd scratch
    msr     cpacr_el1, xzr
    adrp    \scratch, quartet_vectors
    add     \scratch, \scratch, :lo12:quartet_vectors
    msr     vbar_el1, \scratch
    isb
.endm
