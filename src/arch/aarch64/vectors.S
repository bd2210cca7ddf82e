// SPDX-License-Identifier: MIT
//
// The vector table of EL1 and the way of an interrupt through the kernel.
//
// Threads run at EL1t on SP_EL0. SP_EL1 is the core's exception stack: it is empty whenever a thread
// runs, so a fault of a thread, its stack overflow among them, arrives on a good stack. An interrupt
// pushes its frame on the interrupted thread's stack, because that is what is switched away from; the
// handler then runs on the exception stack. A fault at EL1h (inside a handler, or on the exception
// stack's guard) moves to the overflow stack before its first store.

#include <arch/layout/fault_offsets.h>
#include <arch/layout/offsets.h>
#include "simd_open.inc"

// Everything that a fault report shows. sp: a good stack; x0 and x1 are in the frame, and hold the faulting code's stack
// pointer and the word of FAULT_SLOT and FAULT_DEPTH.
.macro save_fault_frame
    stp     x2, x3, [sp, #FAULT_X + 16]
    stp     x4, x5, [sp, #FAULT_X + 32]
    stp     x6, x7, [sp, #FAULT_X + 48]
    stp     x8, x9, [sp, #FAULT_X + 64]
    stp     x10, x11, [sp, #FAULT_X + 80]
    stp     x12, x13, [sp, #FAULT_X + 96]
    stp     x14, x15, [sp, #FAULT_X + 112]
    stp     x16, x17, [sp, #FAULT_X + 128]
    stp     x18, x19, [sp, #FAULT_X + 144]
    stp     x20, x21, [sp, #FAULT_X + 160]
    stp     x22, x23, [sp, #FAULT_X + 176]
    stp     x24, x25, [sp, #FAULT_X + 192]
    stp     x26, x27, [sp, #FAULT_X + 208]
    stp     x28, x29, [sp, #FAULT_X + 224]
    stp     x30, x0, [sp, #FAULT_X + 240]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x2, x3, [sp, #FAULT_ELR]
    mrs     x4, esr_el1
    mrs     x5, far_el1
    stp     x4, x5, [sp, #FAULT_ESR]
    str     x1, [sp, #FAULT_SLOT]
    str     xzr, [sp, #FAULT_ZERO]
    // A frame record (the faulting code's x29, its pc) links the backtrace of the handler to it.
    stp     x29, x2, [sp, #-16]!
    mov     x29, sp
    add     x0, sp, #16
    bl      quartet_fault
    b       .
.endm

// For a debugger's backtrace through an interrupt: the frame whose end is the CFA, and the interrupted code with its own x30. Where it goes on
// is the pc, register 32 of DWARF for AArch64 (section 4.1). Of no use to the kernel, and not in the image.
    .cfi_sections .debug_frame
.macro unwind_interrupt register:req, offset:req
    .cfi_startproc simple
    .cfi_signal_frame
    .cfi_return_column 32
    .cfi_def_cfa \register, \offset
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
    .cfi_offset x\n, IRQ_FRAME_X0 + \n * 8 - IRQ_FRAME_SIZE
    .endr
    .cfi_offset x18, IRQ_FRAME_X18 - IRQ_FRAME_SIZE
    .cfi_offset x29, IRQ_FRAME_FP - IRQ_FRAME_SIZE
    .cfi_offset x30, IRQ_FRAME_LR - IRQ_FRAME_SIZE
    .cfi_offset 32, IRQ_FRAME_ELR - IRQ_FRAME_SIZE
.endm

// A slot of at most 32 instructions that leaves for its continuation. `.org` refuses to go backwards, so a
// slot that grows too long does not assemble.
.macro slot_of_thread table, number
    .org    \table + \number * 128
    sub     sp, sp, #FAULT_SIZE
    stp     x0, x1, [sp, #FAULT_X]
    mov     x1, #\number
    b       fault_of_thread
.endm

.macro slot_of_handler table, number
    .org    \table + \number * 128
    // Swap sp and x0 without memory: x0 goes to TPIDRRO_EL0, TPIDR_EL0 holds the overflow stack.
    msr     tpidrro_el0, x0
    mrs     x0, tpidr_el0
    add     sp, sp, x0
    sub     x0, sp, x0
    sub     sp, sp, x0
    sub     sp, sp, #FAULT_SIZE     // x0 = the stack pointer of the faulting handler
    str     x1, [sp, #FAULT_X + 8]
    mrs     x1, tpidrro_el0
    str     x1, [sp, #FAULT_X]
    mov     x1, #\number
    b       fault_of_handler
.endm

// All slots but a thread's synchronous one and its interrupt.
.macro other_slots table
    slot_of_thread \table, 2       // FIQ
    slot_of_thread \table, 3       // SError
    // From EL1h: a handler, or this code.
    slot_of_handler \table, 4
    slot_of_handler \table, 5
    slot_of_handler \table, 6
    slot_of_handler \table, 7
    // From EL0, AArch64 and AArch32: nothing runs there, but a stray eret shall be reported.
    slot_of_thread \table, 8
    slot_of_thread \table, 9
    slot_of_thread \table, 10
    slot_of_thread \table, 11
    slot_of_thread \table, 12
    slot_of_thread \table, 13
    slot_of_thread \table, 14
    slot_of_thread \table, 15
    .org    \table + 2048
.endm

    .section .text.table, "ax"
    .balign 2048
    .global quartet_vectors
quartet_vectors:
    // From EL1t: a thread.
    // Synchronous: a SIMD instruction of a thread that does not have SIMD open goes on (fp_state.S), the rest is a fault.
    sub     sp, sp, #FAULT_SIZE
    stp     x0, x1, [sp, #FAULT_X]
    mrs     x0, esr_el1
    lsr     x0, x0, #26             // ESR_EL1.EC
    cmp     x0, #0x07               // ExceptionClass::FpSimd
    mov     x1, #0
    b.eq    quartet_fp_trap
    b       fault_of_thread

    // IRQ. From the write of an SGI to the handler's first instruction: 32 instructions.
    .org    quartet_vectors + 1 * 128
    unwind_interrupt x29, IRQ_FRAME_SIZE - IRQ_FRAME_FP     // as a handler finds it
irq_slot:
    msr     spsel, #0
    stp     x0, x1, [sp, #-IRQ_FRAME_SIZE]!
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x30, [sp, #IRQ_FRAME_X18]
    mrs     x1, elr_el1
    mrs     x2, spsr_el1
    stp     x29, x1, [sp, #IRQ_FRAME_FP]
    str     x2, [sp, #IRQ_FRAME_SPSR]
    add     x29, sp, #IRQ_FRAME_FP
    mrs     x0, tpidr_el1
    ldr     x0, [x0, #THREAD_CORE]
    ldp     x1, x2, [x0, #CORE_GICC]    // and CORE_IRQ_TABLE
    msr     spsel, #1
    ldr     w3, [x1, #GICC_IAR]         // acknowledges: once, and the whole word is kept for EOIR
    and     w4, w3, #0x3ff
    cmp     w4, #1020
    b.hs    irq_special
    add     x4, x2, x4, lsl #4          // IRQ_ENTRY_SIZE
    // Acquire, for two reasons. The handler's own argument is read, not an older one (irq.cpp, `publish`). And its
    // address depends on the acknowledged word, so it comes after that; all else that is read after it is what the
    // sender of an SGI wrote before sending.
    ldar    x5, [x4]                    // IRQ_ENTRY_HANDLER
    ldr     x4, [x4, #IRQ_ENTRY_ARGUMENT]
    stp     x3, x4, [x0, #CORE_IRQ]!    // IRQ_IAR, IRQ_ARGUMENT; x0 = IrqContext
    blr     x5
    b       irq_complete
    .cfi_endproc

    other_slots quartet_vectors

// While a thread has SIMD open: the same, but that an interrupt closes it first, so that a handler's SIMD instruction
// traps whoever was interrupted, and interrupts of all others pay nothing for it (docs/adr/0009). The thread traps
// again at its next SIMD instruction, and finds its registers as they were.
    .balign 2048
    .global quartet_simd_vectors
quartet_simd_vectors:
    slot_of_thread quartet_simd_vectors, 0
    .org    quartet_simd_vectors + 1 * 128
    str     x0, [sp, #-16]!         // the exception stack: empty
    close_simd x0
    ldr     x0, [sp], #16
    b       irq_slot
    other_slots quartet_simd_vectors

    .section .text.vectors, "ax"
irq_complete:
    mrs     x0, tpidr_el1
    ldr     x0, [x0, #THREAD_CORE]
    ldr     x1, [x0, #CORE_GICC]
    ldr     w2, [x0, #CORE_IRQ + IRQ_IAR]
    str     w2, [x1, #GICC_EOIR]        // the complete word: for an SGI its upper bits name the sender
irq_tail:
    // The one place of the path where a due reschedule happens, on the thread's own stack.
    ldr     w2, [x0, #CORE_RESCHEDULE]
    msr     spsel, #0
    cbnz    w2, irq_reschedule
irq_return:
    ldp     x29, x1, [sp, #IRQ_FRAME_FP]
    // A restartable sequence (magazine.S) that was interrupted begins again: others may have run on this core, or the
    // thread may be on another one.
    ldr     x2, =quartet_restart_begin
    sub     x2, x1, x2
    cmp     x2, #RESTART_SPAN
    b.lo    irq_restart
irq_return_there:                       // to x1
    ldr     x2, [sp, #IRQ_FRAME_SPSR]
    msr     elr_el1, x1
    msr     spsr_el1, x2
    ldp     x18, x30, [sp, #IRQ_FRAME_X18]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp], #IRQ_FRAME_SIZE
    eret

    unwind_interrupt sp, IRQ_FRAME_SIZE
irq_reschedule:
    bl      quartet_irq_reschedule
    b       irq_return                  // perhaps on another core, much later
    .cfi_endproc

irq_restart:
    mov     x0, x1
    bl      quartet_restart_pc
    mov     x1, x0
    b       irq_return_there

// 1020-1023: nothing was acknowledged, so nothing is completed.
irq_special:
    stp     x3, xzr, [x0, #CORE_IRQ]!
    bl      quartet_irq_special
    mrs     x0, tpidr_el1
    ldr     x0, [x0, #THREAD_CORE]
    b       irq_tail

// x1 = the slot's number.
    .global fault_of_thread
fault_of_thread:
    mrs     x0, sp_el0
    save_fault_frame

fault_of_handler:
    movk    x1, #1, lsl #32         // FAULT_DEPTH is the upper half
    save_fault_frame
