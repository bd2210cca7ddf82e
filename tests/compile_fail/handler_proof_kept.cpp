// SPDX-License-Identifier: MIT
//
// Case: CMP56 an interrupt's context, copied to be used after the interrupt
// Refused-by: gcc `use of deleted function`
// Refused-by: clang `call to deleted constructor`

#include <kernel/irq/irq_context.hpp>

using namespace quartet;

#if WRONG
kernel::IrqContext f(kernel::IrqContext& irq) { return irq; }
#else
u32 f(kernel::IrqContext& irq) { return irq.id(); }
#endif
