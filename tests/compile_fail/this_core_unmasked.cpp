// SPDX-License-Identifier: MIT
//
// Case: CMP53 this core's record where the thread may move to another core
// Refused-by: gcc `too few arguments to function`
// Refused-by: clang `too few arguments to function call`

#include <kernel/sched/core.hpp>

using namespace quartet;

#if WRONG
u32 f() { return kernel::this_core().id; }
#else
u32 f(const arch::IrqsMasked& masked) { return kernel::this_core(masked).id; }
#endif
