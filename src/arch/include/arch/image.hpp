// SPDX-License-Identifier: MIT
//
// The kernel image: where the linker put its parts, and where it was loaded.

#pragma once

#include <arch/image_parts.hpp>
#include <arch/layout/boot_record.h>
#include <arch/layout/translation.hpp>
#include <base/address.hpp>

#include <cstddef>

namespace quartet::arch {

// Where the image is linked, wherever it was loaded.
inline constexpr uptr image_base = 0xffff'ffc0'0000'0000;

// Level-3 tables of the image: it may grow to this many times 2 MiB.
inline constexpr u32 image_tables = 2;

// What head.S found at entry.
struct BootRecord {
    u64 x0;
    PhysAddr load_address;
    u64 exception_level;
    u64 counter;  // CNTVCT in the first instruction
};
static_assert(offsetof(BootRecord, x0) == BOOT_X0 && offsetof(BootRecord, load_address) == BOOT_LOAD);
static_assert(offsetof(BootRecord, exception_level) == BOOT_EL && offsetof(BootRecord, counter) == BOOT_COUNTER);
static_assert(sizeof(BootRecord) == BOOT_SIZE);

}  // namespace quartet::arch

extern "C" {
extern quartet::arch::BootRecord quartet_boot_record;
extern quartet::arch::TranslationTable quartet_kernel_root;  // TTBR1, for good
extern quartet::arch::TranslationTable quartet_idmap_root;   // TTBR0 while a core starts
}
