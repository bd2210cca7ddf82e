// SPDX-License-Identifier: MIT
//
// Interrupt lines that no device and nobody else has, for the storm and for workers that attach to one: the last ones of the
// controller.

#pragma once

#include <base/types.hpp>

namespace quartet::torture {

inline constexpr u32 storm_line = 0;
// Worker n has `worker_lines + n`.
inline constexpr u32 worker_lines = 1;
inline constexpr u32 worker_count = 8;

// Context: thread, once, before any is asked for.
void find_spare_lines() noexcept;

// 0: there are not so many. Context: any.
u32 spare_line(u32 index) noexcept;

}  // namespace quartet::torture
