// SPDX-License-Identifier: MIT
//
// Case: CMP13 a call that may block in an interrupt handler
// Refused-by: gcc `kernel::ThreadContext&`
// Refused-by: clang `non-const lvalue reference to type 'ThreadContext'`
// Needs: kernel/irq/irq.hpp

#include <kernel/irq/irq.hpp>
#include <kernel/wait/semaphore.hpp>

using namespace quartet;

constinit kernel::Semaphore semaphore;

#if WRONG
void handler(kernel::IrqContext& irq) noexcept { static_cast<void>(semaphore.take(irq)); }
#else
void handler(kernel::IrqContext&) noexcept { static_cast<void>(semaphore.give()); }
#endif
