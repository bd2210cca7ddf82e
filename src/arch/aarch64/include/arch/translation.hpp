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
