// SPDX-License-Identifier: MIT
//
// Case: CMP45 a format of print that does not fit its arguments
// Refused-by: gcc `the_format_string_does_not_fit_its_arguments`
// Refused-by: clang `the_format_string_does_not_fit_its_arguments`

#include <quartet/print.hpp>

using namespace quartet;

#if WRONG
void f() { print("{} of {:x}\n", 1, "two"); }
#else
void f() { print("{} of {:x}\n", 1, 2u); }
#endif
