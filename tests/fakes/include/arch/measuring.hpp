// SPDX-License-Identifier: MIT

#pragma once

namespace quartet::arch {

// A test that measures calls the functions by itself.
inline constexpr bool measuring = false;

}  // namespace quartet::arch

extern "C" void quartet_masking_begins() noexcept;
extern "C" void quartet_masking_ends() noexcept;
