// SPDX-License-Identifier: MIT
//
// Looking at memory that may not be there.

#pragma once

#include <arch/irq_mask.hpp>
#include <base/types.hpp>
#include <base/unsafe.hpp>

namespace quartet::arch {

// Whether a load from `address` would return memory: mapped, and not a device, whose registers a
// reader would change. Asks the translation itself (DDI 0487 C5.4.4 AT S1E1R), so nothing faults.
// Context: any. PAR_EL1 is one a core: interrupts are masked around it.
//
// Erratum 1319367 of the A72: an AT that is executed speculatively while EL1's registers are those of
// another world may leave a wrong TLB entry. EL1 has one world here: EL2 never switches stage 2 or
// EL1's tables once the kernel runs.
inline bool readable(uptr address) noexcept {
    IrqsMasked masked;
    u64 par;
    asm volatile("at s1e1r, %1\n isb\n mrs %0, par_el1" : "=r"(par) : "r"(address) : "memory");
    bool failed = (par & 1) != 0;
    bool device = (par >> 60) == 0;  // ATTR[7:4], as in MAIR
    return !failed && !device;
}

// Whether a store to `address`, which is readable, would be legal. Context: as `readable`.
inline bool writable(uptr address) noexcept {
    IrqsMasked masked;
    u64 par;
    asm volatile("at s1e1w, %1\n isb\n mrs %0, par_el1" : "=r"(par) : "r"(address) : "memory");
    return (par & 1) == 0;
}

// Safety: `readable` said so.
inline u8 load_byte(Unsafe, uptr address) noexcept { return *reinterpret_cast<const volatile u8*>(address); }
// Safety: `writable` said so, and whoever owns the memory stands still or copes.
inline void store_byte(Unsafe, uptr address, u8 value) noexcept { *reinterpret_cast<volatile u8*>(address) = value; }
// Safety: as store_byte; 4-byte aligned.
inline void store_instruction(Unsafe, uptr address, u32 value) noexcept {
    *reinterpret_cast<volatile u32*>(address) = value;
}

// Safety: `readable` said so of its first and last byte, and it is 8-byte aligned.
inline u64 load_word(Unsafe, uptr address) noexcept { return *reinterpret_cast<const volatile u64*>(address); }

// Safety: as `load_word`, 4-byte aligned.
inline u32 load_instruction(Unsafe, uptr address) noexcept { return *reinterpret_cast<const volatile u32*>(address); }

}  // namespace quartet::arch
