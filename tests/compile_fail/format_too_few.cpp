// SPDX-License-Identifier: MIT
//
// Case: CMP19 a format string that does not fit its arguments
// Refused-by: gcc `the_format_string_does_not_fit_its_arguments`
// Refused-by: clang `the_format_string_does_not_fit_its_arguments`

#include <base/format.hpp>

using namespace quartet;

#if WRONG
void f(Writer& out) { format(out, "{} of {}", 1); }
#else
void f(Writer& out) { format(out, "{} of {}", 1, 2); }
#endif
