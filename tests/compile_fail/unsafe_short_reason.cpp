// SPDX-License-Identifier: MIT
//
// Case: CMP02 Unsafe with a reason that says nothing
// Refused-by: gcc `say_why_the_contract_holds`
// Refused-by: clang `say_why_the_contract_holds`

#include <arch/mmio.hpp>

using namespace quartet;

#if WRONG
arch::MmioRegion region() { return arch::MmioRegion{Unsafe{"it is fine"}, 0x1000}; }
#else
arch::MmioRegion region() { return arch::MmioRegion{Unsafe{"the test never touches it"}, 0x1000}; }
#endif
