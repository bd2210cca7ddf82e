// SPDX-License-Identifier: MIT
//
// The first instructions. Every way in leads here: firmware, U-Boot's booti, an emulator with the raw
// image or the ELF; at EL3, EL2 or EL1; one core arriving or four. MMU and data cache are off, memory is
// therefore Device-like: no exclusives, no unaligned access (scripts/check_early reads the disassembly).
//
// The image is linked in the upper half and runs here at whatever address it was loaded to: only
// pc-relative addressing (adr, adrp) is used until the jump to the linked address.

#include <arch/layout/boot_record.h>
#include <arch/layout/offsets.h>
#include <arch/layout/system.h>

    .section .head, "ax"

// The arm64 Image header (Linux Documentation/arch/arm64/booting.rst).
    .global _start
_start:
    b       primary_entry
    .word   0
    .quad   0                       // text_offset: no demand
    .quad   __image_size            // including bss
    .quad   0xa                     // little-endian, 4 KiB pages, place anywhere
    .quad   0
    .quad   0
    .quad   0
    .ascii  "ARM\x64"
    .word   0

// x0 = device tree, ATAGs, 0 or rubbish.
primary_entry:
    // Which core: Aff0 of MPIDR_EL1. An ELF loader starts all four here at once; the others wait.
    mrs     x21, mpidr_el1
    and     x21, x21, #0xff
    cbnz    x21, park

    mov     x20, x0
    mrs     x23, CurrentEL          // how we were entered, for the boot report
    mrs     x22, cntvct_el0         // when we began, for the count of the start-up
    cmp     x23, #(1 << 2)
    b.eq    1f
    mrs     x22, cntpct_el0         // above EL1: CNTVOFF is unknown yet; it will be 0, and the two the same
1:
    bl      descend_to_el1

    bl      forget_early_memory     // dirty lines of an earlier owner must not fall on what we write
    adrp    x2, __boot_stack_end
    mov     sp, x2
    mov     x29, xzr
    mov     x30, xzr

    // The record that the C++ side reads.
    adrp    x1, quartet_boot_record
    add     x1, x1, :lo12:quartet_boot_record
    adrp    x2, _start
    lsr     x23, x23, #2
    stp     x20, x2, [x1, #BOOT_X0]
    stp     x23, x22, [x1, #BOOT_EL]

    bl      quartet_early_map       // builds the first tables; MMU still off
    bl      forget_early_memory     // clean lines fetched meanwhile must not hide what was written

    adr     x0, primary_upper_literal
    ldr     x0, [x0]
    b       enable_mmu

    .balign 8
primary_upper_literal:
    .quad   primary_upper

// Invalidate to PoC what is written with caches off: the first tables, the record, the boot stack.
// The barrier: with the MMU off, stores are Device accesses, and the maintenance of a line is not ordered behind
// those to it without one (Arm ARM, ordering of data cache instructions: only Normal cacheable accesses are). A store
// that came after its line was invalidated could be hidden by what is fetched in between.
forget_early_memory:
    dmb     sy
    mrs     x9, ctr_el0
    ubfx    x9, x9, #16, #4         // CTR_EL0.DminLine: log2 of the words in the smallest line
    mov     x10, #4
    lsl     x10, x10, x9
    adrp    x11, __early_begin
    adrp    x12, __early_end        // both page-aligned
1:  dc      ivac, x11
    add     x11, x11, x10
    cmp     x11, x12
    b.lo    1b
    dsb     sy
    ret

// A core that arrived by itself waits here until the kernel writes its entry into its park slot.
// Our own slots, not the tree's: in this way of entry nobody owns page 0 (the tree may lie there).
// The waiter is woken by an explicit sev; the slot is cleaned to PoC by the writer, and this core's
// caches are off, so the load sees it.
park:
    adrp    x1, quartet_park_slots
    add     x1, x1, :lo12:quartet_park_slots
    cmp     x21, #4
    b.hs    2f
1:  ldr     x2, [x1, x21, lsl #3]
    cbnz    x2, 3f
    wfe
    b       1b
2:  wfe                             // a core that the kernel has no record for
    b       2b
3:  br      x2

    .section .data.park, "aw"
    .balign 64
    .global quartet_park_slots
quartet_park_slots:
    .quad   0, 0, 0, 0
    .balign 64

// ---------------------------------------------------------------------------------------------
// Resident: also what a released secondary executes, long after boot memory was given away.

    .section .text.resident, "ax"

// Physical entry of a secondary: through the spin table or a park slot at EL2 or EL3, through PSCI at
// EL2 or EL1 (x0 = context id, unused). Which core it is it reads itself.
    .global quartet_secondary_entry
quartet_secondary_entry:
    bl      descend_to_el1
    // x0 = linked address to go on at, chosen by enable_mmu's caller.
    adr     x0, secondary_upper_literal
    ldr     x0, [x0]
    b       enable_mmu

    .balign 8
secondary_upper_literal:
    .quad   secondary_upper

// Bring this core from where it is to EL1h with everything that is unknown at reset written whole.
// Returns to x30, at EL1. Uses x8-x17. Vectors first: from here on a wrong access ends in a loop
// that a debugger finds by name, not in empty memory.
descend_to_el1:
    adrp    x9, early_vectors
    add     x9, x9, :lo12:early_vectors
    mrs     x10, CurrentEL
    cmp     x10, #(2 << 2)
    b.lo    at_el1
    b.eq    at_el2

    // --- EL3: no firmware below us --------------------------------------------------------------
    msr     vbar_el3, x9
    mrs     x10, midr_el1
    mov     x11, #MIDR_CORTEX_A72
    ubfx    x12, x10, #4, #12
    cmp     x12, x11
    b.ne    1f
    // The L2 data RAM of this chip needs a cycle of set-up and three of access, which reset does not choose and the stock
    // stub does (L2CTLR_EL1 bits 5 and 1). It may be written while the L2 is idle alone: by the first core, whose
    // caches are off; who comes later finds it done.
    mrs     x11, mpidr_el1
    tst     x11, #0xff
    b.ne    4f
    mrs     x11, S3_1_C11_C0_2
    mov     x12, #0x22
    orr     x11, x11, x12
    msr     S3_1_C11_C0_2, x11
    isb
4:  // ACTLR_EL3 stays 0: levels below change none of these registers.
    // Cortex-A72 TRM 4.3.67: CPUECTLR_EL1.SMPEN before caches, TLBs or coherency are used.
    mrs     x11, S3_1_C15_C2_1
    orr     x11, x11, #(1 << 6)
    msr     S3_1_C15_C2_1, x11
    // Erratum 859971 (r0p0-r0p3, SDEN-849150): no instruction prefetch, CPUACTLR_EL1 bit 32.
    mrs     x11, S3_1_C15_C2_0
    orr     x11, x11, #(1 << 32)
    msr     S3_1_C15_C2_0, x11
    isb
    // Groups of the interrupt controller. Where it has the security extension (IHI 0048B 4.3.2, GICD_TYPER bit
    // 10), every id is the secure side's until it says otherwise, which only this level can: group 1 for all,
    // and a priority mask that lets them through. IGROUPR0 is banked, so each core that comes here does it.
    // GICD_CTLR and GICC_CTLR are not touched: group 0, which is FIQ, stays off as at reset, and the enables of group 1
    // are bit 0 of what the non-secure driver sees of both.
    // The address is the BCM2711's: no tree was read yet, and of Cortex-A72 boards ours alone starts us at EL3.
    ldr     x11, =BCM2711_GICD
    ldr     w12, [x11, #GICD_TYPER]
    tbz     w12, #10, 1f
    and     w12, w12, #0x1f         // ITLinesNumber: one register less than there are
    add     x13, x11, #GICD_IGROUPR
    mov     w14, #-1
3:  str     w14, [x13], #4
    subs    w12, w12, #1
    b.pl    3b
    mov     w14, #0xff
    str     w14, [x11, #(GICD_TO_GICC + GICC_PMR)]
    // The counter's source, which the stock stub sets: the 54 MHz crystal, one count a cycle (BCM2836 ARM-local
    // peripherals, 4.2: control register 0 = crystal, prescaler 2^31 = divide by one).
    ldr     x11, =BCM2711_LOCAL
    str     wzr, [x11]
    mov     w14, #0x80000000
    str     w14, [x11, #8]
1:  // CNTFRQ_EL0 is only a note for software; firmware would have left it. Keep what is there.
    mrs     x11, cntfrq_el0
    cbnz    x11, 2f
    mov     x11, #(COUNTER_HZ_BOARD & 0xffff)
    movk    x11, #(COUNTER_HZ_BOARD >> 16), lsl #16
    msr     cntfrq_el0, x11
2:  mov     x11, #SCR_EL3_VALUE     // next level: AArch64, non-secure, HVC on, no SMC (nobody is
                                    // here to answer), IRQ, FIQ and SError not taken to EL3: the stock stub's value
    msr     scr_el3, x11
    msr     cptr_el3, xzr           // no traps to a level where nobody listens
    msr     mdcr_el3, xzr
    mov     x11, #SPSR_EL2H_MASKED
    msr     spsr_el3, x11
    adr     x11, at_el2
    msr     elr_el3, x11
    eret

at_el2:
    // The EL2 stub stays resident: another kernel can be handed the machine through it.
    adrp    x11, quartet_el2_vectors
    add     x11, x11, :lo12:quartet_el2_vectors
    msr     vbar_el2, x11
    ldr     x11, =SCTLR_EL2_VALUE   // MMU and caches of EL2 off, little-endian, RES1 bits set
    msr     sctlr_el2, x11
    mov     x11, #HCR_EL2_VALUE     // EL1 is AArch64; nothing routed or trapped to EL2
    msr     hcr_el2, x11
    mov     x11, #CPTR_EL2_VALUE    // RES1 bits; no trap of SIMD or of CPACR
    msr     cptr_el2, x11
    msr     hstr_el2, xzr           // no trap of CP15 accesses (AArch32, but unknown at reset)
    mrs     x11, pmcr_el0
    ubfx    x11, x11, #11, #5
    msr     mdcr_el2, x11           // HPMN = all counters for EL1, TDE = 0: debug exceptions stay at EL1
    msr     vttbr_el2, xzr          // VMID 0: TLB entries of EL1 carry it
    mrs     x11, midr_el1
    msr     vpidr_el2, x11          // what EL1 reads as MIDR_EL1 and MPIDR_EL1
    mrs     x11, mpidr_el1
    msr     vmpidr_el2, x11
    mov     x11, #CNTHCTL_EL2_VALUE // EL1 may use the physical counter and timer
    msr     cnthctl_el2, x11
    msr     cntvoff_el2, xzr        // the virtual counter is the physical one, on every core
    ldr     x11, =SCTLR_EL1_OFF     // EL1 begins with MMU and caches off, little-endian
    msr     sctlr_el1, x11
    mov     x11, #SPSR_EL1H_MASKED
    msr     spsr_el2, x11
    adr     x11, at_el1
    msr     elr_el2, x11
    eret

at_el1:
    msr     vbar_el1, x9
    ldr     x11, =SCTLR_EL1_OFF
    msr     sctlr_el1, x11
    isb
    msr     daifset, #0xf           // entered at EL1, DAIF is whatever it was
    msr     spsel, #1
    msr     cpacr_el1, xzr          // SIMD and floating point trap until a thread may have them
    msr     mdscr_el1, xzr          // no single-step, no breakpoints left over
    msr     oslar_el1, xzr          // the OS lock is set at reset and would hide debug exceptions
    mov     x11, #CNTKCTL_EL1_VALUE // nothing below EL1 reads timers; a wfe ends after 2^16 counts at the latest
    msr     cntkctl_el1, x11
    msr     cntv_ctl_el0, xzr       // no timer interrupt left over
    msr     cntp_ctl_el0, xzr
    msr     contextidr_el1, xzr
    msr     tpidr_el0, xzr
    msr     tpidrro_el0, xzr
    msr     tpidr_el1, xzr
    msr     afsr0_el1, xzr
    msr     afsr1_el1, xzr
    msr     esr_el1, xzr
    msr     far_el1, xzr
    isb
    ret

    .ltorg

// A fault before the kernel's vectors are live. No console exists yet: the registers are left where a
// debugger looks, x24 = which slot.
    .section .text.table, "ax"
    .balign 2048
early_vectors:
    .set    slot, 0
    .rept   16
    .balign 128
    mov     x24, #slot
    b       quartet_early_fault
    .set    slot, slot + 1
    .endr
    .balign 128

    .section .text.resident, "ax"
    .global quartet_early_fault
quartet_early_fault:
    wfe
    b       quartet_early_fault

// The one page that is mapped at its own address, so that the instruction after SCTLR.M is fetched.
    .section .text.idmap, "ax"
    .balign 256                     // so that it lies in one page
    .global quartet_idmap
quartet_idmap:
// x0 = linked address to continue at. Tables are in memory, cleaned or invalidated to PoC.
enable_mmu:
    ldr     x1, =MAIR_VALUE
    msr     mair_el1, x1
    msr     amair_el1, xzr
    ldr     x1, =TCR_EARLY
    mrs     x2, id_aa64mmfr0_el1    // physical address size: what the core has (0-5, 48 bits at most)
    and     x2, x2, #0x7
    cmp     x2, #5
    mov     x3, #5
    csel    x2, x2, x3, lo
    bfi     x1, x2, #32, #3         // TCR_EL1.IPS
    msr     tcr_el1, x1
    adrp    x1, quartet_idmap_root
    msr     ttbr0_el1, x1
    adrp    x1, quartet_kernel_root
    msr     ttbr1_el1, x1
    // Nothing stale: instruction cache and TLB hold no promise after reset (Arm ARM D4.5, D5.10).
    ic      iallu
    tlbi    vmalle1
    dsb     nsh
    isb
    ldr     x1, =SCTLR_EL1_ON
    msr     sctlr_el1, x1
    isb
    // From here Normal memory is cached, exclusives and unaligned accesses are legal.
    br      x0
    .ltorg
    .org    quartet_idmap + 256     // an error where it is longer

// ---------------------------------------------------------------------------------------------
// In the upper half.

// This core's stacks and thread, from its record. Handlers get SP_EL1; threads, the one that boots among them, run
// on SP_EL0. SError and breakpoints are heard from here on. Uses x0-x5.
.macro take_stacks
    mrs     x0, mpidr_el1
    and     x0, x0, #0xff
    adrp    x1, quartet_core_records
    add     x1, x1, :lo12:quartet_core_records
    mov     x2, #RECORD_SIZE
    madd    x1, x0, x2, x1
    ldp     x2, x3, [x1, #RECORD_STACK]
    ldp     x4, x5, [x1, #RECORD_EXCEPTION_STACK]
    mov     sp, x4
    msr     tpidr_el0, x5
    msr     tpidr_el1, x3
    msr     spsel, #0
    mov     sp, x2
    mov     x29, xzr
    mov     x30, xzr
    msr     daifclr, #12
.endm

    .section .text.resident, "ax"
primary_upper:
    bl      disable_identity
    adrp    x0, quartet_vectors
    add     x0, x0, :lo12:quartet_vectors
    msr     vbar_el1, x0

    // bss is zeroed with caches on: what the loader left dirty of it is overwritten, not evicted later.
    adrp    x0, __bss_begin
    add     x0, x0, :lo12:__bss_begin
    adrp    x1, __bss_end
    add     x1, x1, :lo12:__bss_end
1:  stp     xzr, xzr, [x0], #16
    stp     xzr, xzr, [x0], #16
    stp     xzr, xzr, [x0], #16
    stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.lo    1b

    take_stacks                     // again the boot stack, now at its linked address
    bl      quartet_boot
    b       .

// x0 for C++: the core's number. Its stacks come from the record that the releasing core prepared and
// cleaned to PoC; by now this core's caches are on and coherent, so plain loads see it.
secondary_upper:
    bl      disable_identity
    adrp    x0, quartet_vectors
    add     x0, x0, :lo12:quartet_vectors
    msr     vbar_el1, x0
    take_stacks
    bl      quartet_secondary
    b       .

// TTBR0 off: from here every address of the lower half, the null page among them, faults.
disable_identity:
    mrs     x1, tcr_el1
    orr     x1, x1, #TCR_EPD0
    msr     tcr_el1, x1
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
    ret

    .section .bss.boot_stack, "aw", %nobits
    .balign 4096
    .global __boot_stack, __boot_stack_end
__boot_stack:
    .skip   BOOT_STACK_SIZE
__boot_stack_end:                   // page-aligned: adrp alone reaches it

    .section .bss.boot_guard, "aw", %nobits
    .balign 4096
    .global __boot_guard
__boot_guard:
    .skip   CORE_GUARD_SIZE

    .section .bss.early, "aw", %nobits
    .balign 4096
    .global quartet_kernel_root, quartet_idmap_root, quartet_boot_record
quartet_kernel_root:
    .skip   4096
quartet_idmap_root:
    .skip   4096
quartet_boot_record:
    .skip   BOOT_SIZE
