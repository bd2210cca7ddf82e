/* SPDX-License-Identifier: MIT
 *
 * What head.S leaves for the C++ side, and what the C++ side leaves for each core in head.S.
 */

#pragma once

#define BOOT_X0 0     /* x0 at entry */
#define BOOT_LOAD 8   /* physical address of the image */
#define BOOT_EL 16    /* 1, 2 or 3: the exception level of the entry */
#define BOOT_COUNTER 24 /* CNTVCT in the first instruction */
#define BOOT_SIZE 32

#define RECORD_STACK 0            /* top of the stack that it starts on */
#define RECORD_THREAD 8           /* its thread, for TPIDR_EL1 */
#define RECORD_EXCEPTION_STACK 16
#define RECORD_OVERFLOW_STACK 24
#define RECORD_SIZE 64            /* a cache line each */

#define BOOT_STACK_SIZE 16384 /* of the flow that boots */

/* Stacks of a core: see boot/core_stacks.hpp. */
#define CORE_GUARD_SIZE 65536 /* never mapped; the boot stack has one too */
#define CORE_OVERFLOW_STACK_SIZE 8192
#define CORE_EXCEPTION_STACK_SIZE 8192
#define CORE_IDLE_STACK_SIZE 8192
