// SPDX-License-Identifier: MIT
//
// Case: CMP63 the claim that interrupts are masked, without a reason
// Refused-by: gcc `no matching function for call to`
// Refused-by: clang `no matching constructor`

#include <arch/irq_mask.hpp>

using namespace quartet;

#if WRONG
bool f() { return arch::IrqsMasked{arch::IrqsMasked::WereMasked{}}.was_open(); }
#else
bool f() {
    return arch::IrqsMasked{Unsafe{"the tail of an interrupt is masked"}, arch::IrqsMasked::WereMasked{}}.was_open();
}
#endif
