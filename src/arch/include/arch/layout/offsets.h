/* SPDX-License-Identifier: MIT
 *
 * Offsets that assembly and C++ share. The C++ owner of each structure asserts every line of its part
 * (static_assert beside the structure), so that neither side can move alone.
 */

#pragma once

/* kernel::Thread, reached through TPIDR_EL1 */
#define THREAD_SP 0    /* stack pointer while it does not run (SavedContext) */
#define THREAD_CORE 8  /* the kernel::Core that runs it, or ran it last */

/* kernel::Core, one a core */
#define CORE_ID 0               /* u32: 0-3 */
#define CORE_RESCHEDULE 4       /* u32: non-zero where the interrupt tail owes a reschedule */
#define CORE_GICC 8             /* virtual address of this core's GIC CPU interface */
#define CORE_EXCEPTION_STACK 16 /* top of the stack that handlers run on (SP_EL1) */
#define CORE_OVERFLOW_STACK 24  /* top of the stack that a fault inside a handler is reported on */
#define CORE_IRQ 32             /* kernel::IrqContext of the interrupt being handled */

/* kernel::IrqContext */
#define IRQ_IAR 0       /* u32: the complete word read from GICC_IAR */
#define IRQ_CORE 4      /* u32: the core that handles it */
#define IRQ_ARGUMENT 8  /* what was given at attach */
#define IRQ_FRAME 16    /* the interrupted thread's frame */
#define IRQ_SIZE 24

/* kernel::IrqEntry: the table that vectors.S indexes by interrupt id, `quartet_irq_table` */
#define IRQ_ENTRY_HANDLER 0
#define IRQ_ENTRY_ARGUMENT 8
#define IRQ_ENTRY_SIZE 16

/* GICC registers that vectors.S touches (IHI 0048B, 4.4.4 and 4.4.5) */
#define GICC_IAR 0x0c
#define GICC_EOIR 0x10
