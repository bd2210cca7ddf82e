// SPDX-License-Identifier: MIT
//
// Case: CMP57 the interrupted thread's place, asked for by who is no handler
// Refused-by: gcc `too few arguments to function`
// Refused-by: clang `too few arguments to function call`

#include <kernel/irq/irq_context.hpp>

using namespace quartet;

#if WRONG
uptr f() { return arch::interrupted_pc(); }
#else
uptr f(kernel::IrqContext& irq) { return irq.interrupted_pc(); }
#endif
