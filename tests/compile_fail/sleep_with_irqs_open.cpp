// SPDX-License-Identifier: MIT
//
// Case: CMP52 sleeping with interrupts open, after a look that one of them makes wrong
// Refused-by: gcc `too few arguments to function`
// Refused-by: clang `too few arguments to function call`

#include <arch/cpu.hpp>
#include <arch/irq_mask.hpp>

using namespace quartet;

#if WRONG
void f() { arch::wait_for_interrupt(); }
#else
void f(const arch::IrqsMasked& masked) { arch::wait_for_interrupt(masked); }
#endif
