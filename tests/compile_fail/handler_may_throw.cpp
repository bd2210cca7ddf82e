// SPDX-License-Identifier: MIT
//
// Case: CMP15 an interrupt handler that is not noexcept
// Refused-by: gcc `invalid conversion from`
// Refused-by: clang `different exception specifications`
// Needs: kernel/irq/irq_context.hpp

#include <kernel/irq/irq_context.hpp>

using namespace quartet;

#if WRONG
void handler(kernel::IrqContext&) {}
kernel::IrqHandler table[] = {handler};
#else
void handler(kernel::IrqContext&) noexcept {}
kernel::IrqHandler table[] = {handler};
#endif
