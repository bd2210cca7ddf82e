/* SPDX-License-Identifier: MIT
 *
 * Offsets that assembly and C++ share. The C++ owner of each structure asserts every line of its part
 * (static_assert beside the structure), so that neither side can move alone.
 */

#pragma once

/* kernel::Thread, reached through TPIDR_EL1 */
#define THREAD_SP 0    /* stack pointer while it does not run (SavedContext) */
#define THREAD_CORE 8  /* the kernel::Core that runs it, or ran it last */
#define THREAD_SIMD 72 /* room of its arch::SimdState; 0: it must not use SIMD */
#define THREAD_SIMD_USED 80 /* u32: non-zero from its first SIMD instruction on */

/* kernel::Core, one a core. CORE_GICC and CORE_IRQ_TABLE are loaded as one pair: keep them neighbours. */
#define CORE_ID 0               /* u32: 0-3 */
#define CORE_RESCHEDULE 4       /* u32: non-zero where the interrupt tail owes a reschedule */
#define CORE_GICC 8             /* virtual address of this core's GIC CPU interface */
#define CORE_IRQ_TABLE 16       /* quartet_irq_table */
#define CORE_EXCEPTION_STACK 24 /* top of the stack that handlers run on (SP_EL1) */
#define CORE_OVERFLOW_STACK 32  /* top of the stack that a fault inside a handler is reported on */
#define CORE_DUTIES 44          /* u32: non-zero where the flow that comes owes more than to open the run queue */
#define CORE_SIMD 46            /* u8: non-zero while the registers hold the running thread's SIMD state (fp_state.S) */
#define CORE_TRACED 47          /* u8: non-zero while switches and waits for spin locks are recorded */
#define CORE_IRQ 48             /* kernel::IrqContext of the interrupt being handled */
#define CORE_LOCK_SERVING 64    /* u16: the ticket that the run queue's lock serves; one more opens it */

/* arch::SimdState: FPCR and FPSR, one pair, then q0-q31 */
#define SIMD_FPCR 0
#define SIMD_Q 16
#define SIMD_SIZE 528

/* kernel::IrqContext: stored as one pair by the interrupt slot */
#define IRQ_IAR 0       /* u64: the complete word read from GICC_IAR */
#define IRQ_ARGUMENT 8  /* what was given at attach */
#define IRQ_SIZE 16

/* The frame that the interrupt slot pushes on the interrupted thread's stack. FP and ELR are neighbours:
 * together they are a frame record of the AAPCS64, so that a backtrace walks through the interrupt. */
#define IRQ_FRAME_X0 0 /* x0-x17, pairs */
#define IRQ_FRAME_X18 144
#define IRQ_FRAME_LR 152
#define IRQ_FRAME_FP 160
#define IRQ_FRAME_ELR 168
#define IRQ_FRAME_SPSR 176
#define IRQ_FRAME_SIZE 192

/* sync::TraceKind, for the wait for a spin lock (spin_wait.S) */
#define TRACE_WAIT_BEGINS 5
#define TRACE_WAIT_ENDS 6

/* What a switch saves on the stack of the flow that goes: x29, x30, x19-x28 (context.S) */
#define SWITCH_FRAME_SIZE 96

/* kernel::IrqEntry: the table that vectors.S indexes by interrupt id, `quartet_irq_table` */
#define IRQ_ENTRY_HANDLER 0
#define IRQ_ENTRY_ARGUMENT 8
#define IRQ_ENTRY_SIZE 16

/* GICC registers that vectors.S touches (IHI 0048B, 4.4.4 and 4.4.5) */
#define GICC_IAR 0x0c
#define GICC_EOIR 0x10

/* The restartable sequences of magazine.S lie in so many bytes from quartet_restart_begin on. */
#define RESTART_SPAN 128

/* mm::Cache and mm::Magazine, for the sequences of magazine.S. TPIDRRO_EL0 holds the address of this core's
 * magazines (mm::enter_core); the fault path of handlers borrows that register (vectors.S) and never
 * comes back, so what runs after it on this core allocates nothing. */
#define CACHE_SLOT 0       /* u64: where this cache's magazine lies in each core's magazines, in bytes */
#define MAGAZINE_TOP 0     /* u64: address of the word that holds the object to take next; of the bottom if none. magazine.S wants it first */
#define MAGAZINE_LIMIT 8   /* u64: `top` of a full magazine. MAGAZINE_TOP and it are loaded as one pair */
#define MAGAZINE_BOTTOM 16 /* a word that is always null */
