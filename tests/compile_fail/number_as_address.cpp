// SPDX-License-Identifier: MIT
//
// Case: CMP18 a number where a physical address is asked for
// Refused-by: gcc `could not convert`
// Refused-by: clang `no viable conversion`

#include <base/address.hpp>

using namespace quartet;

#if WRONG
PhysRange range() { return {0x1000, 0x2000}; }
#else
PhysRange range() { return {PhysAddr{0x1000}, PhysAddr{0x2000}}; }
#endif
