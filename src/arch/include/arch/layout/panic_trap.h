/* SPDX-License-Identifier: MIT
 *
 * The comments of the brk by which the kernel stops itself, so that a panic saves every register and
 * changes to a good stack by the same path as a fault.
 */

#pragma once

#define PANIC_BRK 0x5150
/* A spin lock that does not come free (spin_wait.S); x16 is its address. Behind it the wait begins anew. */
#define SPIN_BRK 0x5151
