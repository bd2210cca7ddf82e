// SPDX-License-Identifier: MIT
//
// Case: CMP48 a duration that no number of nanoseconds says
// Refused-by: gcc `this_duration_is_too_long`
// Refused-by: clang `is not a constant expression`

#include <quartet/time.hpp>

using namespace quartet;

#if WRONG
Duration age() { return 18'446'744'074_s; }
#else
Duration age() { return 18'446'744'073_s; }
#endif
