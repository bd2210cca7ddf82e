// SPDX-License-Identifier: MIT
//
// Telling the table walkers and TLBs of all cores what changed in the tables.

#pragma once

#include <arch/layout/translation.hpp>
#include <base/types.hpp>

namespace quartet::arch {

// One load: who holds no lock must not see two states of an entry that another core is changing.
inline Descriptor read_entry(const Descriptor& entry) noexcept {
    return Descriptor{*reinterpret_cast<const volatile u64*>(&entry)};
}

// Where the walk of the upper half begins on this core: TTBR1_EL1.BADDR (DDI 0487, D13.2.137).
inline PhysAddr kernel_tables() noexcept {
    u64 base;
    asm volatile("mrs %0, ttbr1_el1" : "=r"(base));
    return PhysAddr{base & 0x0000'ffff'ffff'f000};
}

// Whether addresses of the lower half are looked up at all on this core: TCR_EL1.EPD0 (DDI 0487, D13.2.131).
inline bool lower_half_walked() noexcept {
    u64 control;
    asm volatile("mrs %0, tcr_el1" : "=r"(control));
    return (control & TCR_EPD0) == 0;
}

// Entries that were invalid are valid now. An invalid entry is never cached in a TLB, so nothing needs
// to be thrown out: the walk must see the store (dsb), and this core must not have fetched ahead (isb).
// Another core sees it by whatever tells it of the address (DDI 0487, D5.10.2).
inline void publish_mappings() noexcept { asm volatile("dsb ishst\n isb" : : : "memory"); }

// Entries for [begin, end) were cleared, or lost rights: after this no core uses the old ones. `vaae1is` takes all
// ASIDs and every level of the walk; one wait for all.
inline void forget_mappings(uptr begin, uptr end) noexcept {
    asm volatile("dsb ishst" : : : "memory");
    for (uptr at = begin; at < end; at += page_size) {
        asm volatile("tlbi vaae1is, %0" : : "r"((at >> 12) & 0xfff'ffff'ffff) : "memory");
    }
    asm volatile("dsb ish\n isb" : : : "memory");
}

}  // namespace quartet::arch
