// SPDX-License-Identifier: MIT
//
// C's format strings, for callers in C: the conversions d i u x X o c s p % with flags, width, precision and the
// lengths hh h l ll z. Everything else in Quartet is formatted by format.hpp, which the compiler checks.

#pragma once

#include <base/writer.hpp>

#include <cstdarg>

namespace quartet {

// ISO C 7.23.6.1, as far as named above. What is no conversion of these is written as it stands, and takes no argument.
// A null text prints "(null)"; a null pointer is 0x0. Context: any. Cost: some loop rounds a byte.
void print_c(Writer& out, const char* format, std::va_list args) noexcept;

}  // namespace quartet
