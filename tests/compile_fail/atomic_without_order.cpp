// SPDX-License-Identifier: MIT
//
// Case: CMP12 an atomic access without its order
// Refused-by: gcc `no matching function`
// Refused-by: clang `too few arguments`

#include <arch/atomic.hpp>

using namespace quartet;

#if WRONG
u32 f(const arch::Atomic<u32>& word) { return word.load(); }
#else
u32 f(const arch::Atomic<u32>& word) { return word.load(arch::Order::Acquire); }
#endif
