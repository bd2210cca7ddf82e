// SPDX-License-Identifier: MIT
//
// Case: CMP33 a handler that would wait for another core, whose handler may wait for this one
// Refused-by: gcc `kernel::ThreadContext&`
// Refused-by: clang `ThreadContext`
// Needs: kernel/irq/cross_call.hpp

#include <kernel/irq/cross_call.hpp>

using namespace quartet;

extern kernel::CrossCall call;

#if WRONG
void handler(kernel::IrqContext& irq) noexcept { static_cast<void>(call.wait(irq)); }
#else
void handler(kernel::IrqContext&) noexcept { static_cast<void>(call.send(1)); }
#endif
