// SPDX-License-Identifier: MIT
//
// Case: CMP01 a dangerous call without Unsafe
// Refused-by: gcc `no matching function`
// Refused-by: clang `no matching constructor`

#include <arch/mmio.hpp>

using namespace quartet;

#if WRONG
arch::MmioRegion region() { return arch::MmioRegion{0x1000}; }
#else
arch::MmioRegion region() { return arch::MmioRegion{Unsafe{"the test never touches it"}, 0x1000}; }
#endif
