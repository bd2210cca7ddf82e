// SPDX-License-Identifier: MIT
//
// Case: CMP51 a proof that interrupts are masked, copied to outlive the stretch
// Refused-by: gcc `use of deleted function`
// Refused-by: clang `call to deleted constructor`

#include <arch/irq_mask.hpp>

using namespace quartet;

#if WRONG
arch::IrqsMasked f(const arch::IrqsMasked& masked) { return masked; }
#else
bool f(const arch::IrqsMasked& masked) { return masked.was_open(); }
#endif
