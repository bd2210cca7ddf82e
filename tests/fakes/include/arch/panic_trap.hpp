// SPDX-License-Identifier: MIT
//
// The host's trap of a panic: a program that links the kernel's panic says what comes of it.

#pragma once

#include <base/types.hpp>

extern "C" [[noreturn]] void quartet_panic_trap(const void* note) noexcept;
