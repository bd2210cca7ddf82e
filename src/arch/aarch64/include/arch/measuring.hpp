// SPDX-License-Identifier: MIT
//
// Whether masked stretches and handlers are timed: in images with QUARTET_CHECKS, or built with -DQUARTET_MEASURE=ON. The
// host's twin says no.

#pragma once

namespace quartet::arch {

inline constexpr bool measuring = QUARTET_CHECKS != 0 || QUARTET_MEASURE != 0;

}  // namespace quartet::arch

// On this core a stretch with interrupts masked begins, or what was one so far does not count; and it is over. Defined by the
// kernel (irq/long_stretch.cpp). Context: masked.
extern "C" void quartet_masking_begins() noexcept;
extern "C" void quartet_masking_ends() noexcept;
