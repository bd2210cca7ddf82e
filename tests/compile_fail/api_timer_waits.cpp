// SPDX-License-Identifier: MIT
//
// Case: CMP47 a timer in the interrupt whose callback wants to wait
// Refused-by: gcc `invalid conversion from`
// Refused-by: clang `no matching constructor`

#include <quartet/timer.hpp>

using namespace quartet;

#if WRONG
void beat(ThreadContext& self, HandlerTimer& timer) noexcept;
#else
void beat(HandlerTimer& timer) noexcept;
#endif

HandlerTimer timer{beat};
