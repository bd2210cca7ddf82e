// SPDX-License-Identifier: MIT
//
// What the start-up has left of the kernel's image.

#include <arch/image.hpp>

extern "C" {
quartet::arch::BootRecord quartet_boot_record{0, quartet::PhysAddr{0x8'0000}, 2, 0};
quartet::arch::TranslationTable quartet_kernel_root{};
}
