/* SPDX-License-Identifier: MIT
 *
 * What head.S leaves for the C++ side, and what the C++ side leaves for a secondary in head.S.
 */

#pragma once

#define BOOT_X0 0     /* x0 at entry */
#define BOOT_LOAD 8   /* physical address of the image */
#define BOOT_EL 16    /* 1, 2 or 3: the exception level of the entry */
#define BOOT_COUNTER 24 /* CNTVCT in the first instruction */
#define BOOT_SIZE 32

#define SECONDARY_STACK 0            /* top of its idle thread's stack */
#define SECONDARY_THREAD 8           /* its idle thread, for TPIDR_EL1 */
#define SECONDARY_EXCEPTION_STACK 16
#define SECONDARY_OVERFLOW_STACK 24
#define SECONDARY_SIZE 64            /* a cache line each */

#define BOOT_STACK_SIZE 16384 /* of the flow that boots */

/* Stacks of a core, in this order, each core's after the last one's: see boot/core_stacks.hpp. */
#define CORE_OVERFLOW_STACK_SIZE 8192
#define CORE_GUARD_SIZE 65536 /* unmapped when the start-up is over */
#define CORE_EXCEPTION_STACK_SIZE 8192
#define CORE_IDLE_STACK_SIZE 8192
