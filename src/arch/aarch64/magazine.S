/* SPDX-License-Identifier: MIT
 *
 * Taking an object from this core's magazine, and putting one into it, without a lock and with interrupts
 * open. Each is a restartable sequence: it reads, decides, and ends in one store. Whoever is interrupted
 * inside it is sent back to its start by the interrupt's tail (vectors.S, arch/restart.hpp), so that nothing
 * that was read before, not even which core this is, is used after it. Nothing before the last store
 * changes what somebody else on this core could see: the object that `push` writes lies above `top`.
 */

#include <arch/layout/offsets.h>

/* void *quartet_magazine_pop(mm::Cache *cache) */
    .section .text.quartet_magazine, "ax", %progbits
    .balign 64
    .global quartet_restart_begin
quartet_restart_begin:
    .global quartet_magazine_pop
    .type quartet_magazine_pop, %function
quartet_magazine_pop:
.Lpop_start:
    mrs     x1, tpidrro_el0
    ldr     x2, [x0, #CACHE_SLOT]
    ldr     x3, [x1, x2]                /* `top` of this core's magazine of this cache: MAGAZINE_TOP is 0 */
    ldr     x4, [x3], #-8               /* null where that is the bottom */
    cbz     x4, 1f
    str     x3, [x1, x2]
.Lpop_done:
    mov     x0, x4
    ret
1:  b       quartet_cache_refill        /* x0 still is the cache; the answer is the caller's */
    .size quartet_magazine_pop, . - quartet_magazine_pop

/* void quartet_magazine_push(mm::Cache *cache, void *object) */
    .balign 64
    .global quartet_magazine_push
    .type quartet_magazine_push, %function
quartet_magazine_push:
.Lpush_start:
    mrs     x3, tpidrro_el0
    ldr     x2, [x0, #CACHE_SLOT]
    add     x2, x2, x3
    ldp     x3, x4, [x2, #MAGAZINE_TOP]
    cmp     x3, x4
    b.hs    1f
    str     x1, [x3, #8]!
    str     x3, [x2, #MAGAZINE_TOP]
.Lpush_done:
    ret
1:  b       quartet_cache_flush         /* x0 and x1 still are the arguments */
    .size quartet_magazine_push, . - quartet_magazine_push
    /* Refuses to go backwards: were they longer than the span, this would not assemble. */
    .org    quartet_restart_begin + RESTART_SPAN

    .section .rodata.quartet_restart_ranges, "a", %progbits
    .balign 8
    .global quartet_restart_ranges
    .type quartet_restart_ranges, %object
quartet_restart_ranges:
    .quad   .Lpop_start, .Lpop_done
    .quad   .Lpush_start, .Lpush_done
    .size quartet_restart_ranges, . - quartet_restart_ranges
