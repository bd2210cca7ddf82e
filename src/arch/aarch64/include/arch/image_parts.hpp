// SPDX-License-Identifier: MIT
//
// Where the linker put the parts of the image.

#pragma once

#include <cstddef>

// Set by the linker script, all page-aligned, in this order.
extern "C" {
extern const std::byte _start[];
extern const std::byte __boot_begin[];
extern const std::byte __boot_end[];    // between the two what only the start-up runs; unmapped, by whole pages
extern const std::byte __text_end[];    // everything executable lies before it
extern const std::byte __rodata_end[];
extern const std::byte __sealed_begin[];
extern const std::byte __sealed_end[];  // written during start-up only
extern const std::byte __early_begin[];
extern const std::byte __early_end[];
extern const std::byte __bss_end[];
extern const std::byte __image_end[];

extern const std::byte quartet_idmap[];  // the page of enable_mmu
}
