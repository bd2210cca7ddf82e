// SPDX-License-Identifier: MIT
//
// The host's image: addresses where the kernel's lies, in the linker script's order, with nothing behind them. Objects
// that a kernel has in its image are this program's here, at some distance from it. This program has a `_start` of its own,
// and so the names are each file's.

#pragma once

#include <base/types.hpp>

#include <cstddef>

namespace quartet::arch {

// No point: arithmetic.
inline const std::byte* sim_image_at(usize offset) noexcept {
    return reinterpret_cast<const std::byte*>(0xffff'ffc0'0000'0000 + offset);
}

}  // namespace quartet::arch

static const std::byte* const _start = quartet::arch::sim_image_at(0);
static const std::byte* const __text_end = quartet::arch::sim_image_at(0x4000);
static const std::byte* const __rodata_end = quartet::arch::sim_image_at(0x6000);
static const std::byte* const __sealed_begin = quartet::arch::sim_image_at(0x8000);
static const std::byte* const __sealed_end = quartet::arch::sim_image_at(0x9000);
static const std::byte* const __early_begin = quartet::arch::sim_image_at(0x9000);
static const std::byte* const __early_end = quartet::arch::sim_image_at(0xb000);
static const std::byte* const __image_end = quartet::arch::sim_image_at(0xe000);
