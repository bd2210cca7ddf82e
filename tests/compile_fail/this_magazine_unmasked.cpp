// SPDX-License-Identifier: MIT
//
// Case: CMP54 this core's magazine where the thread may move to another core
// Refused-by: gcc `too few arguments to function`
// Refused-by: clang `too few arguments to function call`

#include <mm/magazine.hpp>

using namespace quartet;

#if WRONG
u32 f() { return mm::this_magazine(256).count(); }
#else
u32 f(const arch::IrqsMasked& masked) { return mm::this_magazine(256, masked).count(); }
#endif
