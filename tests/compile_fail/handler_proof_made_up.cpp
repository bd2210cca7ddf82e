// SPDX-License-Identifier: MIT
//
// Case: CMP55 an interrupt's context that no interrupt has made
// Refused-by: gcc `no matching function for call to`
// Refused-by: clang `no matching constructor`

#include <kernel/irq/irq_context.hpp>

using namespace quartet;

#if WRONG
u32 f() { return kernel::IrqContext{0, nullptr}.id(); }
#else
u32 f() { return kernel::IrqContext{Unsafe{"a test plays vectors.S"}, 0, nullptr}.id(); }
#endif
