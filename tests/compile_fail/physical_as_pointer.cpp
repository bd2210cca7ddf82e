// SPDX-License-Identifier: MIT
//
// Case: CMP17 following a physical address
// Refused-by: gcc `no match for`
// Refused-by: clang `indirection requires pointer operand`

#include <arch/linear_map.hpp>

using namespace quartet;

#if WRONG
u8 f(PhysAddr address) { return *address; }
#else
u8 f(PhysAddr address) {
    return *static_cast<u8*>(arch::linear_pointer(Unsafe{"an address of RAM by contract"}, address));
}
#endif
