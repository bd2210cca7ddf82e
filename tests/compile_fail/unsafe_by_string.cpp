// SPDX-License-Identifier: MIT
//
// Case: CMP03 a bare string where Unsafe is asked for
// Refused-by: gcc `could not convert`
// Refused-by: clang `no matching constructor`

#include <arch/mmio.hpp>

using namespace quartet;

#if WRONG
arch::MmioRegion region() { return {std::string_view{"the test never touches it"}, 0x1000}; }
#else
arch::MmioRegion region() { return {Unsafe{"the test never touches it"}, 0x1000}; }
#endif
