// SPDX-License-Identifier: MIT
//
// Into the fault path on purpose.

#pragma once

#include <base/types.hpp>

// Stops with `note` in x0 of the frame that `quartet_fault` is given. Made of one brk, so the frame
// record that x29 names is the caller's. Context: any, after the vectors are live.
extern "C" [[noreturn]] void quartet_panic_trap(const void* note) noexcept;
