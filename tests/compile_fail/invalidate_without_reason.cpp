// SPDX-License-Identifier: MIT
//
// Case: CMP61 forgetting what the caches hold without a reason
// Refused-by: gcc `to ‘quartet::Unsafe’`
// Refused-by: clang `too few arguments to function call`

#include <arch/cache.hpp>

using namespace quartet;

#if WRONG
void f(const void* at) { arch::invalidate_to_poc(at, 64); }
#else
void f(const void* at) { arch::invalidate_to_poc(Unsafe{"the line is the caller's alone"}, at, 64); }
#endif
