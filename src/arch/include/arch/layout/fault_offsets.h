/* SPDX-License-Identifier: MIT
 *
 * Where vectors.S stores what `quartet_fault` reads. fault_frame.hpp asserts every line, so that
 * neither side can move alone.
 */

#pragma once

#define FAULT_X 0       /* x0-x30, in order */
#define FAULT_SP 248    /* the stack pointer that the faulting code used; pairs with x30 */
#define FAULT_ELR 256   /* elr and spsr are neighbours: one stp stores both */
#define FAULT_SPSR 264
#define FAULT_ESR 272   /* esr and far likewise */
#define FAULT_FAR 280
#define FAULT_SLOT 288  /* u32: number of the vector slot, 0-15, in the table's order */
#define FAULT_DEPTH 292 /* u32: 0; vectors.S stores 1 where it moved to the overflow stack */
#define FAULT_ZERO 296  /* left for the assembly; nobody reads it */
#define FAULT_SIZE 304
